"""Ways to name the class of a model: registries, attributes by name, own subclasses. What is given is the library's class."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from .table import idiom

if TYPE_CHECKING:
    from ..steps import Draft

_OTHER = {"AutoModelForCausalLM": "AutoModelForSeq2SeqLM", "AutoModelForSeq2SeqLM": "AutoModelForCausalLM"}
_ARCHITECTURE = {"AutoModelForCausalLM": "LlamaForCausalLM", "AutoModelForSeq2SeqLM": "T5ForConditionalGeneration"}


@idiom("loading", "dictionary of classes", 2)
def registry(draft: Draft, rng: random.Random, kind: str, model: str) -> str:
    draft.define(f'MODELS = {{"mine": {kind}, "other": {_OTHER[kind]}}}\n')
    return rng.choice(('MODELS["mine"]', 'MODELS.get("mine")', f'MODELS.get("third", {kind})'))


@idiom("loading", "dictionary of classes by an option")
def chosen(draft: Draft, rng: random.Random, kind: str, model: str) -> str:
    """Whichever the user takes has a cache."""
    if not (flag := draft.flag("push") or draft.flag("quick")):
        return ""
    draft.define(f'MODELS = {{"mine": {kind}, "other": {_OTHER[kind]}}}\n')
    return f'MODELS["mine" if {flag} else "other"]'


@idiom("loading", "getattr of a module")
def by_name(draft: Draft, rng: random.Random, kind: str, model: str) -> str:
    return rng.choice((f'getattr(transformers, "{kind}")', f'importlib.import_module("transformers").{kind}'))


@idiom("loading", "registry by decorator")
def registered(draft: Draft, rng: random.Random, kind: str, model: str) -> str:
    draft.define(
        "LOADERS = {}\n\n\ndef loader(name):\n    def enter(kind):\n        LOADERS[name] = kind\n"
        "        return kind\n\n    return enter\n"
    )
    draft.define(f'@loader("mine")\nclass Mine({_ARCHITECTURE[kind]}):\n    pass\n')
    return 'LOADERS["mine"]'


@idiom("loading", "own subclass of a model")
def subclass(draft: Draft, rng: random.Random, kind: str, model: str) -> str:
    draft.define(
        f"class OwnModel({_ARCHITECTURE[kind]}):\n    def forward(self, **batch):\n        return super().forward(**batch)\n"
    )
    return "OwnModel"


@idiom("loading", "class attribute")
def class_attribute(draft: Draft, rng: random.Random, kind: str, model: str) -> str:
    draft.define(f'class Setup:\n    kind = {kind}\n    name = "gpt2"\n')
    return rng.choice(("Setup.kind", "Setup().kind"))


@idiom("loading", "conditional expression")
def conditional(draft: Draft, rng: random.Random, kind: str, model: str) -> str:
    return f"({kind} if torch.cuda.is_available() else {_OTHER[kind]})"


@idiom("loading", "function that gives the class")
def given(draft: Draft, rng: random.Random, kind: str, model: str) -> str:
    name = draft.function(
        f'def FUNCTION(task):\n    if task == "a":\n        return {kind}\n    elif task == "b":\n        return {_OTHER[kind]}\n'
        "    raise ValueError(task)\n"
    )
    return f'{name}("a")'
