import assert from "node:assert/strict";
import { test } from "node:test";

import { candidates, choose, probe, type Command } from "../src/server";

const NOTHING = { path: "", args: [], interpreter: undefined };

test("what people have set is run, and nothing else", () => {
  const choices = { path: "/opt/hookproof", args: ["--min-confidence", "likely"], interpreter: "/venv/python" };
  assert.deepEqual(candidates(choices), [
    { program: "/opt/hookproof", args: ["server", "--min-confidence", "likely"] },
  ]);
});

test("the selected interpreter comes before what is on PATH", () => {
  assert.deepEqual(candidates({ ...NOTHING, interpreter: "/venv/python" }), [
    { program: "/venv/python", args: ["-m", "hookproof", "server"] },
    { program: "hookproof", args: ["server"] },
  ]);
});

test("the first way that works is taken", async () => {
  const run = async (command: Command) =>
    command.program === "hookproof" ? { ok: true as const } : { ok: false as const, reason: "No module" };
  const chosen = await choose({ ...NOTHING, interpreter: "/venv/python" }, run);
  assert.deepEqual(chosen, { program: "hookproof", args: ["server"] });
});

test("where none works it is said how to install it, and what each said", async () => {
  const said = await choose(NOTHING, async () => ({ ok: false, reason: "the language server needs pygls" }));
  assert.equal(typeof said, "string");
  assert.match(said as string, /pip install "hookproof\[lsp\]"/);
  assert.match(said as string, /hookproof: the language server needs pygls/);
});

test("a program that is not there, or ends with an error, does not work", async () => {
  assert.deepEqual((await probe({ program: "/no/such/program", args: [] })).ok, false);
  const failing = { program: process.execPath, args: ["-e", "console.error('no pygls'); process.exit(2)", "--"] };
  assert.deepEqual(await probe(failing), { ok: false, reason: "no pygls" });
  assert.deepEqual(await probe({ program: process.execPath, args: ["-e", "0", "--"] }), { ok: true });
});
