"""GCK201, GCK202: `from_pretrained(…, use_cache=False)`: which classes hand the switch on to the generation_config?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import props

BASES = ("none", "made from a config", "written by hand")
_FILES: dict[str, dict[str, Any]] = {
    "made from a config": {"_from_model_config": True, "bos_token_id": 0, "eos_token_id": 0},
    "written by hand": {"bos_token_id": 0, "eos_token_id": 0, "temperature": 0.6, "do_sample": True},
}
_SAID = {True: "on", False: "off", None: "unsaid"}


def run(watch: Any) -> dict[str, Any]:
    """For each generation_config.json of a base and each way to load: config/generation_config, live, saved and repaired."""
    told: dict[str, Any] = {}
    for base in BASES:
        for family in ("gpt2", "t5"):
            folder = Path(f"{family}_{base.replace(' ', '_')}")
            with watch.resting():
                props.lay_model(family, folder)
            _write(folder, base)
            ways = _ways(family, folder)
            if family == "gpt2":
                ways.update(_adapters(folder, watch))
            for way, load in ways.items():
                told[f"{base}: {way}"] = _seen(load, folder)
    return told


def _write(folder: Path, base: str) -> None:
    file = folder / "generation_config.json"
    file.unlink(missing_ok=True)
    if base in _FILES:
        file.write_text(json.dumps(_FILES[base] | ({"decoder_start_token_id": 0} if "t5" in folder.name else {})))


def _ways(family: str, folder: Path) -> dict[str, Callable[[], Any]]:
    import transformers
    from transformers import AutoConfig

    auto = transformers.AutoModelForCausalLM if family == "gpt2" else transformers.AutoModelForSeq2SeqLM
    own = getattr(transformers, props._SHAPES[family][1])
    ways: dict[str, Callable[[], Any]] = {}
    for cls in (auto, own, type("OfTheScript", (own,), {})):
        ways[f"{cls.__name__}({family}), use_cache=False"] = lambda cls=cls: cls.from_pretrained(folder, use_cache=False)

    if family == "t5":
        return ways

    def by_config(cls: Any, **more: Any) -> Any:
        config = AutoConfig.from_pretrained(folder)
        config.use_cache = False
        return cls.from_pretrained(folder, config=config, **more)

    for cls in (auto, own):
        ways[f"{cls.__name__}, config=config"] = lambda cls=cls: by_config(cls)
    ways[f"{own.__name__}, config=config, use_cache=False"] = lambda: by_config(own, use_cache=False)
    return ways


def _adapters(folder: Path, watch: Any) -> dict[str, Callable[[], Any]]:
    way, adapter = "AutoPeftModelForCausalLM, use_cache=False", folder.with_name(f"{folder.name}_adapter")
    try:
        import peft
        from transformers import AutoModelForCausalLM

        auto = peft.AutoPeftModelForCausalLM
    except (ImportError, AttributeError):
        return {}  # peft is not there, or older than that class
    with watch.resting():
        config = peft.LoraConfig(task_type="CAUSAL_LM", target_modules=["c_attn"], lora_dropout=0.0, fan_in_fan_out=True)
        peft.get_peft_model(AutoModelForCausalLM.from_pretrained(folder), config).save_pretrained(adapter)
    return {way: lambda: auto.from_pretrained(adapter, use_cache=False).merge_and_unload()}


def _seen(load: Callable[[], Any], folder: Path) -> str:
    """What is off, how it generates, what is saved and how that generates, as it is and after each repair."""
    try:
        model = load()
    except TypeError as raised:
        return f"TypeError: {str(raised).rpartition('.')[2]}"
    told = [f"{_live(model)}; saved {_saved(model, folder)}"]
    model.config.use_cache = True
    told.append(f"config on: {_way(model)}, saved {_saved(model, folder)}")
    if hasattr(model, "generation_config"):
        model.generation_config.use_cache = True
        told.append(f"both on: {_way(model)}, saved {_saved(model, folder)}")
    return "; ".join(told)


def _live(model: Any) -> str:
    made = getattr(model, "generation_config", None)
    return f"{_SAID[model.config.use_cache]}/{'none' if made is None else _SAID[made.use_cache]} {_way(model)}"


def _saved(model: Any, folder: Path) -> str:
    """Both files of a save, as config/generation_config, and how a model that is loaded from there generates."""
    place = folder / "saved"
    for file in place.glob("*.json"):
        file.unlink()
    model.save_pretrained(place)
    files = (place / "config.json", place / "generation_config.json")
    said = [_SAID[json.loads(file.read_text()).get("use_cache")] if file.exists() else "none" for file in files]
    again = type(model).from_pretrained(place)
    return f"{'/'.join(said)} {_way(again)}"


def _way(model: Any) -> str:
    """Whether a new token is computed from itself alone, or from all before it."""
    import torch

    fed: list[int] = []

    def note(_: Any, positional: Any, named: dict[str, Any]) -> None:
        tokens = named.get("decoder_input_ids")
        fed.append((named["input_ids"] if tokens is None else tokens).shape[1])

    hook = model.register_forward_pre_hook(note, with_kwargs=True)
    model.eval()
    model.generate(torch.tensor([[1, 2, 3]]), max_length=9, min_length=8, do_sample=False)
    hook.remove()
    return "cached" if fed[1:4] == [1, 1, 1] else "slow"
