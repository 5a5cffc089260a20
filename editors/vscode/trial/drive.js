// Opens train.py in code-server, waits for the finding, fixes everything by the command, and saves.
const puppeteer = require("puppeteer-core");

const [address, folder, chromium] = process.argv.slice(2);
const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

async function main() {
  const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage();
  const shown = () => page.evaluate(() => document.body.innerText);
  const until = async (what, seconds, holds) => {
    for (const end = Date.now() + 1000 * seconds; Date.now() < end; await pause(1)) {
      if (await holds()) return;
    }
    await page.screenshot({ path: `${folder}/../failed.png` });
    throw new Error(`${what} did not come (see failed.png)`);
  };
  await page.setViewport({ width: 1400, height: 900 });
  const file = `vscode-remote://${new URL(address).host}${folder}/train.py`;
  const payload = encodeURIComponent(JSON.stringify([["openFile", file]]));
  await until("the server", 60, () => fetch(address).then(() => true, () => false));
  await page.goto(`${address}/?folder=${folder}&payload=${payload}`, { waitUntil: "load", timeout: 90000 });
  await page.waitForSelector(".monaco-workbench", { timeout: 90000 });
  await until("the script", 60, async () => /save_model/.test(await shown()));
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.down(key);
    for (const key of keys.reverse()) await page.keyboard.up(key);
  };
  await press("Control", "Shift", "KeyM"); // the list of problems
  await until("the finding", 90, async () => /GCK201/.test(await shown()));
  await page.screenshot({ path: `${folder}/../found.png` });
  await page.click(".view-lines");
  await press("F1");
  await pause(1.5);
  await page.keyboard.type("gclint: Fix all", { delay: 30 });
  await until("the command", 20, async () => /Fix all auto-fixable problems/.test(await shown()));
  await press("Enter");
  await until("the end of the finding", 30, async () => !/GCK201/.test(await shown()));
  await press("Control", "KeyS");
  await pause(3);
  await page.screenshot({ path: `${folder}/../mended.png` });
  await browser.close();
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
