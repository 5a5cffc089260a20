"""GCK101, GCK104, GCK201: which config a model asks whose text part has one within the whole's (knowledge/nested.txt)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

WORDS = 258
_TEXT = {
    "vocab_size": WORDS,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
_EYE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 8,
}
_QWEN_EYE = {"depth": 2, "hidden_size": 32, "num_heads": 2, "patch_size": 8, "in_channels": 3}
_IDS = {"image_token_id": WORDS - 1, "video_token_id": WORDS - 2, "vision_start_token_id": 9, "vision_end_token_id": 8}
_SECTIONS = {"mrope_section": [2, 3, 3]}
_SWITCHES = ("none", "whole", "part", "own")


def run(watch: Any) -> dict[str, Any]:
    """For each family: the config that a train-mode pass with checkpointing asks, and how a save with one of them off reads."""
    import transformers

    told: dict[str, Any] = {}
    for name, make in _families(transformers).items():
        try:
            with watch.resting():
                make()
        except AttributeError as error:
            told[name] = f"none in this release: {error}"
            continue
        told[f"{name}: asked"] = _asked(watch, name, make)
        with watch.resting():
            try:
                told[f"{name}: saved"] = "; ".join(_saved(name, make, which) for which in ("whole", "part"))
            except Exception as error:
                told[f"{name}: saved"] = f"raises {type(error).__name__}: {str(error)[:80]}"
    return told


def _families(t: Any) -> dict[str, Callable[[], Any]]:
    new = int(t.__version__.split(".")[0]) >= 5
    old, newer = {"type": "mrope", **_SECTIONS}, {"rope_type": "default", "rope_theta": 1e4, **_SECTIONS}
    flat = {"rope_parameters": newer} if new else {"rope_scaling": old}
    deep = flat if new else {"rope_scaling": {"rope_type": "default", "mrope_interleaved": True, **_SECTIONS}}

    def llava() -> Any:
        eye = t.CLIPVisionConfig(**_EYE, projection_dim=32)
        config = t.LlavaConfig(vision_config=eye, text_config=t.LlamaConfig(**_TEXT), image_token_index=WORDS - 1)
        return t.LlavaForConditionalGeneration(config)

    def gemma3() -> Any:
        text = t.Gemma3TextConfig(**_TEXT, head_dim=16, sliding_window=32)
        config = t.Gemma3Config(text_config=text, vision_config=t.SiglipVisionConfig(**_EYE), image_token_index=WORDS - 1)
        return t.Gemma3ForConditionalGeneration(config)

    def qwen2_vl() -> Any:
        eye = {**_QWEN_EYE, "embed_dim": 32, "mlp_ratio": 2}
        return t.Qwen2VLForConditionalGeneration(t.Qwen2VLConfig(vision_config=eye, **_TEXT, **flat, **_IDS, use_cache=True))

    def qwen3_vl() -> Any:
        eye = {**_QWEN_EYE, "out_hidden_size": 32, "intermediate_size": 64, "deepstack_visual_indexes": [0]}
        text = {**_TEXT, **deep, "head_dim": 16}
        return t.Qwen3VLForConditionalGeneration(t.Qwen3VLConfig(text_config=text, vision_config=eye, **_IDS))

    def idefics3() -> Any:
        config = t.Idefics3Config(
            vision_config=dict(_EYE), text_config=t.LlamaConfig(**_TEXT), scale_factor=2, image_token_id=WORDS - 1
        )
        return t.Idefics3ForConditionalGeneration(config)

    def reader() -> Any:
        eye = t.ViTConfig(**_EYE)
        text = t.GPT2Config(vocab_size=WORDS, n_embd=32, n_layer=2, n_head=2, n_positions=64)
        both = t.VisionEncoderDecoderConfig.from_encoder_decoder_configs(eye, text, decoder_start_token_id=1, pad_token_id=0)
        return t.VisionEncoderDecoderModel(both)

    return {
        "llava": llava,
        "gemma3": gemma3,
        "qwen2_vl": qwen2_vl,
        "qwen3_vl": qwen3_vl,
        "idefics3": idefics3,
        "vit and gpt2": reader,
    }


def _asked(watch: Any, name: str, make: Callable[[], Any]) -> str:
    """The word of the table."""
    silent = {which: not _logs(watch, name, make, which) for which in _SWITCHES}
    if silent["none"]:
        return "quiet"
    if silent["whole"] or silent["part"]:
        return "either" if silent["whole"] and silent["part"] else "whole" if silent["whole"] else "part"
    return "copy" if silent["own"] else "neither"


def _logs(watch: Any, name: str, make: Callable[[], Any], which: str) -> bool:
    from transformers.utils import logging

    model = make()
    _switch_off(model, which)
    model.train()
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    once = getattr(logging, "warning_once", None)
    if hasattr(once, "cache_clear"):
        once.cache_clear()
    watch.lines.clear()
    model(**_batch(name)).loss.backward()
    return any("incompatible with gradient checkpointing" in text for _, text in watch.lines)


def _switch_off(model: Any, which: str) -> None:
    """Off in one config: the whole's, the part's within it, or that of `language_model`, which may be another object."""
    within = getattr(model.config, "text_config", None) or getattr(model.config, "decoder", None)
    inner = getattr(model, "model", model)
    part = getattr(inner, "language_model", None) or getattr(inner, "text_model", None) or getattr(model, "decoder", None)
    chosen = {"none": None, "whole": model.config, "part": within, "own": getattr(part, "config", None)}[which]
    if chosen is not None:
        chosen.use_cache = False


def _batch(name: str) -> dict[str, Any]:
    import torch
    import transformers
    from packaging.version import Version

    torch.manual_seed(0)
    tokens = torch.randint(10, 100, (1, 8))
    if name == "vit and gpt2":
        return {"pixel_values": torch.randn(1, 3, 16, 16), "labels": tokens}
    more = {"token_type_ids": torch.zeros_like(tokens)} if name == "gemma3" else {}
    if name == "llava" and Version("4.37") < Version(transformers.__version__) < Version("4.47"):  # where it asks for a picture
        tokens[0, 0] = WORDS - 1
        more = {"pixel_values": torch.randn(1, 3, 16, 16)}
    return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens), "labels": tokens.clone(), **more}


def _saved(name: str, make: Callable[[], Any], which: str) -> str:
    """Which config says false on disk, and how a model that is read from there generates, without generation_config.json too."""
    model = make()
    _switch_off(model, which)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        said = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
        inner = said.get("text_config") or said.get("decoder") or {}
        where = [word for word, one in (("the whole's", said), ("the part's", inner)) if one.get("use_cache") is False]
        again = _speed(name, type(model).from_pretrained(folder))
        (Path(folder) / "generation_config.json").unlink(missing_ok=True)
        bare = _speed(name, type(model).from_pretrained(folder))
    return f"{which} off: false in {' and '.join(where) or 'none'}, {again}, without generation_config.json {bare}"


def _speed(name: str, model: Any) -> str:
    import torch

    seen: list[int] = []

    def note(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        seen.append((args[0] if args else kwargs["hidden_states"]).shape[1])

    layers = [one for one in model.modules() if type(one).__name__.endswith(("DecoderLayer", "GPT2Block"))]
    hook = layers[-1].register_forward_pre_hook(note, with_kwargs=True)
    given = {key: value for key, value in _batch(name).items() if key != "labels"}
    try:
        with torch.no_grad():
            model.eval().generate(**given, max_new_tokens=4, min_new_tokens=4, do_sample=False)
    except Exception as error:
        return f"raises {type(error).__name__}"
    finally:
        hook.remove()
    return "fast" if seen[-1] == 1 else "slow"
