// `npm test`: packs the extension, installs the package into code-server, and runs suite.js in its extension host.
//
// gclint with its language server, npm and chromium have to be on the PATH. `--installed` runs only where code-server is there already.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { EXTENSION, home, install, isInstalled, onPath, open, until } from "./host.mjs";

const folder = home();
const gclint = onPath("gclint");
if (!isInstalled(folder)) {
  if (process.argv.includes("--installed")) {
    console.error(`code-server is not in ${folder}; npm test installs it`);
    process.exit(3);
  }
  console.log(`installing code-server into ${folder}`);
  install(folder);
}
execFileSync("npm", ["run", "--silent", "package"], { cwd: EXTENSION, stdio: ["ignore", "ignore", "inherit"] });
const work = fs.mkdtempSync(path.join(os.tmpdir(), "gclint-work-"));
const results = path.join(work, "..", `${path.basename(work)}.jsonl`);
fs.writeFileSync(results, "");
fs.writeFileSync(path.join(work, "gclint.toml"), 'target-transformers = ">=4.53,<5"\n');
for (const name of ["train.py", "expected.txt"]) {
  fs.copyFileSync(path.join(EXTENSION, "media", "example.py"), path.join(work, name));
}
fs.renameSync(path.join(work, "expected.txt"), path.join(work, "expected.py"));
execFileSync(gclint, ["--quiet", "--fix-only", "--no-cache", "--min-severity", "info", "expected.py"], { cwd: work });
fs.renameSync(path.join(work, "expected.py"), path.join(work, "expected.txt"));

let failed = 0;
const host = await open(folder, {
  vsix: path.join(EXTENSION, "gclint.vsix"),
  work,
  settings: { "gclint.path": [gclint], "workbench.startupEditor": "none", "editor.wordBasedSuggestions": "off" },
  env: { GCLINT_RESULTS: results, GCLINT_COMMAND: gclint, GCLINT_ONLY: process.env.GCLINT_ONLY ?? "" },
  payload: (remote, installed) => [
    ["extensionDevelopmentPath", remote(installed)],
    ["extensionTestsPath", remote(path.join(EXTENSION, "test", "suite.js"))],
  ],
});
try {
  let seen = 0;
  await until("the end of the tests", 400, () => {
    const lines = fs.readFileSync(results, "utf8").split("\n").slice(0, -1).map((line) => JSON.parse(line));
    for (const line of lines.slice(seen)) {
      if (line.name !== undefined) {
        console.log(`${line.error === undefined ? "ok" : "FAILED"}  ${line.name} (${line.seconds.toFixed(1)} s)`);
        if (line.error !== undefined) {
          failed += 1;
          console.log(line.error);
        }
      }
    }
    seen = lines.length;
    const last = lines.at(-1);
    return last?.end !== undefined && last;
  });
  if (!process.env.GCLINT_ONLY) {
    await restored();
  }
} catch (error) {
  failed += 1;
  console.log(error.message);
  await host.page.screenshot({ path: path.join(os.tmpdir(), "gclint-vscode-failed.png") });
} finally {
  if (failed > 0) {
    process.stdout.write(host.said());
  }
  await host.close();
  fs.rmSync(work, { recursive: true, force: true });
  fs.rmSync(results, { force: true });
}
/** The panel is there in the next window, with the story of its script: VS Code keeps its place, and the extension draws it anew. */
async function restored() {
  await host.show([]);
  await until("the story in the next window", 60, async () => {
    for (const frame of host.page.frames()) {
      const rows = await frame.evaluate(titles).catch(() => []);
      if (rows.some((row) => row.includes("trainer.train()"))) {
        return true;
      }
    }
    return false;
  });
  console.log("ok  the story is there again in the next window");
}

/** Runs in a frame: what the rows of the picture say that is in it or one below it, of which the browser may not tell. */
function titles() {
  const inner = [...document.querySelectorAll("iframe")].map((one) => one.contentDocument).filter((one) => one !== null);
  return [document, ...inner].flatMap((one) => [...one.querySelectorAll(".row title")].map((title) => title.textContent));
}

console.log(failed === 0 ? "all tests passed" : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
