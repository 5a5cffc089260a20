// What the extension does, seen from within VS Code's extension host; the page around it is reached through the same browser.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const vscode = require("vscode");

const tests = [];
const test = (name, body) => tests.push({ name, body });
const folder = () => vscode.workspace.workspaceFolders[0].uri;
const { publisher, name: named } = require("../package.json");
const extension = () => vscode.extensions.getExtension(`${publisher}.${named}`);
let browser;

async function until(what, holds, seconds = 60) {
  let last;
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    try {
      const found = await holds();
      if (found) {
        return found;
      }
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`${what} did not come${last === undefined ? "" : `: ${last.message}`}`);
}

async function opened(name) {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder(), name));
  return vscode.window.showTextDocument(document, vscode.ViewColumn.One);
}

const found = (uri) => vscode.languages.getDiagnostics(uri).filter((one) => one.source === "gclint");
const code = (one) => (typeof one.code === "object" ? one.code.value : one.code);
const codes = (uri) => found(uri).map(code);

async function withCodes(uri, ...wanted) {
  await until(`${wanted} in ${uri}, not ${codes(uri)}`, () => codes(uri).sort().join() === [...wanted].sort().join(), 60);
}

async function page() {
  return (await browser.pages())[0];
}

/** The frame of the panel, inside of two of VS Code's own. */
async function panel() {
  return until("the panel", async () => {
    for (const frame of (await page()).frames()) {
      if (await frame.evaluate(() => document.querySelector("#picture svg") !== null).catch(() => false)) {
        return frame;
      }
    }
  });
}

/** What the rows of a class say first: their places. */
async function places(kind) {
  const frame = await panel();
  return frame.$$eval(`.row${kind}`, (rows) => rows.map((row) => row.querySelector("title").textContent.split("\n")[0]));
}

function lineOf(editor, text) {
  const line = editor.document.getText().split("\n").findIndex((one) => one.includes(text));
  assert.notEqual(line, -1, text);
  return line;
}

function moveTo(editor, line) {
  editor.selection = new vscode.Selection(line, 0, line, 0);
}

test("findings show up, with the lines that lead to them and a link to the rule", async () => {
  const editor = await opened("train.py");
  await withCodes(editor.document.uri, "GCK201", "GCK203");
  const one = found(editor.document.uri).find((one) => code(one) === "GCK203");
  assert.equal(one.severity, vscode.DiagnosticSeverity.Error);
  assert.equal(one.range.start.line, lineOf(editor, "model.generate"));
  assert.deepEqual(
    one.relatedInformation.map((place) => place.location.range.start.line),
    [lineOf(editor, "gradient_checkpointing=True"), lineOf(editor, "trainer.train()")],
  );
  assert.match(String(one.code.target), /GCK203/);
  assert.ok(extension().isActive);
});

test("a finding has its quick fix, and two ways to silence it", async () => {
  const editor = await opened("train.py");
  await withCodes(editor.document.uri, "GCK201", "GCK203");
  const { range } = found(editor.document.uri).find((one) => code(one) === "GCK203");
  const actions = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", editor.document.uri, range, "quickfix");
  const titles = actions.map((one) => one.title).filter((title) => title.startsWith("gclint (GCK203)"));
  assert.equal(titles.length, 3, titles.join("; "));
  assert.ok(actions.some((one) => one.isPreferred));
});

test("the command applies all safe fixes, as gclint --fix does", async () => {
  const editor = await opened("train.py");
  await withCodes(editor.document.uri, "GCK201", "GCK203");
  const before = editor.document.getText();
  await vscode.commands.executeCommand("gclint.executeAutofix");
  const wanted = fs.readFileSync(path.join(folder().fsPath, "expected.txt"), "utf8");
  await until("the fixed text", () => editor.document.getText() === wanted);
  assert.notEqual(wanted, before);
  await until("the end of the error", () => !codes(editor.document.uri).includes("GCK203"), 60);
  await vscode.commands.executeCommand("undo");
  await until("the text as it was", () => editor.document.getText() === before);
});

test("the story opens beside the script", async () => {
  await opened("train.py");
  await vscode.commands.executeCommand("gclint.showStory");
  await panel();
  const group = vscode.window.tabGroups.all.find((one) => one.tabs.some((tab) => tab.label === "Story: train.py"));
  assert.equal(group.viewColumn, vscode.ViewColumn.Two);
  assert.ok(group.activeTab.input instanceof vscode.TabInputWebview);
  assert.equal(vscode.window.activeTextEditor?.document.uri.path.endsWith("train.py"), true, "the script keeps the focus");
  const rows = await places("");
  assert.ok(rows.some((row) => row.endsWith("trainer.train()")), rows.join("; "));
  assert.ok(rows.some((row) => row.startsWith("GCK203")), rows.join("; "));
});

