#!/usr/bin/env bash
# Tries the packed extension in code-server, which is VS Code in a browser: findings show up, "Fix all" mends them, saving writes them.
#
#   editors/vscode/trial/run.sh [FOLDER]
#
# gclint with its language server, node (20, as code-server 4.100 wants it), npm and chromium have to be on the PATH. FOLDER keeps
# code-server from one trial to the next; the first one takes some minutes, the others one.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-${TMPDIR:-/tmp}/gclint-code-server}
port=${PORT:-9123}
gclint server --help >/dev/null
mkdir -p "$folder"
cd "$folder"

if [ ! -e ready ]; then
  npm install code-server@4.100.3 puppeteer-core@23 --ignore-scripts --no-audit --no-fund --loglevel=error
  # the postinstall script of code-server asks for a C compiler's headers; these are the parts that are really needed
  npm rebuild argon2 --loglevel=error
  (
    cd node_modules/code-server/lib/vscode
    npm install --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error
    npm rebuild @vscode/spdlog node-pty native-watchdog @parcel/watcher kerberos @vscode/fs-copyfile --loglevel=error
  ) || echo "some native parts of code-server were not built; it goes without" >&2
  touch ready
fi

rm -rf extension work data extensions
mkdir work
cp -r "$here" extension
rm -rf extension/node_modules
(cd extension && npm install --no-audit --no-fund --loglevel=error && npm run --silent package)
server=(node node_modules/code-server/out/node/entry.js --user-data-dir "$folder/data" --extensions-dir "$folder/extensions")
"${server[@]}" --install-extension extension/gclint.vsix >install.log 2>&1
cat >work/train.py <<'SCRIPT'
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("gpt2")
model.config.use_cache = False
args = TrainingArguments("out", gradient_checkpointing=True)
trainer = Trainer(model=model, args=args, train_dataset=[])
trainer.train()
trainer.save_model("out")
SCRIPT
cp work/train.py wanted.py
gclint --quiet --fix-only wanted.py

# the PATH of an editor is that of the login shell
mkdir -p data/User
printf '{"gclint.path": ["%s"]}\n' "$(command -v gclint)" >data/User/settings.json
"${server[@]}" --auth none --bind-addr "127.0.0.1:$port" --disable-telemetry --disable-update-check --disable-workspace-trust \
  work >server.log 2>&1 &
trap 'kill $! 2>/dev/null' EXIT
NODE_PATH="$folder/node_modules" node "$here/trial/drive.js" "http://127.0.0.1:$port" "$folder/work" "$(command -v chromium || command -v chromium-browser)"
diff work/train.py wanted.py
echo "the extension shows and mends the finding in code-server $(node node_modules/code-server/out/node/entry.js --version | cut -d' ' -f1)"
