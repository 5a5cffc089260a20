"""GCK101: which families log the line in training, with the config's switch on and off, and whether they checkpoint at all."""

from __future__ import annotations

from typing import Any

import props
from scenarios.eval_backward import batch
from scenarios.generating_families import FAMILIES


def run(watch: Any) -> dict[str, Any]:
    """For each family: the line or none, and the calls of `checkpoint()`."""
    told: dict[str, Any] = {}
    for family in (*FAMILIES, "bert", "vit"):
        for switch in (True, False):
            try:
                model = props.new_model(family)
            except (NotImplementedError, AttributeError) as reason:
                told[family] = str(reason)
                break
            model.train()
            model.gradient_checkpointing_enable()
            model.config.use_cache = switch
            told[f"{family}: config.use_cache {switch}"] = _step(watch, family, model)
    return told


def _step(watch: Any, family: str, model: Any) -> str:
    from transformers.utils import logging

    once = getattr(logging, "warning_once", None)
    if hasattr(once, "cache_clear"):
        once.cache_clear()
    watch.lines.clear()
    before = watch.checkpoints["script"]
    try:
        batch(family, model).backward()
    except Exception as error:
        return f"raises {type(error).__name__}: {str(error)[:80]}"
    said = [text for phase, text in watch.lines if "incompatible with gradient checkpointing" in text]
    return f"{said[0] if said else 'no line'}; {watch.checkpoints['script'] - before} calls"
