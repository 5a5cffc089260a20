"""What an annotation makes of something unknown: a model, arguments, a trainer or the like, of whose state nothing is known."""

from __future__ import annotations

from gcheck_lint.knowledge import ClassFact
from gcheck_lint.knowledge.kinds import Cached, Kind
from gcheck_lint.story.domain.facets import BuiltBy, Open, OwnClass, TrainerSetup
from gcheck_lint.story.domain.objects import Class, Sequence, Wrapper, Wrapping
from gcheck_lint.story.domain.values import AbstractObject, ExternalSymbol, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.type_annotations import types


@types(Kind.MODEL)
def some_model(interpreter: Interpreter, one: AbstractObject, library: ExternalSymbol, own: Class | None) -> Value:
    """Whoever calls the function may have done anything to the model before; what it is, its class says."""
    fact = interpreter.knowledge.class_named(library.name) or ClassFact(Kind.MODEL, "")
    interpreter.infer_model(one, typed=True)
    one.made_by = library.last if own is None else own.made_by
    state = interpreter.states[one]
    state.cached, state.library = fact.cached, fact.library
    if own is not None:
        one.attach(OwnClass(own))
    return one


@types(Kind.ADAPTER_MODEL)
def some_adapter_model(interpreter: Interpreter, one: AbstractObject, library: ExternalSymbol, own: Class | None) -> Value:
    interpreter.infer_model(one, typed=True)
    one.made_by = library.last
    interpreter.states[one].cached = Cached.UNKNOWN
    interpreter.forget(one, interpreter.path_condition)
    return Wrapper(one, Wrapping.ADAPTER, one.site)


@types(Kind.ARGUMENTS)
def some_arguments(interpreter: Interpreter, one: AbstractObject, library: ExternalSymbol, own: Class | None) -> Value:
    """The same as arguments that a command line fills: what the script names of them is chosen, of the rest nothing is known."""
    made = AbstractObject(Kind.ARGUMENTS, library.name, one.site)
    made.chosen = True
    made.take_after(one)
    made.attach(BuiltBy(library.name))
    return made


@types(Kind.TRAINER)
def some_trainer(interpreter: Interpreter, one: AbstractObject, library: ExternalSymbol, own: Class | None) -> Value:
    """A trainer that somebody else has built, with a model, arguments and callbacks that nobody knows."""
    made = AbstractObject(Kind.TRAINER, library.name, one.site)
    made.attach(BuiltBy(library.name, one.site))
    made.attach(TrainerSetup(Sequence(None)))
    model = interpreter.unknown("a trainer's model", site=one.site)
    interpreter.infer_model(model, typed=True)
    made.fields["model"] = model
    made.fields["args"] = some_arguments(
        interpreter, interpreter.unknown("args"), ExternalSymbol("transformers.TrainingArguments"), None
    )
    made.fields.update(one.fields)
    return made


@types(Kind.ACCELERATOR)
def some_accelerator(interpreter: Interpreter, one: AbstractObject, library: ExternalSymbol, own: Class | None) -> Value:
    made = AbstractObject(Kind.ACCELERATOR, library.name, one.site)
    made.take_after(one)
    return made


@types(Kind.PEFT_CONFIG)
def some_peft_config(interpreter: Interpreter, one: AbstractObject, library: ExternalSymbol, own: Class | None) -> Value:
    made = AbstractObject(Kind.PEFT_CONFIG, library.name, one.site)
    made.attach(Open())
    return made
