// Which gclint is started: nothing is bundled, so it is one of the user's own.

import * as fs from "node:fs";
import * as os from "node:os";
import * as vscode from "vscode";

export interface Command {
  readonly command: string;
  readonly args: string[];
}

/** The part of the Python extension's interface that is used here. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(path: { readonly path: string }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

const PYTHON = "ms-python.python";

/** The first of these that there is: `gclint.path`, `gclint.interpreter`, the selected interpreter, the PATH. */
export async function findCommand(folder: vscode.WorkspaceFolder | undefined): Promise<Command> {
  const settings = vscode.workspace.getConfiguration("gclint", folder?.uri);
  const own = settings.get<string[]>("path", []).map((path) => expanded(path, folder));
  const found = own.find((path) => fs.existsSync(path));
  if (found !== undefined) {
    return { command: found, args: ["server"] };
  }
  const [named] = settings.get<string[]>("interpreter", []);
  const interpreter = named === undefined ? await selectedInterpreter(folder?.uri) : expanded(named, folder);
  if (interpreter !== undefined && (named !== undefined || (await hasGclint(interpreter)))) {
    return { command: interpreter, args: ["-m", "gcheck_lint", "server"] };
  }
  return { command: "gclint", args: ["server"] };
}

/** Calls back when the user selects another interpreter. */
export async function onInterpreterChange(callback: () => void): Promise<vscode.Disposable | undefined> {
  return (await pythonApi())?.environments?.onDidChangeActiveEnvironmentPath(callback);
}

async function selectedInterpreter(resource: vscode.Uri | undefined): Promise<string | undefined> {
  const environments = (await pythonApi())?.environments;
  if (environments === undefined) {
    return undefined;
  }
  const found = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
  return found?.executable.uri?.fsPath;
}

async function pythonApi(): Promise<PythonApi | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>(PYTHON);
  try {
    return await extension?.activate();
  } catch {
    return undefined; // its trouble, not ours: there is still the PATH
  }
}

async function hasGclint(interpreter: string): Promise<boolean> {
  const { execFile } = await import("node:child_process");
  const asked = "import importlib.util as u, sys; sys.exit(not (u.find_spec('gcheck_lint') and u.find_spec('pygls')))";
  return new Promise((resolve) => {
    execFile(interpreter, ["-c", asked], { timeout: 10_000 }, (error) => resolve(error === null));
  });
}

function expanded(path: string, folder: vscode.WorkspaceFolder | undefined): string {
  const home = os.homedir();
  return path
    .replace(/^~(?=[\\/])/, home)
    .replaceAll("${userHome}", home)
    .replaceAll("${workspaceFolder}", folder?.uri.fsPath ?? "");
}
