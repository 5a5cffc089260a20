"""GCK304: a model that is loaded, and then wrapped or prepared, without a word about its mode: does it checkpoint?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import props
from scenarios.eval_backward import batch

FAMILIES = ("gpt2", "llama", "t5", "bert")


def run(watch: Any) -> dict[str, Any]:
    """For each family and each way to prepare it: the mode it is in, and the calls in one forward and backward pass."""
    import transformers

    told = {}
    for family in FAMILIES:
        try:
            props.new_model(family).save_pretrained(family)
        except NotImplementedError as reason:
            told[family] = str(reason)
            continue
        cls = getattr(transformers, props._SHAPES[family][1])
        for name, prepare in WAYS.items():
            model = cls.from_pretrained(family)
            try:
                prepared = prepare(model)
            except ImportError as reason:
                told[f"{family}, {name}"] = f"not here: {reason}"
                continue
            except Exception as error:
                told[f"{family}, {name}"] = f"raises {type(error).__name__}: {str(error)[:100]}"
                continue
            told[f"{family}, {name}"] = _checkpointed(watch, family, model, prepared)
    return told


def _checkpointed(watch: Any, family: str, model: Any, prepared: Any) -> str:
    before = watch.checkpoints["script"]
    batch(family, prepared).backward()
    layers = {one.training for one in model.modules()}
    mode = "train mode" if layers == {True} else "eval mode" if layers == {False} else "some parts in train mode"
    return f"{mode}, {watch.checkpoints['script'] - before} calls"


def _enabled(model: Any) -> Any:
    model.gradient_checkpointing_enable()
    return model


def _put_in_train_mode(model: Any) -> Any:
    return _enabled(model).train()


def _through_accelerate(model: Any) -> Any:
    import torch
    from accelerate import Accelerator

    prepared, _ = Accelerator(cpu=True).prepare(_enabled(model), torch.optim.SGD(model.parameters(), lr=0.1))
    return prepared


def _with_lora(model: Any) -> Any:
    from peft import LoraConfig, get_peft_model

    return get_peft_model(_enabled(model), LoraConfig(r=2, target_modules="all-linear"))


def _prepared_for_kbit(model: Any) -> Any:
    from peft import prepare_model_for_kbit_training

    model.is_loaded_in_8bit = True
    return prepare_model_for_kbit_training(model)


def _compiled(model: Any) -> Any:
    import torch

    return torch.compile(_enabled(model), backend="eager")


WAYS: dict[str, Callable[[Any], Any]] = {
    "loaded": _enabled,
    "model.train()": _put_in_train_mode,
    "accelerator.prepare": _through_accelerate,
    "get_peft_model": _with_lora,
    "prepare_model_for_kbit_training": _prepared_for_kbit,
    "torch.compile": _compiled,
}
