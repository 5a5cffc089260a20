"""GCK304: checkpointing is on, the model is in eval mode, and a backward pass follows: how often is `checkpoint()` called?"""

from __future__ import annotations

from typing import Any

import props

FAMILIES = ("gpt2", "llama", "opt", "gpt_neox", "t5", "bert", "vit")


def run(watch: Any) -> dict[str, Any]:
    """For each family: calls and tensors with a gradient, in train mode and in eval mode."""
    told = {}
    for family in FAMILIES:
        try:
            model = props.new_model(family)
        except (NotImplementedError, AttributeError) as reason:
            told[family] = str(reason)
            continue
        words = []
        for mode in ("train", "eval"):
            model.train(mode == "train")
            model.gradient_checkpointing_enable()
            model.zero_grad(set_to_none=True)
            before = watch.checkpoints["script"]
            batch(family, model).backward()
            learned = sum(one.grad is not None for one in model.parameters())
            words.append(f"{mode}: {watch.checkpoints['script'] - before} calls, {learned} gradients")
        told[family] = "; ".join(words)
    return told


def batch(family: str, model: Any) -> Any:
    """The loss of one small batch."""
    import torch

    if family == "vit":
        return model(pixel_values=torch.rand(2, 3, 16, 16), labels=torch.tensor([1, 2])).loss
    if family == "whisper":
        return model(input_features=torch.randn(2, 8, 100), labels=torch.tensor([[40, 41], [50, 51]])).loss
    tokens = torch.tensor([[40, 41, 50, 60, 61], [70, 71, 72, 80, 81]])
    return model(input_ids=tokens, labels=tokens).loss
