/** The interpreter that the Python extension has selected. */

import * as vscode from "vscode";

/** What is used of the Python extension's interface. */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(path: { readonly path: string }): Promise<
      { readonly executable: { readonly uri?: vscode.Uri } } | undefined
    >;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

async function api(): Promise<PythonApi | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  return extension === undefined ? undefined : extension.isActive ? extension.exports : extension.activate();
}

/** The path of the interpreter for a folder; undefined where there is no Python extension, or none selected. */
export async function interpreter(folder: vscode.Uri | undefined): Promise<string | undefined> {
  try {
    const python = await api();
    const found = python && (await python.environments.resolveEnvironment(
      python.environments.getActiveEnvironmentPath(folder),
    ));
    return found?.executable.uri?.fsPath;
  } catch {
    return undefined; // another extension's trouble is not ours
  }
}

/** Calls back when another interpreter is selected. */
export async function onInterpreterChange(callback: () => void): Promise<vscode.Disposable | undefined> {
  try {
    return (await api())?.environments.onDidChangeActiveEnvironmentPath(callback);
  } catch {
    return undefined;
  }
}
