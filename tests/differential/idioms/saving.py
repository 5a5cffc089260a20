"""Ways to save a model: by helpers, to several folders, merged, by parts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from .table import idiom

if TYPE_CHECKING:
    from ..steps import Draft

FOLDERS = ('"out/final"', '"out/last"')


@idiom("saving", "helper with a folder", 2)
def helped(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    body = rng.choice(
        (
            "    net.save_pretrained(folder)\n    tokenizer.save_pretrained(folder)\n",
            "    os.makedirs(folder, exist_ok=True)\n    net.save_pretrained(folder)\n",
            '    net.config.save_pretrained(folder)\n    torch.save(net.state_dict(), os.path.join(folder, "model.pt"))\n',
            "    before = net.config.use_cache\n    net.config.use_cache = True\n    net.save_pretrained(folder)\n"
            "    net.config.use_cache = before\n",
            "    if torch.cuda.is_available():\n        net.save_pretrained(folder)\n",
        )
    )
    kind = rng.choice(("", ": PreTrainedModel"))
    name = draft.function(f'def FUNCTION(net{kind}, tokenizer, folder="out/final"):\n{body}')
    folder = rng.choice(("", ', "out/best"'))
    return f"{name}({model}, $tokenizer{folder})"


@idiom("saving", "wrong once and right later")
def twice(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    first = rng.choice(("out/checkpoint", "out/final"))
    restore = rng.choice((f"{model}.config.use_cache = True\n", ""))
    return f'{model}.save_pretrained("{first}")\n{restore}{model}.save_pretrained("out/final")'


@idiom("saving", "right once and wrong later")
def wrong_later(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    return (
        f'{model}.config.use_cache = True\n{model}.save_pretrained("out/final")\n{model}.config.use_cache = False\n'
        f"{model}.save_pretrained({rng.choice(FOLDERS)})"
    )


@idiom("saving", "folders in a list")
def folders(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    return rng.choice(
        (
            f'for folder in ["out/a", "out/b"]:\n    {model}.save_pretrained(folder)',
            f'folders = [os.path.join("out", name) for name in ("a", "b")]\nfor folder in folders:\n'
            f"    {model}.save_pretrained(folder)",
            f'folder = "out"\nif torch.cuda.is_available():\n    folder = folder + "/gpu"\n{model}.save_pretrained(folder)',
        )
    )


@idiom("saving", "module or model")
def unwrapped(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    taken = rng.choice((f'{model}.module if hasattr({model}, "module") else {model}', f'getattr({model}, "module", {model})'))
    return f'net = {taken}\nnet.save_pretrained("out/final")'


@idiom("saving", "weights by accelerate")
def weights(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    return f'$accelerator.save_model({model}, "out/final")' if draft.way == "accelerate" else ""


@idiom("saving", "generation config set right")
def generation_config(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    return f'{model}.generation_config.use_cache = True\n{model}.save_pretrained("out/final")'


@idiom("saving", "copy")
def copied(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    return rng.choice(
        (
            f'config = copy.deepcopy({model}.config)\nconfig.use_cache = True\nconfig.save_pretrained("out/final")',
            f'net = copy.deepcopy({model})\nnet.save_pretrained("out/final")',
        )
    )


@idiom("saving", "merged and saved", 2)
def merged(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    if draft.lora != "True" or draft.merged:
        return ""
    return rng.choice(
        (
            f'{draft.model}.merge_and_unload().save_pretrained("out/merged")',
            f'whole = {draft.model}.merge_and_unload()\nwhole.save_pretrained("out/merged")',
            f'whole = {draft.model}.merge_and_unload()\nwhole.config.use_cache = True\nwhole.save_pretrained("out/merged")',
        )
    )


@idiom("saving", "main process by environment")
def main_process(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    test = rng.choice(('int(os.environ.get("RANK", "0")) == 0', 'os.getenv("LOCAL") is None'))
    return f'if {test}:\n    {model}.save_pretrained("out/final")'
