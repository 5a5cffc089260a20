// Starts `gclint server` and leaves the rest to it.

import * as vscode from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type ServerOptions,
  TransportKind,
} from "vscode-languageclient/node";
import { findCommand, onInterpreterChange } from "./command";

/** Settings that choose the server: it has to be started anew when one of them changes. */
const STARTING = ["gclint.path", "gclint.interpreter"];
const FIX_ALL = "source.fixAll.gclint";

let client: LanguageClient | undefined;
let starting: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("gclint", { log: true });
  const restart = (): Promise<void> => {
    starting = starting.then(async () => {
      await stop();
      await start(log, context.extensionPath);
    });
    return starting;
  };
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand("gclint.restart", restart),
    vscode.commands.registerCommand("gclint.showLogs", () => log.show()),
    vscode.commands.registerCommand("gclint.executeAutofix", fixAll),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (STARTING.some((name) => event.affectsConfiguration(name))) {
        void restart();
      }
    }),
  );
  const watching = await onInterpreterChange(() => void restart());
  if (watching !== undefined) {
    context.subscriptions.push(watching);
  }
  await restart();
}

export async function deactivate(): Promise<void> {
  await starting;
  await stop();
}

async function start(log: vscode.LogOutputChannel, extension: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: "python" },
      { scheme: "untitled", language: "python" },
      { scheme: "vscode-notebook-cell", language: "python" },
    ],
    initializationOptions: { settings: vscode.workspace.getConfiguration("gclint") },
    synchronize: { configurationSection: "gclint" },
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
  };
  try {
    const found = await findCommand(folder, extension);
    log.info(`${found.command} ${found.args.join(" ")}`);
    const server: ServerOptions = {
      command: found.command,
      args: found.args,
      transport: TransportKind.stdio,
      ...(folder === undefined ? {} : { options: { cwd: folder.uri.fsPath } }),
    };
    client = new LanguageClient("gclint", "gclint", server, options);
    await client.start();
  } catch (error) {
    client = undefined;
    log.error(String(error));
    const show = "Show the log";
    const hint = 'gclint could not be started. Is it installed? pip install "gcheck-lint[lsp]"';
    void vscode.window.showErrorMessage(hint, show).then((chosen) => {
      if (chosen === show) {
        log.show();
      }
    });
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running !== undefined) {
    await running.dispose();
  }
}

async function fixAll(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return;
  }
  const end = editor.document.lineAt(editor.document.lineCount - 1).range.end;
  const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    editor.document.uri,
    new vscode.Range(new vscode.Position(0, 0), end),
    FIX_ALL,
    1,
  );
  const edit = actions.find((action) => action.kind?.value === FIX_ALL)?.edit;
  if (edit !== undefined) {
    await vscode.workspace.applyEdit(edit);
  }
}
