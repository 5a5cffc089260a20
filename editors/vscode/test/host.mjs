// Where the tests run: code-server, which is VS Code's own extension host and workbench, served to a Chromium without a window.

import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "4.100.3"; // of VS Code 1.100.3; newer ones ask for a newer Node.js than 20
const PACKAGES = [`code-server@${VERSION}`, "puppeteer-core@23", "axe-core@4.14.1"];
export const EXTENSION = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The folder that keeps code-server from one run to the next. */
export function home() {
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
  return process.env.GCLINT_CODE_SERVER || path.join(cache, "gclint", `code-server-${VERSION}`);
}

/** Whether code-server is there already. */
export function isInstalled(folder) {
  const ready = path.join(folder, "ready");
  return fs.existsSync(ready) && fs.readFileSync(ready, "utf8") === PACKAGES.join(" ");
}

/** Installs it. */
export function install(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const npm = (where, ...words) =>
    execFileSync("npm", [...words, "--no-audit", "--no-fund", "--loglevel=error"], { cwd: where, stdio: ["ignore", "ignore", "inherit"] });
  npm(folder, "install", "--prefix", folder, "--ignore-scripts", ...PACKAGES);
  npm(folder, "rebuild", "argon2");
  // its own script would also build what is native in here, terminals above all; the tests go without
  npm(path.join(folder, "node_modules", "code-server", "lib", "vscode"), "install", "--ignore-scripts", "--omit=dev");
  fs.writeFileSync(path.join(folder, "ready"), PACKAGES.join(" "));
}

/** A program of the PATH. */
export function onPath(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
      const place = path.join(folder, name);
      if (folder !== "" && fs.existsSync(place)) {
        return place;
      }
    }
  }
  throw new Error(`${names.join(" or ")} is not on the PATH`);
}

/** Installs a package into code-server, opens a folder in it, and gives the page, the address and a way to end all of it. */
export async function open(folder, { vsix, work, settings, env = {}, payload = () => [] }) {
  const require = createRequire(path.join(folder, "package.json"));
  const puppeteer = require("puppeteer-core");
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "gclint-vscode-"));
  const [data, extensions] = ["data", "extensions"].map((name) => path.join(temporary, name));
  fs.mkdirSync(path.join(data, "User"), { recursive: true });
  fs.writeFileSync(path.join(data, "User", "settings.json"), JSON.stringify(settings));
  const entry = path.join(folder, "node_modules", "code-server", "out", "node", "entry.js");
  const words = [entry, "--config", path.join(temporary, "config.yaml"), "--user-data-dir", data, "--extensions-dir", extensions];
  execFileSync(process.execPath, [...words, "--install-extension", vsix], { stdio: "ignore" });
  const browser = await puppeteer.launch({
    executablePath: onPath("chromium", "chromium-browser", "google-chrome"),
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"],
    defaultViewport: { width: 1400, height: 900 },
  });
  const port = await freePort();
  const log = path.join(temporary, "server.log");
  const flags = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check"];
  const own = { GCLINT_BROWSER: browser.wsEndpoint(), GCLINT_PUPPETEER: require.resolve("puppeteer-core"), GCLINT_AXE: require.resolve("axe-core") };
  const server = spawn(process.execPath, [...words, ...flags, "--disable-workspace-trust", work], {
    env: { ...process.env, ...own, ...env },
    stdio: ["ignore", fs.openSync(log, "w"), fs.openSync(log, "a")],
    detached: true,
  });
  const close = async () => {
    await browser.close();
    try {
      process.kill(-server.pid); // it has children
    } catch {
      // they have ended by themselves
    }
    await new Promise((done) => (server.exitCode !== null || server.signalCode !== null ? done() : server.once("exit", done)));
    fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const address = `http://127.0.0.1:${port}`;
    await until("code-server", 60, () => fetch(address).then(() => true, () => false));
    const { publisher } = JSON.parse(fs.readFileSync(path.join(EXTENSION, "package.json"), "utf8"));
    const page = (await browser.pages())[0] ?? (await browser.newPage());
    const installed = path.join(extensions, fs.readdirSync(extensions).find((name) => name.startsWith(`${publisher}.gclint-`)));
    const remote = (place) => `vscode-remote://127.0.0.1:${port}${place}`;
    const show = async (chosen) => {
      const query = new URLSearchParams({ folder: work, payload: JSON.stringify(chosen) });
      await page.goto(`${address}/?${query}`, { waitUntil: "load", timeout: 90_000 });
      await page.waitForSelector(".monaco-workbench", { timeout: 90_000 });
    };
    await show(payload(remote, installed));
    return { page, show, said: () => said(data) + fs.readFileSync(log, "utf8"), close };
  } catch (error) {
    process.stderr.write(fs.readFileSync(log, "utf8"));
    await close();
    throw error;
  }
}

/** What the extension has logged. */
function said(data) {
  const logs = path.join(data, "logs");
  const found = fs.existsSync(logs) ? fs.readdirSync(logs, { recursive: true }).filter((name) => path.basename(name) === "gclint.log") : [];
  return found.map((name) => fs.readFileSync(path.join(logs, name), "utf8")).join("");
}

/** Waits until something holds. */
export async function until(what, seconds, holds) {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await new Promise((done) => setTimeout(done, 200))) {
    const found = await holds();
    if (found) {
      return found;
    }
  }
  throw new Error(`${what} did not come within ${seconds} s`);
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
