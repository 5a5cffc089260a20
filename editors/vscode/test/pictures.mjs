// `npm run pictures`: draws media/icon.png out of media/icon.svg, and takes media/screenshot.png of the extension at work in code-server.
//
// media/screenshot.json says which findings the picture shows; a test holds them against what gclint finds today.

import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import { EXTENSION, home, install, isInstalled, onPath, open, until } from "./host.mjs";

const folder = home();
const media = (name) => path.join(EXTENSION, "media", name);
if (!isInstalled(folder)) {
  install(folder);
}
await icon();
await screenshot();

async function icon() {
  const puppeteer = createRequire(path.join(folder, "package.json"))("puppeteer-core");
  const browser = await puppeteer.launch({ executablePath: onPath("chromium", "chromium-browser"), headless: true, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  await page.setViewport({ width: 128, height: 128 });
  await page.setContent(`<body style="margin:0">${fs.readFileSync(media("icon.svg"), "utf8")}</body>`);
  await page.screenshot({ path: media("icon.png"), omitBackground: true });
  await browser.close();
}

async function screenshot() {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "gclint-work-"));
  const ready = path.join(work, ".ready.json");
  fs.writeFileSync(path.join(work, "gclint.toml"), 'target-transformers = ">=4.53,<5"\n');
  fs.copyFileSync(media("example.py"), path.join(work, "train.py"));
  const host = await open(folder, {
    vsix: path.join(EXTENSION, "gclint.vsix"),
    work,
    settings: {
      "gclint.path": [onPath("gclint")],
      "workbench.startupEditor": "none",
      "workbench.colorTheme": "Default Dark Modern",
      "workbench.activityBar.location": "hidden",
      "workbench.layoutControl.enabled": false,
      "workbench.statusBar.visible": false,
      "window.menuBarVisibility": "hidden",
      "window.commandCenter": false,
      "editor.minimap.enabled": false,
      "breadcrumbs.enabled": false,
    },
    env: { GCLINT_READY: ready },
    payload: (remote, installed) => [
      ["extensionDevelopmentPath", remote(installed)],
      ["extensionTestsPath", remote(path.join(EXTENSION, "test", "scene.js"))],
    ],
  });
  try {
    await host.page.setViewport({ width: 1280, height: 640 });
    await until("the scene", 90, () => fs.existsSync(ready));
    await new Promise((done) => setTimeout(done, 3000)); // what fades in
    fs.writeFileSync(media("screenshot.json"), fs.readFileSync(ready));
    await host.page.screenshot({ path: media("screenshot.png") });
  } finally {
    await host.close();
    fs.rmSync(work, { recursive: true, force: true });
  }
}
