"""Objects and what they are besides: whatever holds a value gives it to who asks what can be come by, and copies have it too."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from gcheck_lint import story
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python import syntax
from gcheck_lint.story.domain import facets
from gcheck_lint.story.domain.events import Lost, Trained
from gcheck_lint.story.domain.facets import BuiltBy, Elements, Open, Within
from gcheck_lint.story.domain.objects import Wrapper, Wrapping
from gcheck_lint.story.domain.values import AbstractObject, Constant, Facet, is_top
from gcheck_lint.text import source

FACETS = [one for _, one in inspect.getmembers(facets, inspect.isclass) if issubclass(one, Facet) and one is not Facet]
INNER = AbstractObject(Kind.MODEL)
# a value for each annotation that holds any; whoever adds another one has to say what it holds
HOLDING = {
    "Value": INNER,
    "AbstractObject": INNER,
    "Mapping[int, Value]": {0: INNER},
    "Mapping[str, Value]": {"model": INNER},
    "tuple[AbstractObject, ...]": (INNER,),
    "tuple[Value, ...]": (INNER,),
}
PLAIN = {
    "str": "transformers.Trainer",
    "int": 3,
    "bool": True,
    "Condition": 1,
    "Site": None,
    "Site | None": None,
    "tuple[Part, ...]": (),
    "tuple[int, ...]": (3,),
    "Mapping[str, Site]": {},
    "Dict | None": None,  # options by their names: they are held by what they belong to
    "Class": None,
    "Layers": None,
    "Given": (),  # of an object of a library: nobody comes by these through it
}


@pytest.mark.parametrize("facet", FACETS, ids=lambda facet: facet.__name__)
def test_a_facet_is_frozen_and_gives_what_it_holds(facet: type[Facet]) -> None:
    assert dataclasses.is_dataclass(facet)
    assert facet.__hash__ is not None, "by its values: it is frozen"
    annotations = [str(field.type) for field in dataclasses.fields(facet)]
    made = facet(*({**HOLDING, **PLAIN}[annotation] for annotation in annotations))
    assert (INNER in made.held()) == any(annotation in HOLDING for annotation in annotations)


def test_a_facet_takes_the_place_of_the_one_before() -> None:
    thing = AbstractObject(Kind.ARGUMENTS)
    assert thing.facet(BuiltBy) is None
    thing.attach(BuiltBy("trl.SFTConfig"))
    thing.attach(Open())
    thing.attach(BuiltBy("trl.DPOConfig"))
    assert thing.facet(BuiltBy) == BuiltBy("trl.DPOConfig")
    assert len(thing.facets) == 2


def test_a_copy_has_what_the_original_has_by_then() -> None:
    config, copy = AbstractObject(Kind.CONFIG), AbstractObject(Kind.CONFIG)
    config.fields["use_cache"] = Constant(False)
    config.attach(Within(INNER))
    copy.take_after(config)
    config.attach(Elements({0: INNER}))
    assert copy.fields == {"use_cache": Constant(False)}
    assert copy.facets == (Within(INNER),)


def test_one_of_which_something_is_known_is_not_as_good_as_another() -> None:
    thing = AbstractObject(Kind.UNKNOWN)
    assert is_top(thing)
    thing.attach(Elements({0: INNER}))
    assert not is_top(thing)


def test_a_wrapper_holds_what_is_inside() -> None:
    wrapper = Wrapper(INNER, Wrapping.PARALLEL, None)
    assert INNER in wrapper.held()
    assert not wrapper.is_adapter
    assert wrapper.fields == {}


HOLDERS = {
    "a wrapper": "get_peft_model(model, LoraConfig())",
    "a partial call": "functools.partial(print, model)",
    "a callback of a trainer": "Trainer(None, TrainingArguments('out'), callbacks=[Keeper(model)])",
    "a list": "[model]",
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS.keys())
def test_what_was_given_up_reaches_a_model_through_whatever_holds_it(holder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gcheck_lint.story.interpreter.functions.CALL_STEPS", (5, 5, 5, 5))
    text = f"""
import functools
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainerCallback, TrainingArguments


class Keeper(TrainerCallback):
    def __init__(self, kept):
        self.kept = kept


def long(thing):
    a = 1
    b = 2
    c = 3
    thing.do()


def main():
    model = AutoModelForCausalLM.from_pretrained("gpt2")
    held = {holder}
    long(held)


main()
"""
    told = story.interpret(syntax.parse(source.from_bytes("held.py", text.encode())))
    lost = [event for event in told.events_of(Lost) if "long" in event.what]
    assert lost
    assert all(event.states for event in lost)


def test_a_copy_of_arguments_knows_where_they_were_given() -> None:
    text = """
import argparse
import dataclasses
from dataclasses import dataclass
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments


@dataclass
class Arguments(TrainingArguments):
    extra: int = 0


parser = argparse.ArgumentParser()
parser.add_argument("--checkpoint", action="store_true")
flags = parser.parse_args()
model = AutoModelForCausalLM.from_pretrained("gpt2")
args = Arguments("out", gradient_checkpointing=flags.checkpoint)
Trainer(model, dataclasses.replace(args, extra=1)).train()
"""
    told = story.interpret(syntax.parse(source.from_bytes("copy.py", text.encode())))
    (training,) = told.events_of(Trained)
    assert [site.row for _, site in training.states[0].switches] == [17]
