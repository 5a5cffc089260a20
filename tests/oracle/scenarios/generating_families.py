"""GCK203: each family generates in train mode with checkpointing on, by a plain `generate(…, max_new_tokens=12)`."""

from __future__ import annotations

from typing import Any

import props

FAMILIES = ("llama", "mistral", "qwen2", "gpt2", "gpt_neox", "gpt_bigcode", "starcoder2", "opt", "t5", "bart", "whisper")
PROMPTS = 5


def run(watch: Any) -> dict[str, Any]:
    """For each family: right, wrong, or the exception; Whisper with `return_dict_in_generate=True` as well."""
    told: dict[str, Any] = {}
    for family in FAMILIES:
        try:
            model = props.new_model(family)
        except (NotImplementedError, AttributeError) as reason:
            told[family] = str(reason)
            continue
        ways: dict[str, dict[str, Any]] = {"": {}}
        if family in {"whisper", "t5"}:
            ways[", with scores"] = {"return_dict_in_generate": True, "output_scores": True}
        for way, more in ways.items():
            for mode in ("eval", "train"):
                told[f"{family}, {mode} mode{way}"] = _generated(watch, family, model.train(mode == "train"), more)
    return told


def _generated(watch: Any, family: str, model: Any, more: dict[str, Any]) -> str:
    """Several prompts: a short text of a small model may be right by accident."""
    import torch

    model.gradient_checkpointing_enable()
    torch.manual_seed(1)
    seen = []
    for _ in range(PROMPTS):
        if family == "whisper":
            given: dict[str, Any] = {"input_features": torch.randn(1, 8, 100)}
        else:
            tokens = torch.randint(20, 220, (1, 5))
            given = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
        try:
            model.generate(**given, max_new_tokens=12, **more)
        except Exception as error:
            return f"raises {type(error).__name__}: {str(error)[:80]}"
        seen.append(watch.generations[-1])
    wrong = sum(note["text"] == "wrong" for note in seen)
    words = f"{wrong} of {PROMPTS} texts wrong" if wrong else "right text"
    return f"{words}, {seen[0]['fed']} in each step"
