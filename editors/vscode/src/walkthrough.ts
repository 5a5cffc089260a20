// What the walkthrough's buttons do.

import * as vscode from "vscode";
import { interpreterFor } from "./command";

/** Opens a script with findings, as a text of its own: nothing of the workspace is touched. */
export async function openExample(folder: vscode.Uri): Promise<void> {
  const file = vscode.Uri.joinPath(folder, "media", "example.py");
  const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const document = await vscode.workspace.openTextDocument({ language: "python", content });
  await vscode.window.showTextDocument(document);
}

/** Writes the command that installs gclint into a terminal; the user looks it over and runs it. */
export async function install(): Promise<void> {
  const python = await interpreterFor(vscode.workspace.workspaceFolders?.[0]);
  const program = python === undefined ? "python" : quoted(python);
  const terminal = vscode.window.createTerminal("Install gclint");
  terminal.show();
  terminal.sendText(`${program} -m pip install "gcheck-lint[lsp]"`, false);
}

/** A path as a shell takes it. PowerShell runs what is quoted only behind `&`; a path without spaces needs neither. */
function quoted(path: string): string {
  if (/^[\w@%+=:,./\\~-]+$/.test(path)) {
    return path;
  }
  return process.platform === "win32" ? `& "${path}"` : `'${path.replaceAll("'", "'\\''")}'`;
}
