// The story of a script as a picture beside it: it follows the text and the cursor, and a click on a row goes to its line.

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

export const VIEW = "gclint.story";
const PAUSE = 300; // milliseconds without a change before the picture is drawn anew

/** What a row of the picture leads to, as the protocol writes places. */
interface Place {
  readonly uri: string;
  readonly range: { readonly start: Position; readonly end: Position };
}

interface Position {
  readonly line: number;
  readonly character: number;
}

/** The answer of `gclint/story`: `places` has the place of each row of the picture. */
export interface Story {
  readonly title: string;
  readonly svg: string;
  readonly style: string;
  readonly places: readonly (Place | null)[];
}

/** What the page of the panel sends. */
type Message = { readonly kind: "ready" } | { readonly kind: "open"; readonly row: number };

/** Asks the server. Undefined: there is none; null: it does not know this text, or it takes too long. */
export type Ask = (document: vscode.Uri) => Promise<Story | null | undefined>;

/** The one panel of a window. */
export class StoryPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private document: vscode.Uri | undefined;
  private story: Story | undefined;
  private said = "";
  private column: vscode.ViewColumn | undefined;
  private waiting: NodeJS.Timeout | undefined;
  private count = 0;
  private readonly listening: vscode.Disposable;

  constructor(
    private readonly folder: vscode.Uri,
    private readonly ask: Ask,
  ) {
    this.listening = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor((editor) => this.follow(editor)),
      vscode.window.onDidChangeTextEditorSelection((event) => this.point(event.textEditor)),
      vscode.workspace.onDidChangeTextDocument((event) => this.changed(event.document)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("gclint")) {
          this.later();
        }
      }),
    );
  }

  /** Shows the story of the active editor. */
  show(): void {
    const editor = vscode.window.activeTextEditor;
    if (this.panel === undefined) {
      if (editor?.document.languageId !== "python") {
        void vscode.window.showInformationMessage("gclint: open a Python script first; its story is shown beside it.");
        return;
      }
      const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.adopt(vscode.window.createWebviewPanel(VIEW, "Story", place, this.options()));
    } else {
      this.panel.reveal(undefined, true);
    }
    this.follow(editor);
  }

  /** Takes over a panel of the last session. */
  restore(panel: vscode.WebviewPanel, state: unknown): void {
    this.panel?.dispose();
    panel.webview.options = this.options();
    const uri = (state as { uri?: unknown } | undefined)?.uri;
    this.document = typeof uri === "string" ? vscode.Uri.parse(uri) : undefined;
    this.adopt(panel);
    this.follow(vscode.window.activeTextEditor);
  }

  /** The server was started anew: what it says now may be something else. */
  refresh(): void {
    this.later();
  }

  dispose(): void {
    clearTimeout(this.waiting);
    this.listening.dispose();
    this.panel?.dispose();
  }

  private options(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: ["dist", "media"].map((name) => vscode.Uri.joinPath(this.folder, name)) };
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.folder, "media", "icon.png");
    panel.onDidDispose(() => {
      this.panel = undefined;
      this.story = undefined;
      this.document = undefined;
    });
    panel.webview.onDidReceiveMessage((message: Message) => void this.received(message));
    panel.webview.html = this.page(panel.webview);
  }

  private page(webview: vscode.Webview): string {
    const nonce = randomBytes(16).toString("base64url");
    const [script, style] = [
      ["dist", "panel.js"],
      ["media", "panel.css"],
    ].map((names) => webview.asWebviewUri(vscode.Uri.joinPath(this.folder, ...names)).toString());
    const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Story</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<p id="said" role="status"></p>
<main id="picture"></main>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
  }

  private async received(message: Message): Promise<void> {
    if (message.kind === "ready") {
      this.send();
    } else if (message.kind === "open") {
      const place = this.story?.places[message.row];
      if (place) {
        await open(place, this.column);
      }
    }
  }

  private follow(editor: vscode.TextEditor | undefined): void {
    if (this.panel === undefined || editor?.document.languageId !== "python") {
      return; // the panel itself has the focus, or something that has no story: what was shown stays
    }
    this.column = editor.viewColumn ?? this.column;
    const uri = editor.document.uri;
    if (this.document?.toString() === uri.toString() && this.story !== undefined) {
      this.point(editor);
    } else if (this.story !== undefined && this.isShown(uri)) {
      this.point(editor); // another cell of the notebook
    } else {
      this.document = uri;
      void this.draw();
    }
  }

  /** Whether a text is a cell of the notebook that is shown. */
  private isShown(uri: vscode.Uri): boolean {
    const shown = this.document;
    return shown?.scheme === "vscode-notebook-cell" && uri.scheme === shown.scheme && uri.path === shown.path;
  }

  private changed(document: vscode.TextDocument): void {
    if (document.languageId === "python") {
      this.later(); // also another module: the story may lead through it
    }
  }

  private later(): void {
    clearTimeout(this.waiting);
    if (this.panel !== undefined) {
      this.waiting = setTimeout(() => void this.draw(), PAUSE);
    }
  }

  private async draw(): Promise<void> {
    const document = this.document;
    if (this.panel === undefined || document === undefined) {
      return;
    }
    const number = ++this.count;
    let story: Story | null | undefined;
    let said = "";
    try {
      story = await this.ask(document);
      if (story === undefined) {
        said = "gclint is not running. “gclint: Show the log” says why.";
      } else if (story === null) {
        said = "There is no story of this text: it is closed, or it takes too long to tell.";
      }
    } catch (error) {
      said = `The story can't be drawn: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (number === this.count) {
      this.story = story ?? undefined;
      this.said = said;
      this.send();
    }
  }

  /** Hands the page all that it shows. */
  private send(): void {
    if (this.panel === undefined || (this.story === undefined && this.said === "")) {
      return;
    }
    this.panel.title = this.story === undefined ? "Story" : `Story: ${this.story.title}`;
    const shown = { svg: this.story?.svg ?? "", style: this.story?.style ?? "", leads: this.story?.places.map((one) => one !== null) ?? [] };
    void this.panel.webview.postMessage({ kind: "story", ...shown, said: this.said, uri: this.document?.toString() ?? "" });
    const editor = vscode.window.visibleTextEditors.find((one) => one.document.uri.toString() === this.document?.toString());
    const active = vscode.window.activeTextEditor;
    this.point(active !== undefined && active.document.languageId === "python" ? active : editor);
  }

  /** Marks the rows of the line that the cursor is on, or those of the closest line above it. */
  private point(editor: vscode.TextEditor | undefined): void {
    if (this.panel === undefined || this.story === undefined || editor === undefined) {
      return;
    }
    const uri = editor.document.uri.toString();
    const line = editor.selection.active.line;
    const here: number[] = [];
    const above: { row: number; line: number }[] = [];
    this.story.places.forEach((place, row) => {
      if (place === null || vscode.Uri.parse(place.uri).toString() !== uri) {
        return;
      }
      const { start, end } = place.range;
      if (start.line <= line && line <= end.line) {
        here.push(row);
      } else if (end.line < line) {
        above.push({ row, line: end.line });
      }
    });
    const closest = Math.max(...above.map((one) => one.line));
    const near = here.length > 0 ? [] : above.filter((one) => one.line === closest).map((one) => one.row);
    void this.panel.webview.postMessage({ kind: "cursor", here, near });
  }
}

async function open(place: Place, viewColumn: vscode.ViewColumn | undefined): Promise<void> {
  const uri = vscode.Uri.parse(place.uri);
  const { start, end } = place.range;
  const range = new vscode.Range(start.line, start.character, end.line, end.character);
  const column = viewColumn === undefined ? {} : { viewColumn };
  for (const notebook of vscode.workspace.notebookDocuments) {
    const cell = notebook.getCells().find((one) => one.document.uri.toString() === uri.toString());
    if (cell !== undefined) {
      const selections = [new vscode.NotebookRange(cell.index, cell.index + 1)];
      await vscode.window.showNotebookDocument(notebook, { ...column, selections });
      const editor = vscode.window.visibleTextEditors.find((one) => one.document === cell.document);
      if (editor !== undefined) {
        editor.selection = new vscode.Selection(range.start, range.start);
      }
      return;
    }
  }
  const editor = await vscode.window.showTextDocument(uri, column);
  editor.selection = new vscode.Selection(range.start, range.start);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
