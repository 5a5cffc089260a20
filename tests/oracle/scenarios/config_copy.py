"""GCK104: is `model.config` the config that was handed over, or a copy of it?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import props


def run(watch: Any) -> dict[str, Any]:
    """For each way to hand a config over: the same object or not, and whether a later switch reaches the model."""
    import copy

    import transformers
    from transformers import AutoConfig, AutoModelForCausalLM

    told: dict[str, Any] = {}
    for family in ("gpt2", "llama"):
        try:
            with watch.resting():
                props.lay_model(family, Path(family))
        except (NotImplementedError, AttributeError) as reason:
            told[family] = str(reason)
            continue
        model_class = getattr(transformers, props._SHAPES[family][1])
        ways: dict[str, Callable[[Any], Any]] = {
            "AutoModelForCausalLM.from_pretrained(…, config=config)": lambda config, family=family: (
                AutoModelForCausalLM.from_pretrained(family, config=config)
            ),
            "the class's from_pretrained(…, config=config)": lambda config, family=family, cls=model_class: cls.from_pretrained(
                family, config=config
            ),
            "AutoModelForCausalLM.from_config(config)": AutoModelForCausalLM.from_config,
            "the class's call": model_class,
        }
        for way, load in ways.items():
            config = AutoConfig.from_pretrained(family)
            model = load(config)
            same = model.config is config
            config.use_cache = False
            reached = model.config.use_cache is False
            told[f"{family}: {way}"] = f"{'the same object' if same else 'a copy'}; a later switch {_reaches(reached)} the model"
        model = AutoModelForCausalLM.from_pretrained(family)
        other = copy.deepcopy(model)
        model.config.use_cache = False
        told[f"{family}: deepcopy(model)"] = f"a later switch {_reaches(other.config.use_cache is False)} the copy's config"
        told[f"{family}: the model within"] = (
            "the same config" if model.base_model.config is model.config else "a config of its own"
        )
    return told


def _reaches(reached: bool) -> str:
    return "reaches" if reached else "does not reach"
