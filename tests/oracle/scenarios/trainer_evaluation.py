"""Trainer with evaluations in between: the model's mode after `train()`, and whether what it then generates is right."""

from __future__ import annotations

import inspect
from typing import Any

import props
import watch as watching


def run(watch: Any) -> dict[str, Any]:
    """For each plan of evaluations: the state that `train()` leaves behind."""
    from transformers import TrainingArguments

    known = inspect.signature(TrainingArguments.__init__).parameters
    name = "eval_strategy" if "eval_strategy" in known else "evaluation_strategy"
    plans: dict[str, dict[str, Any]] = {
        "no evaluation": {},
        "every step; the last thing is one": {name: "steps", "eval_steps": 1, "max_steps": 3},
        "every 2 steps of 2": {name: "steps", "eval_steps": 2, "max_steps": 2},
        "every 2 steps of 3; a step is the last thing": {name: "steps", "eval_steps": 2, "max_steps": 3},
        "each epoch": {name: "epoch", "max_steps": -1, "num_train_epochs": 1},
        "every step, and the best model at the end": {
            name: "steps",
            "eval_steps": 1,
            "max_steps": 2,
            "save_strategy": "steps",
            "save_steps": 1,
            "load_best_model_at_end": True,
        },
    }
    if "eval_on_start" in known:
        plans["only before the first step"] = {"eval_on_start": True, name: "no"}
    return {plan: _after(watch, arguments) for plan, arguments in plans.items()}


def _after(watch: Any, arguments: dict[str, Any]) -> str:
    from transformers import Trainer, TrainingArguments

    with watch.resting():
        model = props.new_model("gpt2")
    given = {"output_dir": "out", "max_steps": 2, "save_strategy": "no", "gradient_checkpointing": True, **arguments}
    rows = props.rows()
    try:
        given["per_device_train_batch_size"] = 2
        trainer = Trainer(model=model, args=TrainingArguments(**given), train_dataset=rows, eval_dataset=rows)
        trainer.train()
    except Exception as error:
        return f"raises {type(error).__name__}: {str(error)[:100]}"
    mode = "train" if model.training else "eval"
    on = "on" if watching.checkpointing(model) else "off"
    return f"{mode} mode, checkpointing {on}; generates {watching.generated(watch, model)}"
