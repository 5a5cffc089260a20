"""GCK302, GCK303: LoRA in a model that checkpoints, by family: which adapters get a gradient, and what lets it through?"""

from __future__ import annotations

import inspect
from typing import Any

import props
from scenarios.eval_backward import batch

WORDS = ("llama", "t5", "bart", "bert", "whisper", "clip_text", "llava", "qwen2_vl")
_TARGETS = {"t5": ["q", "v"], "bert": ["query", "value"], "qwen2_vl": ["q_proj", "v_proj", "qkv"]}
_TEXT = {
    "vocab_size": props.VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
_SEEN = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
_IMAGE = 200
_LLAVA = {"image_token_index": _IMAGE, "image_token_id": _IMAGE, "image_seq_length": 4, "vision_feature_layer": -1}
WAYS: tuple[tuple[str, bool | None, bool], ...] = (
    ("nothing", None, False),
    ("enable_input_require_grads()", None, True),
    ("use_reentrant=False", False, False),
)


def run(watch: Any) -> dict[str, Any]:
    """For each family and remedy: how many of the adapters' tensors get a gradient, in each part of the model."""
    try:
        import peft  # noqa: F401 - whether it is there
    except ImportError:
        return {"peft": "absent"}
    told: dict[str, Any] = {}
    for family in WORDS:
        for way, reentrant, hook in WAYS:
            try:
                told[f"{family}, {way}"] = _learned(family, reentrant, hook)
            except (NotImplementedError, AttributeError, ImportError) as reason:
                told[family] = str(reason).partition(" (")[0]
                break
    return told


def _learned(family: str, reentrant: bool | None, hook: bool) -> str:
    from peft import LoraConfig, get_peft_model

    names = _TARGETS.get(family, ["q_proj", "v_proj"])
    model = get_peft_model(_new(family), LoraConfig(r=2, lora_alpha=2, lora_dropout=0.0, target_modules=names))
    model.train()
    kwargs = {} if reentrant is None else {"gradient_checkpointing_kwargs": {"use_reentrant": reentrant}}
    try:
        model.gradient_checkpointing_enable(**kwargs)
    except TypeError as error:
        return f"raises TypeError: {str(error)[:80]}"
    if hook:
        model.enable_input_require_grads()
    try:
        _loss(family, model).backward()
    except RuntimeError as error:
        return f"raises RuntimeError: {str(error)[:50]}"
    counts: dict[str, list[bool]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            counts.setdefault(_part(name), []).append(parameter.grad is not None)
    return ", ".join(f"{part} {sum(got)} of {len(got)}" for part, got in sorted(counts.items()))


def _part(name: str) -> str:
    if "vision" in name or "visual" in name:
        return "tower"
    return next((part for part in ("encoder", "decoder") if f".{part}." in name), "layers")


def _new(family: str) -> Any:
    import torch
    import transformers as library

    torch.manual_seed(0)
    if family == "clip_text":
        return library.CLIPTextModel(library.CLIPTextConfig(**{k: v for k, v in _TEXT.items() if k != "num_key_value_heads"}))
    if family == "llava":
        seen = library.CLIPVisionConfig(**_SEEN, image_size=16, patch_size=8)
        more = {name: value for name, value in _LLAVA.items() if name in _arguments(library.LlavaConfig)}
        config = library.LlavaConfig(vision_config=seen, text_config=library.LlamaConfig(**_TEXT), **more)
        return library.LlavaForConditionalGeneration(config)
    if family == "qwen2_vl":
        seen = {"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2, "patch_size": 8}
        rope = {"type": "mrope", "mrope_section": [2, 3, 3]}
        words = {**_TEXT, "rope_scaling": rope, "image_token_id": _IMAGE, "vision_start_token_id": 201}
        return library.Qwen2VLForConditionalGeneration(library.Qwen2VLConfig(**words, vision_config=seen))
    return props.new_model(family)


def _arguments(config: Any) -> set[str]:
    return set(inspect.signature(config.__init__).parameters) | set(getattr(config, "__dataclass_fields__", ()))


def _loss(family: str, model: Any) -> Any:
    import torch

    tokens = torch.tensor([[40, 41, 50, 60]])
    if family == "clip_text":
        return model(input_ids=tokens).last_hidden_state.sum()
    if family == "llava":
        # a token for each part of the picture; before that was told to the config, one for all
        parts = getattr(model.config, "image_seq_length", 1)
        return model(**_tokens([40, 41, *[_IMAGE] * parts, 50, 60]), pixel_values=torch.rand(1, 3, 16, 16)).logits.sum()
    if family == "qwen2_vl":
        # four patches, two by two, are one token
        picture = {"pixel_values": torch.rand(4, 3 * 2 * 8 * 8), "image_grid_thw": torch.tensor([[1, 2, 2]])}
        if "mm_token_type_ids" in inspect.signature(model.get_base_model().forward).parameters:
            picture["mm_token_type_ids"] = torch.tensor([[0, 0, 1, 0, 0]])
        return model(**_tokens([40, 201, _IMAGE, 50, 60]), **picture).logits.sum()
    return batch(family, model)


def _tokens(row: list[int]) -> dict[str, Any]:
    import torch

    tokens = torch.tensor([row])
    return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
