// Which gclint is started: nothing is bundled, so it is one of the user's own.

import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
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
export async function findCommand(folder: vscode.WorkspaceFolder | undefined, extension: string): Promise<Command> {
  const settings = vscode.workspace.getConfiguration("gclint", folder?.uri);
  const own = settings.get<string[]>("path", []).map((name) => expanded(name, folder));
  const found = own.find((name) => fs.existsSync(name));
  if (found !== undefined) {
    return { command: found, args: ["server"] };
  }
  const interpreter = await interpreterFor(folder);
  const [named] = settings.get<string[]>("interpreter", []);
  const starter = path.join(extension, "start.py"); // `-m` would look for gclint in the workspace first
  if (interpreter !== undefined && (named !== undefined || (await hasGclint(interpreter, starter)))) {
    return { command: interpreter, args: [starter, "server"] };
  }
  return { command: onPath("gclint"), args: ["server"] };
}

/** The interpreter of `gclint.interpreter`, else the one that the Python extension has selected. */
export async function interpreterFor(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
  const [named] = vscode.workspace.getConfiguration("gclint", folder?.uri).get<string[]>("interpreter", []);
  return named === undefined ? selectedInterpreter(folder?.uri) : expanded(named, folder);
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

async function hasGclint(interpreter: string, starter: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(interpreter, [starter, "--find"], { timeout: 10_000 }, (error) => resolve(error === null));
  });
}

/** Where a program of the PATH is. Windows itself would look in the current folder first, which is the workspace. */
function onPath(name: string): string {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const found = folders.map((folder) => path.join(folder, file)).find((place) => fs.existsSync(place));
  if (found === undefined) {
    throw new Error(`there is no ${file} on the PATH`);
  }
  return found;
}

function expanded(name: string, folder: vscode.WorkspaceFolder | undefined): string {
  const home = os.homedir();
  return name
    .replace(/^~(?=[\\/])/, home)
    .replaceAll("${userHome}", home)
    .replaceAll("${workspaceFolder}", folder?.uri.fsPath ?? "");
}
