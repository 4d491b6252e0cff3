/** The extension in an editor that is made up, with a server that is real where HOOKPROOF names one. */

import assert from "node:assert/strict";
import Module from "node:module";
import { test } from "node:test";

type Started = { command: string; args: string[] };

const shown: string[] = [];
const started: Started[] = [];
const stopped: string[] = [];
const sent: unknown[] = [];
const commands = new Map<string, () => Promise<void>>();
const settings = new Map<string, unknown>();
let configured: (event: { affectsConfiguration(name: string): boolean }) => void = () => undefined;

class LanguageClient {
  constructor(_id: string, _name: string, private readonly server: Started) {}
  async start(): Promise<void> {
    started.push(this.server);
  }
  async stop(): Promise<void> {
    stopped.push(this.server.command);
  }
  async sendRequest(_method: string, params: unknown): Promise<void> {
    sent.push(params);
  }
}

const vscode = {
  window: {
    createOutputChannel: () => ({ appendLine: () => undefined, dispose: () => undefined }),
    showErrorMessage: async (message: string) => void shown.push(message),
  },
  commands: { registerCommand: (name: string, run: () => Promise<void>) => commands.set(name, run) },
  workspace: {
    workspaceFolders: undefined,
    getConfiguration: () => ({ get: (name: string, otherwise: unknown) => settings.get(name) ?? otherwise }),
    onDidChangeConfiguration: (callback: typeof configured) => (configured = callback),
  },
  extensions: { getExtension: () => undefined },
};

const load = (Module as unknown as { _load: (name: string, ...rest: unknown[]) => unknown })._load;
(Module as unknown as { _load: unknown })._load = (name: string, ...rest: unknown[]) =>
  name === "vscode" ? vscode : name === "vscode-languageclient/node" ? { LanguageClient } : load(name, ...rest);

// eslint-disable-next-line @typescript-eslint/no-require-imports
const extension = require("../src/extension") as typeof import("../src/extension");
const context = { subscriptions: [] } as never;

test("says how to install hookproof where there is none", async () => {
  settings.set("path", "/no/such/hookproof");
  await extension.activate(context);
  assert.equal(started.length, 0);
  assert.match(shown.at(-1) ?? "", /pip install "hookproof\[lsp\]"/);
});

test("starts the server once it is there, and restarts it with other settings", async () => {
  settings.set("path", process.env["HOOKPROOF"] ?? "true");
  configured({ affectsConfiguration: (name) => name === "hookproof.path" });
  await commands.get("hookproof.checkAllFiles")?.();
  assert.deepEqual(started.map((server) => server.args), [["server"]]);
  assert.deepEqual(sent, [{ command: "hookproof.checkWorkspace" }]);
  settings.set("args", ["--min-confidence", "certain"]);
  await commands.get("hookproof.restart")?.();
  assert.equal(stopped.length, 1);
  assert.deepEqual(started.at(-1)?.args, ["server", "--min-confidence", "certain"]);
});

test("leaves no server behind", async () => {
  await extension.deactivate();
  assert.equal(stopped.length, 2);
});
