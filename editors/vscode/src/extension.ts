/** Starts hookproof's language server for Python files, and restarts it when something about it changes. */

import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";

import { interpreter, onInterpreterChange } from "./python";
import { choose, probe } from "./server";

let client: LanguageClient | undefined;
let starting: Promise<void> = Promise.resolve();

/** Called by VS Code when the first Python file is opened. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("hookproof");
  const again = (): Promise<void> => restart(output);
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("hookproof.restart", again),
    vscode.commands.registerCommand("hookproof.checkAllFiles", checkAllFiles),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("hookproof.path") || event.affectsConfiguration("hookproof.args")) {
        void again();
      }
    }),
  );
  const watching = await onInterpreterChange(() => void again());
  if (watching !== undefined) {
    context.subscriptions.push(watching);
  }
  await again();
}

/** Called by VS Code at its end. */
export async function deactivate(): Promise<void> {
  await starting;
  await client?.stop();
  client = undefined;
}

function restart(output: vscode.OutputChannel): Promise<void> {
  // One after the other, or two servers would be left.
  starting = starting.then(() => start(output)).catch((error: unknown) => complain(String(error), output));
  return starting;
}

async function start(output: vscode.OutputChannel): Promise<void> {
  await client?.stop();
  client = undefined;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const settings = vscode.workspace.getConfiguration("hookproof", folder);
  const command = await choose(
    {
      path: settings.get<string>("path", ""),
      args: settings.get<string[]>("args", []),
      interpreter: await interpreter(folder),
    },
    probe,
  );
  if (typeof command === "string") {
    complain(command, output);
    return;
  }
  const serverOptions: ServerOptions = { command: command.program, args: [...command.args] };
  const clientOptions: LanguageClientOptions = {
    documentSelector: [{ scheme: "file", language: "python" }],
    outputChannel: output,
  };
  client = new LanguageClient("hookproof", "hookproof", serverOptions, clientOptions);
  await client.start();
}

function complain(message: string, output: vscode.OutputChannel): void {
  output.appendLine(message);
  void vscode.window.showErrorMessage(message);
}

async function checkAllFiles(): Promise<void> {
  await starting;
  await client?.sendRequest("workspace/executeCommand", { command: "hookproof.checkWorkspace" });
}