test("the story follows the cursor", async () => {
  const editor = await opened("train.py");
  await panel();
  for (const text of ["trainer.train()", "model.generate", "model.config.use_cache = False"]) {
    const line = lineOf(editor, text);
    moveTo(editor, line);
    await until(`the row of ${text}`, async () => {
      const here = await places(".here");
      return here.length > 0 && here.every((row) => row.startsWith(`${line + 1}: `) || row.startsWith("GCK"));
    });
  }
  const line = lineOf(editor, "trainer.train()");
  moveTo(editor, line + 1); // an empty line
  await until("the row above", async () => {
    const near = await places(".near");
    return near.length === 1 && near[0].startsWith(`${line + 1}: `) && (await places(".here")).length === 0;
  });
});

test("a click on a row, or Enter, goes to its line", async () => {
  const editor = await opened("train.py");
  moveTo(editor, 0);
  const frame = await panel();
  const handle = async (text) => {
    const row = await frame.evaluateHandle(
      (text) => [...document.querySelectorAll(".row")].find((row) => row.querySelector("title").textContent.includes(text)),
      text,
    );
    return row.asElement();
  };
  await (await (await handle("trainer.save_model")).$(".hit")).click();
  const active = () => vscode.window.activeTextEditor;
  await until("the line of the save", () => active()?.selection.active.line === lineOf(editor, "trainer.save_model"));
  assert.equal(active().viewColumn, vscode.ViewColumn.One);
  const row = await handle("trainer.train()");
  assert.equal(await row.evaluate((row) => row.getAttribute("role")), "button");
  await row.evaluate((row) => row.focus());
  await (await page()).keyboard.press("Enter");
  await until("the line of the training", () => active()?.selection.active.line === lineOf(editor, "trainer.train()"));
});

test("the story follows the text, saved or not, and another script", async () => {
  const editor = await opened("train.py");
  await panel();
  const line = lineOf(editor, "trainer.save_model");
  await editor.edit((edit) => edit.insert(new vscode.Position(line, 0), "model.eval()\n"));
  await until("the new row", async () => (await places("")).includes(`${line + 1}: model.eval()`));
  assert.ok(editor.document.isDirty);
  await vscode.commands.executeCommand("undo");
  await until("its end", async () => !(await places("")).includes(`${line + 1}: model.eval()`));
  fs.writeFileSync(
    path.join(folder().fsPath, "other.py"),
    'from transformers import AutoModelForCausalLM\nmodel = AutoModelForCausalLM.from_pretrained("x")\nmodel.save_pretrained("y")\n',
  );
  await opened("other.py");
  await until("the other story", async () => {
    const rows = await places("");
    if (!rows.includes('3: model.save_pretrained("y")')) {
      throw new Error(rows.join("; "));
    }
    return true;
  });
  assert.ok(vscode.window.tabGroups.all.some((one) => one.tabs.some((tab) => tab.label === "Story: other.py")));
  await opened("train.py");
  await until("the first story", async () => (await places("")).some((row) => row.endsWith("trainer.train()")));
});

