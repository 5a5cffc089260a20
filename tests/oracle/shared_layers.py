"""Whether a model whose layers share keys and values learns what it learns with them: in eval mode, with the cache, unchecked.

Runs inside an environment of the proof, never beside gclint.
"""

from __future__ import annotations

from typing import Any

NEAR = 0.01  # two directions that are no farther apart are the same: a trainer may have scaled what it learns from


def shares(model: Any) -> bool:
    """Whether some of its layers take their keys and values from others."""
    config = getattr(model, "config", None)
    text = getattr(config, "text_config", config)
    return bool(getattr(text, "num_kv_shared_layers", 0))


def gradients(model: Any, kwargs: dict[str, Any]) -> dict[int, Any]:
    """The gradients of a pass with the cache, by parameter."""
    import torch

    given = {name: value for name, value in kwargs.items() if name not in {"use_cache", "past_key_values"}}
    learning = [one for one in model.parameters() if one.requires_grad]
    loss = model(**given, use_cache=True).loss
    if loss is None:
        return {}
    found = torch.autograd.grad(loss, learning, allow_unused=True)
    return {id(one): gradient for one, gradient in zip(learning, found, strict=True) if gradient is not None}


def compared(expected: dict[int, Any], learning: list[Any]) -> str:
    """`right`, or how far the gradients that were learned from point elsewhere."""
    import torch

    pairs = [(expected[id(one)], one.grad) for one in learning if id(one) in expected]
    wanted = torch.cat([one.flatten() for one, _ in pairs])
    learned = torch.cat([torch.zeros_like(one).flatten() if other is None else other.flatten() for one, other in pairs])
    off = float((wanted / wanted.norm() - learned / learned.norm()).norm())
    return "right" if off < NEAR else f"wrong, off by {100 * off:.0f} %"
