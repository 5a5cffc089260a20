"""GCK305: a model in train mode with checkpointing on is called without gradients: what is set up, and what is said?"""

from __future__ import annotations

import contextlib
from typing import Any

import props

FAMILIES = ("gpt2", "llama", "opt", "t5", "bert", "vit")
REENTRANT: tuple[bool | None, ...] = (None, True, False)


def run(watch: Any) -> dict[str, Any]:
    """For each family, each way to switch gradients off and each kind of checkpoint: the calls, and torch's warning."""
    import torch

    scopes: dict[str, Any] = {
        "no_grad": torch.no_grad,
        "inference_mode": torch.inference_mode,
        "set_grad_enabled(False)": lambda: torch.set_grad_enabled(False),
        "enable_grad within no_grad": _enabled_within,
        "with gradients": contextlib.nullcontext,
    }
    told = {}
    for family in FAMILIES:
        try:
            props.new_model(family)
        except NotImplementedError as reason:
            told[family] = str(reason)
            continue
        for reentrant in REENTRANT:
            for mode in ("train", "eval"):
                words = []
                for name, scope in scopes.items():
                    model = props.new_model(family).train(mode == "train")
                    if not _enable(model, reentrant):
                        continue
                    words.append(f"{name}: {_called(watch, family, model, scope)}")
                if words:
                    kind = "unset" if reentrant is None else reentrant
                    told[f"{family}, use_reentrant {kind}, {mode} mode"] = "; ".join(words)
    return told


def _enable(model: Any, reentrant: bool | None) -> bool:
    if reentrant is None:
        model.gradient_checkpointing_enable()
        return True
    try:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
    except TypeError:
        return False
    return True


def _called(watch: Any, family: str, model: Any, scope: Any) -> str:
    import torch

    model.config.use_cache = False
    if family == "vit":
        given: dict[str, Any] = {"pixel_values": torch.rand(2, 3, 16, 16)}
    else:
        given = {"input_ids": torch.tensor([[40, 41, 50, 60, 61]])}
        if family == "t5":
            given["labels"] = given["input_ids"]
    before = watch.checkpoints["script"]
    lines = [text for _, text in watch.lines if "None of the inputs" in text]
    for text in lines:
        watch.lines.pop(("script", text))
    with scope():
        model(**given)
    said = any("None of the inputs" in text for _, text in watch.lines)
    return f"{watch.checkpoints['script'] - before} calls{', torch warns' if said else ''}"


@contextlib.contextmanager
def _enabled_within() -> Any:
    import torch

    with torch.no_grad(), torch.enable_grad():
        yield
