"""GCK205: a forward pass in train mode with checkpointing on is given a cache: are its logits those of the whole text?"""

from __future__ import annotations

import warnings
from typing import Any

import props

FAMILIES = ("gpt2", "llama", "mistral", "qwen2", "gpt_neox", "opt", "t5")
USE_CACHE: tuple[bool | None, ...] = (True, None, False)


def run(watch: Any) -> dict[str, Any]:
    """For each family: where the cache comes from, and the `use_cache` that is passed with it."""
    told = {}
    for family in FAMILIES:
        try:
            props.new_model(family)
        except NotImplementedError as reason:
            told[family] = str(reason)
            continue
        for source in ("eval mode", "train mode", "another model"):
            for passed in USE_CACHE:
                if source != "eval mode" and passed is not True:
                    continue
                for enabled in (True, False):
                    words = _compared(family, source, passed, enabled)
                    told[f"{family}, cache of {source}, use_cache={passed}, checkpointing {'on' if enabled else 'off'}"] = words
    return told


def _compared(family: str, source: str, passed: bool | None, enabled: bool) -> str:
    import torch

    model = props.new_model(family)
    tokens = torch.tensor([[40, 41, 50, 60, 61, 70, 71, 72]])
    encoder = {"input_ids": tokens} if family == "t5" else {}
    name = "decoder_input_ids" if family == "t5" else "input_ids"
    with torch.no_grad():
        whole = model(**{**encoder, name: tokens}, use_cache=False).logits[:, 5:]
    maker = props.new_model(family) if source == "another model" else model
    if enabled:
        model.gradient_checkpointing_enable()
    if source == "train mode":
        model.train()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with torch.no_grad():
                first = maker(**{**encoder, name: tokens[:, :5]}, use_cache=True)
            cache = first.past_key_values
            kind = type(cache).__name__
            model.train()
            extra = {} if passed is None else {"use_cache": passed}
            second = model(**{**encoder, name: tokens[:, 5:]}, past_key_values=cache, **extra)
            loss = second.logits.float().pow(2).mean()
            far = float((second.logits - whole).abs().max())
            loss.backward()
    except Exception as error:
        return f"raises {type(error).__name__}: {str(error)[:90]}"
    return f"{'right' if far < 1e-3 else f'wrong by {far:.2g}'}, cache: {kind}"
