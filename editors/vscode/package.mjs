// `npm run package`: checks, builds and packs the extension into gclint.vsix.
//
// The README's picture is shown by marketplaces from the repository, at the tag of this version. While there is no repository the link
// stays as it is: the picture lies in the package.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const { repository, version } = JSON.parse(fs.readFileSync(`${here}package.json`, "utf8"));
const address = repository?.url.replace(/\.git$/, "");
const folder = repository?.directory;
const links =
  address === undefined
    ? ["--allow-missing-repository", "--no-rewrite-relative-links"]
    : [`--baseContentUrl=${address}/blob/v${version}/${folder}`, `--baseImagesUrl=${address}/raw/v${version}/${folder}`];
const vsce = `${here}node_modules/@vscode/vsce/vsce`;
execFileSync(process.execPath, [vsce, "package", "--no-dependencies", "--out", "gclint.vsix", ...links], { cwd: here, stdio: "inherit" });
