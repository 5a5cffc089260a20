"""GCK403: checkpointing asked for through the config or through `from_pretrained(gradient_checkpointing=True)`: is it on?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import props
import watch as watching
from scenarios.eval_backward import batch


def run(watch: Any) -> dict[str, Any]:
    """For each way to ask: on or off, calls of `checkpoint()` in a training step, and what is logged."""
    import transformers
    from transformers import AutoConfig, AutoModelForCausalLM

    told: dict[str, Any] = {}
    for family in ("gpt2", "llama", "opt"):
        try:
            with watch.resting():
                props.lay_model(family, Path(family))
        except (NotImplementedError, AttributeError) as reason:
            told[family] = str(reason)
            continue

        def asked(family: str = family) -> Any:
            config = AutoConfig.from_pretrained(family)
            config.gradient_checkpointing = True
            return config

        config_name, class_name, values = props._SHAPES[family]
        config_class, model_class = getattr(transformers, config_name), getattr(transformers, class_name)
        ways: dict[str, Callable[[], Any]] = {
            "config.gradient_checkpointing = True; from_config(config)": lambda: AutoModelForCausalLM.from_config(asked()),
            "config.gradient_checkpointing = True; from_pretrained(…, config=config)": lambda family=family: (
                AutoModelForCausalLM.from_pretrained(family, config=asked())
            ),
            "from_pretrained(…, gradient_checkpointing=True)": lambda family=family: AutoModelForCausalLM.from_pretrained(
                family, gradient_checkpointing=True
            ),
            "AutoConfig.from_pretrained(…, gradient_checkpointing=True); from_config(config)": lambda family=family: (
                AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(family, gradient_checkpointing=True))
            ),
            "Config(gradient_checkpointing=True); the model's class": lambda c=config_class, m=model_class, v=values: m(
                c(**v, gradient_checkpointing=True)
            ),
            "model.config.gradient_checkpointing = True on a live model": lambda family=family: _live(family),
        }
        for way, load in ways.items():
            told[f"{family}: {way}"] = _state(watch, family, load)
    return told


def _live(family: str) -> Any:
    model = props.new_model(family)
    model.config.gradient_checkpointing = True
    return model


def _state(watch: Any, family: str, load: Callable[[], Any]) -> str:
    said = set(watch.lines)
    try:
        model = load().train()
        before = watch.checkpoints["script"]
        on = watching.checkpointing(model)
        batch(family, model).backward()
    except Exception as error:
        return f"raises {type(error).__name__}: {re.sub(r' +', ' ', str(error))[:120]}"
    words = [f"{'on' if on else 'off'}, {watch.checkpoints['script'] - before} calls"]
    words += [
        text[:120] for _, text in watch.lines if ("script", text) not in said and re.search("deprecated|from_pretrained", text)
    ]
    return "; ".join(words)
