// Starts `gclint server` and leaves the rest to it.

import * as vscode from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  type ErrorHandler,
  type ErrorHandlerResult,
  LanguageClient,
  type LanguageClientOptions,
  type Message,
  RevealOutputChannelOn,
  type ServerOptions,
  TransportKind,
} from "vscode-languageclient/node";
import { findCommand, onInterpreterChange } from "./command";
import { type Story, StoryPanel, VIEW } from "./story";
import { install, openExample } from "./walkthrough";

/** Settings that choose the server: it has to be started anew when one of them changes. */
const STARTING = ["gclint.path", "gclint.interpreter"];
const FIX_ALL = "source.fixAll.gclint";
const RUNNING = "gclint.isRunning"; // for the walkthrough

let client: LanguageClient | undefined;
let extensionId = "";
let starting: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  extensionId = context.extension.id;
  const log = vscode.window.createOutputChannel("gclint", { log: true });
  const panel = new StoryPanel(context.extensionUri, askStory);
  const restart = (): Promise<void> => {
    starting = starting.then(async () => {
      await stop();
      await start(log, context.extensionPath);
      panel.refresh();
    });
    return starting;
  };
  context.subscriptions.push(
    log,
    panel,
    vscode.window.registerWebviewPanelSerializer(VIEW, {
      deserializeWebviewPanel: async (old, state) => panel.restore(old, state),
    }),
    vscode.commands.registerCommand("gclint.showStory", () => panel.show()),
    vscode.commands.registerCommand("gclint.openExample", () => openExample(context.extensionUri)),
    vscode.commands.registerCommand("gclint.install", install),
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
    initializationFailedHandler: () => false, // what is said then is said below
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
    const watch = new Watch();
    const made = new LanguageClient("gclint", "gclint", server, { ...options, errorHandler: watch });
    watch.usual = made.createDefaultErrorHandler();
    client = made;
    await Promise.race([made.start(), watch.died]);
    watch.isUp = true;
    await vscode.commands.executeCommand("setContext", RUNNING, true);
  } catch (error) {
    client = undefined;
    log.error(String(error));
    const [show, how] = ["Show the log", "How to install it"];
    const hint = "gclint could not be started. Is it installed, with its language server?";
    void vscode.window.showErrorMessage(hint, show, how).then((chosen) => {
      if (chosen === show) {
        log.show();
      } else if (chosen === how) {
        void vscode.commands.executeCommand("workbench.action.openWalkthrough", `${extensionId}#start`);
      }
    });
  }
}

/** Has a server that was up started again when it ends. One that ends before it has answered is none. */
class Watch implements ErrorHandler {
  usual: ErrorHandler | undefined;
  isUp = false;
  readonly died: Promise<never>;
  private die: (error: Error) => void = () => undefined;

  constructor() {
    this.died = new Promise((_, reject) => {
      this.die = reject;
    });
    this.died.catch(() => undefined); // nobody may be waiting
  }

  error(error: Error, message: Message | undefined, count: number | undefined): ErrorHandlerResult | Promise<ErrorHandlerResult> {
    if (this.isUp && this.usual !== undefined) {
      return this.usual.error(error, message, count);
    }
    this.die(error);
    return { action: ErrorAction.Continue, handled: true }; // the connection closes next
  }

  closed(): CloseHandlerResult | Promise<CloseHandlerResult> {
    if (this.isUp && this.usual !== undefined) {
      return this.usual.closed();
    }
    this.die(new Error("the server has ended before it answered"));
    return { action: CloseAction.DoNotRestart, handled: true };
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await vscode.commands.executeCommand("setContext", RUNNING, false);
  if (running !== undefined) {
    await running.dispose();
  }
}

/** Asks for the story of a text as it stands in the editor. */
async function askStory(document: vscode.Uri): Promise<Story | null | undefined> {
  await starting;
  return client?.sendRequest<Story | null>("gclint/story", { textDocument: { uri: document.toString() } });
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
