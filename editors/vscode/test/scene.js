// Sets the scene of the README's picture: a script with its findings, the list of problems, and the story beside it.

const fs = require("node:fs");
const vscode = require("vscode");

const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

exports.run = async () => {
  const uri = vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, "train.py");
  const editor = await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One });
  let found = [];
  for (let left = 60; found.length === 0 && left > 0; left -= 1) {
    await pause(1);
    found = vscode.languages.getDiagnostics(uri).filter((one) => one.source === "gclint");
  }
  await vscode.commands.executeCommand("workbench.action.closeSidebar");
  await vscode.commands.executeCommand("gclint.showStory");
  await pause(2);
  await vscode.commands.executeCommand("workbench.actions.view.problems");
  await pause(1);
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One });
  const line = editor.document.getText().split("\n").findIndex((one) => one.includes("model.generate"));
  editor.selection = new vscode.Selection(line, 0, line, 0);
  editor.revealRange(new vscode.Range(0, 0, 0, 0));
  await pause(2);
  const shown = found.map((one) => ({ code: one.code.value ?? one.code, line: one.range.start.line + 1 }));
  fs.writeFileSync(process.env.GCLINT_READY, `${JSON.stringify(shown, null, 2)}\n`);
  await pause(20); // the picture is taken meanwhile
};
