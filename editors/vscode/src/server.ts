/** How the language server is started: which program, and what to say where there is none. */

import { execFile } from "node:child_process";

/** A program with its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** What people have set, and what is known of their Python. */
export interface Choices {
  /** `hookproof.path`, empty where it is not set. */
  readonly path: string;
  /** `hookproof.args`. */
  readonly args: readonly string[];
  /** The interpreter that the Python extension has selected, where there is one. */
  readonly interpreter: string | undefined;
}

/** The ways to start hookproof, the one that is wanted most first. */
export function candidates(choices: Choices): Command[] {
  const args = ["server", ...choices.args];
  if (choices.path) {
    return [{ program: choices.path, args }];
  }
  const onPath = { program: "hookproof", args };
  const interpreter = choices.interpreter;
  return interpreter ? [{ program: interpreter, args: ["-m", "hookproof", ...args] }, onPath] : [onPath];
}

/** What came of running a program to its end: its last words where it failed. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export type Runner = (command: Command) => Promise<Outcome>;

/** Ask a way of starting hookproof whether it works, without serving anybody: `hookproof server --check`. */
export const probe: Runner = (command) =>
  new Promise((resolve) => {
    execFile(command.program, [...command.args, "--check"], { timeout: 30_000 }, (error, _, stderr) => {
      if (error === null) {
        resolve({ ok: true });
      } else {
        const said = stderr.trim().split("\n").at(-1) ?? "";
        resolve({ ok: false, reason: said || error.message });
      }
    });
  });

/** The first way that works, or why none does, in words for people. */
export async function choose(choices: Choices, run: Runner): Promise<Command | string> {
  const reasons: string[] = [];
  for (const command of candidates(choices)) {
    const outcome = await run(command);
    if (outcome.ok) {
      return command;
    }
    reasons.push(`${command.program}: ${outcome.reason}`);
  }
  return `hookproof cannot be started. Install it with \`pip install "hookproof[lsp]"\`. (${reasons.join("; ")})`;
}
