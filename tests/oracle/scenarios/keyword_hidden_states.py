"""GCK306: a layer derived from GradientCheckpointingLayer gets its hidden states by keyword: do gradients reach what is below?"""

from __future__ import annotations

from typing import Any


def run(watch: Any) -> dict[str, Any]:
    """For each way to call a layer: which weights of a small model get a gradient, and what is said."""
    try:
        from transformers.modeling_layers import GradientCheckpointingLayer
    except ImportError:
        return {"GradientCheckpointingLayer": "there is no such class"}
    told: dict[str, Any] = {}
    for reentrant in (True, False, None):
        for how in ("by position", "by keyword"):
            told[f"use_reentrant={'unset' if reentrant is None else reentrant}, {how}"] = _learned(
                watch, GradientCheckpointingLayer, reentrant, how == "by keyword"
            )
    return told


def _learned(watch: Any, base: Any, reentrant: bool | None, keyword: bool) -> str:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel

    class Layer(base):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(4, 4)

        def forward(self, hidden_states: Any) -> Any:
            return hidden_states + torch.tanh(self.line(hidden_states))

    class Model(PreTrainedModel):
        config_class = PretrainedConfig
        supports_gradient_checkpointing = True

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.embedding = torch.nn.Embedding(10, 4)
            self.layers = torch.nn.ModuleList([Layer(), Layer()])
            self.head = torch.nn.Linear(4, 2)
            self.post_init()

        def _init_weights(self, module: Any) -> None:
            """The random start is as good as any."""

        def forward(self, tokens: Any) -> Any:
            hidden_states = self.embedding(tokens)
            for layer in self.layers:
                hidden_states = layer(hidden_states=hidden_states) if keyword else layer(hidden_states)
            return self.head(hidden_states).sum()

    torch.manual_seed(0)
    model = Model(PretrainedConfig()).train()
    before = watch.checkpoints["script"]
    said = set(watch.lines)
    if reentrant is None:
        model.gradient_checkpointing_enable()
    else:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
    try:
        model(torch.tensor([[1, 2, 3]])).backward()
    except RuntimeError as error:
        return f"raises RuntimeError: {str(error)[:80]}"
    parts = {
        "embedding": model.embedding.weight,
        "layer 1": model.layers[0].line.weight,
        "layer 2": model.layers[1].line.weight,
        "head": model.head.weight,
    }
    without = [name for name, weight in parts.items() if weight.grad is None or not weight.grad.abs().sum()]
    words = [f"no gradient for {', '.join(without)}" if without else "all gradients"]
    words.append(f"{watch.checkpoints['script'] - before} calls")
    words += [text for _, text in watch.lines if ("script", text) not in said and "None of the inputs" in text]
    return "; ".join(words)
