"""Classes of trainers with overrides, ways to make a trainer, and callbacks. Given is the library's class, or the keywords."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from .table import idiom

if TYPE_CHECKING:
    from ..steps import Draft


def own(draft: Draft, base: str, body: str) -> str:
    """A trainer class of the script's own."""
    return draft.function(f"class FUNCTION({base}):\n{body}", "Trainer")


OVERRIDES = {
    "compute_loss": (
        "    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):\n        outputs = model(**inputs)\n"
        "        loss = outputs.loss\n        return (loss, outputs) if return_outputs else loss\n"
    ),
    "compute_loss without cache": (
        "    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):\n"
        "        outputs = model(**inputs, use_cache=False)\n"
        "        return (outputs.loss, outputs) if return_outputs else outputs.loss\n"
    ),
    "compute_loss by super": (
        "    def compute_loss(self, model, inputs, *args, **kwargs):\n"
        "        loss = super().compute_loss(model, inputs, *args, **kwargs)\n"
        "        self.last = loss\n        return loss\n"
    ),
    "evaluate": (
        "    def evaluate(self, *args, **kwargs):\n        metrics = super().evaluate(*args, **kwargs)\n"
        '        metrics["extra"] = 1.0\n        return metrics\n'
    ),
    "evaluate that does nothing": "    def evaluate(self, *args, **kwargs):\n        return {}\n",
    "evaluation_loop": (
        "    def evaluation_loop(self, *args, **kwargs):\n"
        "        output = super().evaluation_loop(*args, **kwargs)\n        return output\n"
    ),
    "evaluation_loop of its own": (
        "    def evaluation_loop(self, dataloader, description, *args, **kwargs):\n        self.model.eval()\n"
        "        return super().evaluation_loop(dataloader, description, *args, **kwargs)\n"
    ),
    "prediction_step": (
        "    def prediction_step(self, model, inputs, prediction_loss_only, ignore_keys=None):\n"
        "        with torch.no_grad():\n            loss = self.compute_loss(model, inputs)\n"
        "        return loss.detach(), None, None\n"
    ),
    "save_model": (
        "    def save_model(self, output_dir=None, _internal_call=False):\n"
        "        super().save_model(output_dir, _internal_call)\n        print(output_dir)\n"
    ),
    "save_model that restores": (
        "    def save_model(self, output_dir=None, _internal_call=False):\n        self.model.config.use_cache = True\n"
        "        super().save_model(output_dir, _internal_call)\n"
    ),
    "training_step": (
        "    def training_step(self, model, inputs, *args):\n        model.train()\n"
        "        return super().training_step(model, inputs, *args)\n"
    ),
    "train": (
        "    def train(self, *args, **kwargs):\n        self.model.config.use_cache = False\n"
        "        return super().train(*args, **kwargs)\n"
    ),
    "constructor": (
        "    def __init__(self, model=None, args=None, *rest, scale=1.0, **kwargs):\n"
        "        super().__init__(model, args, *rest, **kwargs)\n        self.scale = scale\n"
    ),
    "create_optimizer": "    def create_optimizer(self):\n        return torch.optim.AdamW(self.model.parameters())\n",
}


def _enter(name: str, body: str) -> None:
    @idiom("trainer", f"overrides {name}")
    def overriding(draft: Draft, rng: random.Random, base: str, model: str) -> str:
        return own(draft, base, body)


for _name, _body in OVERRIDES.items():
    _enter(_name, _body)


@idiom("trainer", "mixin", 2)
def mixin(draft: Draft, rng: random.Random, base: str, model: str) -> str:
    draft.define(f"class LossMixin:\n{OVERRIDES['compute_loss']}")
    return own(draft, f"LossMixin, {base}", "    pass\n")


@idiom("trainer", "class as a value", 3)
def as_value(draft: Draft, rng: random.Random, base: str, model: str) -> str:
    mine = own(draft, base, OVERRIDES["compute_loss"])
    test = draft.flag("quick") or "torch.cuda.is_available()"
    draft.add(
        rng.choice(
            (
                f"kind = {mine} if {test} else {base}",
                f'kind = {{"own": {mine}, "plain": {base}}}["own"]',
                f"kind = {base}\nif {test}:\n    kind = {mine}",
            )
        ).replace("kind", "$kind")
    )
    return "$kind"


@idiom("building", "keywords in a dictionary", 2)
def by_dictionary(draft: Draft, rng: random.Random, kind: str, keywords: str) -> str:
    if "=" not in keywords.split(",")[0]:
        return ""
    return rng.choice(
        (
            f"given = dict({keywords})\n$trainer = {kind}(**given)",
            f"given = dict({keywords})\nkind = {kind}\n$trainer = kind(**given)",
        )
    )


@idiom("building", "function that builds", 2)
def by_function(draft: Draft, rng: random.Random, kind: str, keywords: str) -> str:
    name = draft.function("def FUNCTION(kind, *args, **kwargs):\n    trainer = kind(*args, **kwargs)\n    return trainer\n")
    return f"$trainer = {name}({kind}, {keywords})"


@idiom("building", "partial")
def by_partial(draft: Draft, rng: random.Random, kind: str, keywords: str) -> str:
    return f"build = functools.partial({kind}, {keywords})\n$trainer = build()"


@idiom("building", "annotated variable")
def by_annotation(draft: Draft, rng: random.Random, kind: str, keywords: str) -> str:
    return f"trainer: Trainer = {kind}({keywords})\n$trainer = trainer"


CALLBACKS = {
    "prints": "    def on_log(self, args, state, control, logs=None, **kwargs):\n        print(logs)\n",
    "cache off at the beginning": (
        "    def on_train_begin(self, args, state, control, model=None, **kwargs):\n        model.config.use_cache = False\n"
    ),
    "cache on at the end": (
        "    def on_train_end(self, args, state, control, **kwargs):\n"
        '        kwargs["model"].config.use_cache = True\n        return control\n'
    ),
    "eval mode at the end": "    def on_train_end(self, args, state, control, model, **kwargs):\n        model.eval()\n",
    "generates after a step": (
        "    def on_step_end(self, args, state, control, model=None, **kwargs):\n        model.generate(max_new_tokens=4)\n"
    ),
    "generates in an evaluation": (
        "    def on_evaluate(self, args, state, control, model=None, **kwargs):\n        model.generate(max_new_tokens=4)\n"
    ),
    "saves in an epoch": (
        '    def on_epoch_end(self, args, state, control, model=None, **kwargs):\n        model.save_pretrained("out/epoch")\n'
    ),
    "stops": (
        "    def on_step_end(self, args, state, control, **kwargs):\n"
        "        control.should_training_stop = True\n        return control\n"
    ),
}


def _enter_callback(name: str, body: str) -> None:
    @idiom("callback", name)
    def called(draft: Draft, rng: random.Random, text: str, model: str) -> str:
        return draft.function(f"class FUNCTION(TrainerCallback):\n{body}", "Callback") + "()"


for _name, _body in CALLBACKS.items():
    _enter_callback(_name, _body)


@idiom("callback", "holds the model")
def holding(draft: Draft, rng: random.Random, text: str, model: str) -> str:
    name = draft.function(
        "class FUNCTION(TrainerCallback):\n    def __init__(self, net):\n        self.net = net\n\n"
        "    def on_epoch_end(self, args, state, control, **kwargs):\n        self.net.generate(max_new_tokens=4)\n",
        "Callback",
    )
    return f"{name}($model)"
