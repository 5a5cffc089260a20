"""GCK201, GCK202: does generation go by the config's switch, where the base brings a generation_config.json written by hand?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import props


def run(watch: Any) -> dict[str, Any]:
    """For each kind of base: whether the cache is used after `config.use_cache = False`, live, and saved and loaded again."""
    from transformers import AutoModelForCausalLM

    told: dict[str, Any] = {}
    for base in ("made from a config", "written by hand", "none"):
        folder = Path(base.replace(" ", "_"))
        with watch.resting():
            props.lay_model("gpt2", folder)
        file = folder / "generation_config.json"
        file.unlink(missing_ok=True)
        if base == "written by hand":
            file.write_text(json.dumps({"bos_token_id": 0, "eos_token_id": 0, "temperature": 0.6, "do_sample": True}))
        elif base == "made from a config":
            file.write_text(json.dumps({"_from_model_config": True, "bos_token_id": 0, "eos_token_id": 0}))
        model = AutoModelForCausalLM.from_pretrained(folder)
        model.config.use_cache = False
        told[f"{base}: live"] = _way(model)
        model.save_pretrained(folder / "saved")
        told[f"{base}: loaded again"] = _way(AutoModelForCausalLM.from_pretrained(folder / "saved"))
    return told


def _way(model: Any) -> str:
    """Whether each of four new tokens is computed from itself alone, or from all before it."""
    import torch

    fed: list[int] = []

    def note(_: Any, positional: Any, named: dict[str, Any]) -> None:
        fed.append((positional[0] if positional else named["input_ids"]).shape[1])

    hook = model.register_forward_pre_hook(note, with_kwargs=True)
    model.eval()
    model.generate(torch.tensor([[1, 2, 3]]), max_new_tokens=4, min_new_tokens=4, do_sample=False)
    hook.remove()
    new = fed[1:4]  # whoever watches runs the whole text once more at the end
    return "with the cache" if new == [1, 1, 1] else f"without the cache (fed with {', '.join(map(str, new))} tokens)"
