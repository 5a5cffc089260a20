"""GCK106: models whose layers share keys and values: what they compute and learn in training, beside eval mode with the cache."""

from __future__ import annotations

import contextlib
from typing import Any

import props
import shared_layers
import watch as watching

WAYS: tuple[tuple[str, str, bool | None, dict[str, Any]], ...] = (
    ("train mode", "train", None, {}),
    ("train mode, use_cache=True", "train", None, {"use_cache": True}),
    ("eval mode, use_cache=False", "eval", None, {"use_cache": False}),
    ("train mode, use_cache=False", "train", None, {"use_cache": False}),
    ("train mode, checkpointing, not reentrant", "train", False, {}),
    ("train mode, checkpointing, reentrant", "train", True, {}),
)


def run(watch: Any) -> dict[str, Any]:
    """For each kind and each way."""
    told = {}
    for family in ("gemma3n", "gemma4"):
        for words, mode, reentrant, passed in WAYS:
            try:
                told[f"{family}, {words}"] = _compared(family, mode, reentrant, passed)
            except NotImplementedError as reason:
                told[family] = str(reason)
                break
    return told


def _compared(family: str, mode: str, reentrant: bool | None, passed: dict[str, Any]) -> str:
    import torch

    model = props.new_model(family)
    tokens = torch.tensor([row["input_ids"] for row in props.rows()])
    given = {"input_ids": tokens, "labels": tokens}
    with watching.as_in_eval(model):
        expected = shared_layers.gradients(model, given)
        with torch.no_grad():
            logits = model(**given, use_cache=True).logits
    getattr(model, mode)()
    if reentrant is not None:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
    with contextlib.redirect_stderr(None):
        made = model(**given, **passed)
    made.loss.backward()
    far = float((made.logits - logits).abs().max() / logits.abs().max())
    words = "the same logits" if far < 1e-3 else f"logits off by {100 * far:.0f} %"
    return f"{words}, gradients {shared_layers.compared(expected, list(model.parameters()))}"
