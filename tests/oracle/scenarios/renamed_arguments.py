"""GCK401, GCK402, GCK403: the names that a version has, those that it warns of, and who reads an old one that is assigned."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import props
import watch as watching

FAMILY = "gpt2"
DEPRECATED = re.compile(r"`\w*checkpointing\w*` is deprecated")


def run(watch: Any) -> dict[str, Any]:
    """For each name: taken, taken with a warning, or the exception. Then what a training does after an assignment."""
    with watch.resting():
        model = props.new_model(FAMILY)
    reentrant = {"use_reentrant": False}
    uses: dict[str, Callable[[], Any]] = {
        "TrainingArguments(gradient_checkpointing=True)": lambda: _arguments(gradient_checkpointing=True),
        "TrainingArguments(gradient_checkpointing=False)": lambda: _arguments(gradient_checkpointing=False),
        "TrainingArguments(gradient_checkpointing_kwargs=…)": lambda: _arguments(gradient_checkpointing_kwargs=reentrant),
        "TrainingArguments(activation_checkpointing=True)": lambda: _arguments(activation_checkpointing=True),
        "TrainingArguments(activation_checkpointing_kwargs=…)": lambda: _arguments(activation_checkpointing_kwargs=reentrant),
        "TrainingArguments(use_cache=False)": lambda: _arguments(use_cache=False),
        "model.gradient_checkpointing_enable()": lambda: model.gradient_checkpointing_enable(),
        "model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=…)": lambda: model.gradient_checkpointing_enable(
            gradient_checkpointing_kwargs=reentrant
        ),
        "model.is_gradient_checkpointing": lambda: model.is_gradient_checkpointing,
        "model.gradient_checkpointing_disable()": lambda: model.gradient_checkpointing_disable(),
        "model.activation_checkpointing_enable()": lambda: model.activation_checkpointing_enable(),
        "model.activation_checkpointing_enable(activation_checkpointing_kwargs=…)": lambda: model.activation_checkpointing_enable(
            activation_checkpointing_kwargs=reentrant
        ),
        "model.is_activation_checkpointing": lambda: model.is_activation_checkpointing,
        "model.activation_checkpointing_disable()": lambda: model.activation_checkpointing_disable(),
        "SFTConfig(gradient_checkpointing=True)": lambda: _of_trl(gradient_checkpointing=True),
        "SFTConfig(activation_checkpointing=True)": lambda: _of_trl(activation_checkpointing=True),
        "SFTConfig(activation_checkpointing=False)": lambda: _of_trl(activation_checkpointing=False),
    }
    told = {words: _taken(use) for words, use in uses.items()}
    for before, after in ((None, True), (True, False)):
        given = {} if before is None else {"gradient_checkpointing": before}
        words = ", ".join(f"{name}={value}" for name, value in given.items())
        told[f"TrainingArguments({words}); args.gradient_checkpointing = {after}; train()"] = _trained(watch, given, after)
    return told


def _arguments(**given: Any) -> Any:
    from transformers import TrainingArguments

    return TrainingArguments("out", **given)


def _of_trl(**given: Any) -> Any:
    from trl import SFTConfig

    return SFTConfig("out", bf16=False, **given)


def _taken(use: Callable[[], Any]) -> str:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            use()
        except Exception as error:
            return f"raises {type(error).__name__}: {str(error)[:110]}"
    said = [str(one.message) for one in caught if DEPRECATED.search(str(one.message))]
    return "; ".join(["taken", *(f"FutureWarning: {text}" for text in dict.fromkeys(said))])


def _trained(watch: Any, given: dict[str, Any], after: bool) -> str:
    from transformers import Trainer

    with watch.resting():
        model = props.new_model(FAMILY)
    try:
        args = _arguments(max_steps=2, save_strategy="no", per_device_train_batch_size=2, **given)
        args.gradient_checkpointing = after
        Trainer(model=model, args=args, train_dataset=props.rows()).train()
    except Exception as error:
        return f"raises {type(error).__name__}: {str(error)[:110]}"
    return f"checkpointing is {'on' if watching.checkpointing(model) else 'off'}"