test("the story of a notebook leads to its cells", async () => {
  const cells = [
    "import torch",
    'from transformers import AutoModelForCausalLM\nmodel = AutoModelForCausalLM.from_pretrained("x")',
    'model.eval()\nmodel.save_pretrained("y")',
  ];
  const notebook = {
    cells: cells.map((source) => ({ cell_type: "code", execution_count: null, metadata: {}, outputs: [], source })),
    metadata: { language_info: { name: "python" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  const uri = vscode.Uri.joinPath(folder(), "train.ipynb");
  fs.writeFileSync(uri.fsPath, JSON.stringify(notebook));
  const document = await vscode.workspace.openNotebookDocument(uri);
  await vscode.window.showNotebookDocument(document, { viewColumn: vscode.ViewColumn.One, selections: [new vscode.NotebookRange(1, 2)] });
  await vscode.commands.executeCommand("notebook.cell.edit");
  await until("the rows of the notebook", async () => (await places("")).includes('cell 3:2: model.save_pretrained("y")'));
  const frame = await panel();
  await frame.evaluate(() => {
    const row = [...document.querySelectorAll(".row")].find((row) => row.querySelector("title").textContent.startsWith("cell 3:2"));
    row.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  });
  await until("the cell", () => vscode.window.activeNotebookEditor?.selection.start === 2);
  await vscode.commands.executeCommand("notebook.cell.edit");
  await until("its row", async () => (await places(".here")).some((row) => row.startsWith("cell 3:")));
  await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
});

test("the story is there again after it was hidden", async () => {
  await opened("train.py");
  await panel();
  await vscode.window.showTextDocument(vscode.Uri.joinPath(folder(), "gclint.toml"), { viewColumn: vscode.ViewColumn.Two });
  await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  const editor = await opened("train.py");
  const line = lineOf(editor, "trainer.train()");
  moveTo(editor, line);
  await until("the row at the cursor", async () => (await places(".here")).some((row) => row.startsWith(`${line + 1}: `)));
});

test("the page of the panel runs and loads nothing but its own", async () => {
  const frame = await panel();
  const policy = await frame.$eval("meta[http-equiv]", (meta) => meta.content);
  assert.match(policy, /^default-src 'none'; style-src 'self' https:\/\/[^;' ]+; script-src 'nonce-[\w-]{22}'$/);
  const ran = await frame.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.intruder = true";
    document.body.append(script);
    const picture = document.createElement("div");
    picture.innerHTML = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" onerror="window.intruder = true">';
    document.body.append(picture);
    await new Promise((done) => setTimeout(done, 300));
    script.remove();
    picture.remove();
    return window.intruder === true;
  });
  assert.equal(ran, false);
});

test("the story is readable in light, dark and high-contrast themes", async () => {
  await opened("train.py");
  const settings = vscode.workspace.getConfiguration("workbench");
  const themes = { "Default Light Modern": "vscode-light", "Default Dark Modern": "vscode-dark" };
  Object.assign(themes, { "Default High Contrast": "vscode-high-contrast", "Default High Contrast Light": "vscode-high-contrast-light" });
  for (const [theme, kind] of Object.entries(themes)) {
    await settings.update("colorTheme", theme, vscode.ConfigurationTarget.Global);
    const frame = await panel();
    await until(theme, () => frame.evaluate((kind) => document.body.classList.contains(kind), kind));
    await new Promise((done) => setTimeout(done, 500));
    const pairs = await frame.evaluate(inks);
    assert.ok(pairs.length > 20, `${pairs.length} texts`);
    for (const { text, ink, ground } of pairs) {
      const ratio = contrast(ink, ground);
      assert.ok(ratio >= 4.5, `${theme}: “${text}” has ${ratio.toFixed(2)} of ${ink} on ${ground}`);
    }
  }
  await settings.update("colorTheme", undefined, vscode.ConfigurationTarget.Global);
});

test("the panel has a keyboard and names for all that can be chosen", async () => {
  await opened("train.py");
  const frame = await panel();
  await frame.evaluate(fs.readFileSync(process.env.GCLINT_AXE, "utf8"));
  const violations = await frame.evaluate(() => axe.run(document, { resultTypes: ["violations"] }).then((found) => found.violations));
  const serious = violations.filter((one) => ["serious", "critical"].includes(one.impact));
  assert.deepEqual(serious.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
  const rows = await frame.$$eval(".row", (rows) => rows.map((row) => [row.getAttribute("tabindex"), row.getAttribute("aria-label")]));
  assert.ok(rows.length > 5 && rows.every(([index, label]) => index === "0" && label), JSON.stringify(rows));
});

/** Runs in the page: each text of the picture with its colour and that of what lies below it. */
function inks() {
  const ground = getComputedStyle(document.body).backgroundColor;
  const bars = [...document.querySelectorAll("rect.bar")].map((bar) => [bar.getBoundingClientRect(), getComputedStyle(bar).fill]);
  return [...document.querySelectorAll("#picture text")].map((text) => {
    const box = text.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const below = bars.find(([bar]) => bar.left <= x && x <= bar.right && bar.top <= y && y <= bar.bottom);
    return { text: text.textContent, ink: getComputedStyle(text).fill, ground: below && below[1] !== "none" ? below[1] : ground };
  });
}

/** The contrast of WCAG. A colour that lets its ground through is mixed with it. */
function contrast(ink, ground) {
  const below = parsed(ground);
  const above = parsed(ink);
  const mixed = above.slice(0, 3).map((one, at) => one * above[3] + below[at] * (1 - above[3]));
  const [dark, light] = [luminance(mixed), luminance(below)].sort((one, other) => one - other);
  return (light + 0.05) / (dark + 0.05);
}

function parsed(color) {
  const numbers = color.match(/[\d.]+/g).map(Number);
  return color.startsWith("color(") ? [...numbers.slice(0, 3).map((one) => 255 * one), numbers[3] ?? 1] : [...numbers.slice(0, 3), numbers[3] ?? 1];
}

function luminance(color) {
  const [red, green, blue] = color.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test("the walkthrough is registered, and its buttons do what they say", async () => {
  const [walkthrough] = extension().packageJSON.contributes.walkthroughs;
  const known = new Set(await vscode.commands.getCommands(true));
  for (const step of walkthrough.steps) {
    for (const [, command] of step.description.matchAll(/\(command:([\w.]+)\)/g)) {
      assert.ok(known.has(command), command);
    }
    const { markdown, svg, image } = step.media;
    for (const media of image === undefined ? [markdown ?? svg] : Object.values(image)) {
      assert.ok(fs.existsSync(path.join(extension().extensionPath, media)), media);
    }
  }
  await vscode.commands.executeCommand("workbench.action.openWalkthrough", `${publisher}.${named}#start`, false);
  const titles = walkthrough.steps.map((step) => step.title);
  await until("the steps", async () => {
    const shown = await (await page()).evaluate(() => document.body.innerText);
    return titles.every((title) => shown.includes(title));
  });
  await vscode.commands.executeCommand("gclint.openExample");
  const { document } = vscode.window.activeTextEditor;
  assert.ok(document.isUntitled);
  await withCodes(document.uri, "GCK201", "GCK203");
  await vscode.commands.executeCommand("gclint.executeAutofix");
  await until("the fix", () => !codes(document.uri).includes("GCK203"), 60);
  await vscode.commands.executeCommand("gclint.install");
  await until("the terminal", () => vscode.window.terminals.some((one) => one.name === "Install gclint"));
});

test("every setting of the manifest is VS Code's, with its default", () => {
  const settings = vscode.workspace.getConfiguration();
  for (const [name, said] of Object.entries(extension().packageJSON.contributes.configuration.properties)) {
    assert.deepEqual(settings.inspect(name)?.defaultValue, said.default, name);
  }
});

test("says how to install gclint where it can't be started", async () => {
  const editor = await opened("train.py");
  await withCodes(editor.document.uri, "GCK201", "GCK203");
  await vscode.commands.executeCommand("gclint.showStory");
  const settings = vscode.workspace.getConfiguration("gclint");
  const broken = path.join(folder().fsPath, "no-gclint");
  fs.writeFileSync(broken, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  await settings.update("path", [broken], vscode.ConfigurationTarget.Global);
  await until("the message", async () => {
    const shown = await (await page()).evaluate(() => document.body.innerText);
    if (!(shown.includes("gclint could not be started") && shown.includes("How to install it"))) {
      throw new Error(shown);
    }
    return true;
  });
  await settings.update("path", [process.env.GCLINT_COMMAND], vscode.ConfigurationTarget.Global);
  await withCodes(editor.document.uri, "GCK201", "GCK203");
  await until("the story of the new server", async () => (await places("")).some((row) => row.endsWith("trainer.train()")), 60);
});

exports.run = async () => {
  const say = (line) => fs.appendFileSync(process.env.GCLINT_RESULTS, `${JSON.stringify(line)}\n`);
  const only = process.env.GCLINT_ONLY; // a part of a test's name
  browser = await require(process.env.GCLINT_PUPPETEER).connect({ browserWSEndpoint: process.env.GCLINT_BROWSER, defaultViewport: null });
  for (const { name, body } of tests) {
    if (only && !name.includes(only)) {
      continue;
    }
    const begun = Date.now();
    let error;
    try {
      await body();
    } catch (problem) {
      const picture = path.join(os.tmpdir(), `gclint-vscode-failed-${tests.findIndex((one) => one.name === name) + 1}.png`);
      await (await page()).screenshot({ path: picture });
      error = `see ${picture}
${problem.stack ?? String(problem)}`;
    }
    say({ name, seconds: (Date.now() - begun) / 1000, ...(error === undefined ? {} : { error }) });
  }
  if (!only) {
    await opened("train.py"); // what the next window restores
    await panel();
  }
  say({ end: true });
  await browser.disconnect();
};
