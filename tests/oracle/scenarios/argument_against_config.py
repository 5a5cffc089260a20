"""GCK202: eval mode, no checkpointing: what a generation feeds in each step, when the argument and the configs disagree."""

from __future__ import annotations

from typing import Any

import props
from scenarios.generating_families import FAMILIES

# config.use_cache, generation_config.use_cache, generate(use_cache=…); None: left as it is, or not given
WAYS = (
    (False, None, None),
    (False, None, True),
    (None, False, None),
    (None, False, True),
    (False, False, True),
    (None, None, False),
)


def run(watch: Any) -> dict[str, Any]:
    """For each family and combination: one token, or the whole sequence."""
    told: dict[str, Any] = {}
    for family in FAMILIES:
        for ways in WAYS:
            try:
                model = props.new_model(family)
            except (NotImplementedError, AttributeError) as reason:
                told[family] = str(reason)
                break
            told[f"{family}: {_words(ways)}"] = _fed(watch, family, model, ways)
    return told


def _words(way: tuple[bool | None, ...]) -> str:
    names = ("config", "generation_config", "argument")
    return ", ".join(f"{name} {value}" for name, value in zip(names, way, strict=True) if value is not None)


def _fed(watch: Any, family: str, model: Any, way: tuple[bool | None, ...]) -> str:
    import torch

    config, generation, argument = way
    if config is not None:
        model.config.use_cache = config
    if generation is not None:
        if not hasattr(model, "generation_config"):
            return "no generation config"
        model.generation_config.use_cache = generation
    if family == "whisper":
        given: dict[str, Any] = {"input_features": torch.randn(1, 8, 100)}
    else:
        tokens = torch.tensor([[40, 41, 50, 60, 61]])
        given = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
    if argument is not None:
        given["use_cache"] = argument
    try:
        model.generate(**given, max_new_tokens=8)
    except Exception as error:
        return f"raises {type(error).__name__}: {str(error)[:80]}"
    return watch.generations[-1]["fed"]
