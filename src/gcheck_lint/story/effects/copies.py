"""Copies: other objects, so that switches on them do not reach the original."""

from __future__ import annotations

from copy import copy
from dataclasses import field, replace

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.events import Loaded
from gcheck_lint.story.domain.facets import Holding, OwnClass
from gcheck_lint.story.domain.model_state import EVAL
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping, Sequence, Wrapper
from gcheck_lint.story.domain.values import NONE, AbstractObject, Value
from gcheck_lint.story.effects.configs import twin_of
from gcheck_lint.story.effects.trainable_parts import freeze, open_parts
from gcheck_lint.story.interpreter.containers import copy_of
from gcheck_lint.story.interpreter.interpreter import Interpreter, does
from gcheck_lint.story.interpreter.sequences import made_of

_OPTIONS = frozenset({Kind.NAMESPACE, Kind.CHOICES, Kind.ARGUMENTS, Kind.INSTANCE, Kind.OBJECT})


@does("copy")
def copied(interpreter: Interpreter, call: Call) -> Value:
    """A copy is another object: switches on it do not reach the original.

    `copy.copy` of a model makes a new object around the same layers and the same config, so it stands for the model.
    """
    if not call.passed.positional:
        return NONE
    copying = _Copying(interpreter, interpreter.site(call.node), deep=call.name.rpartition(".")[2] == "deepcopy")
    return copying.of(call.passed.positional[0])


@does("copy model")
def reference_model(interpreter: Interpreter, call: Call) -> Value:
    """TRL's `create_reference_model`: a deep copy that is frozen and in eval mode (trl/models/modeling_base.py, 0.15.2).

    With `num_shared_layers` the first layers of the original are frozen as well.
    """
    given = call.passed.get("model", 0) or NONE
    if not interpreter.underlying_models(given):
        return interpreter.unknown("a copy")
    made = _Copying(interpreter, interpreter.site(call.node), deep=True).of(given)
    copies = interpreter.underlying_models(made)
    for condition, model, _ in copies:
        freeze(interpreter, model, condition)
        interpreter.change(model, "mode", EVAL, condition)
    if call.passed.open or call.passed.get("num_shared_layers", 1) not in (None, NONE):
        for condition, model, _ in interpreter.underlying_models(given):
            open_parts(interpreter, model, condition)
    interpreter.emit(Loaded, call.node, copies, source="a copy")
    return made


@dataclass(slots=True)
class _Copying:
    """One call that copies. `made`: what it has copied so far, so that what is one object stays one in the copy."""

    interpreter: Interpreter
    site: Site
    deep: bool
    made: dict[AbstractObject, Value] = field(default_factory=dict)

    def of(self, value: Value) -> Value:
        """A copy of whatever the value can be here."""
        return self.interpreter.flat(self.interpreter.each(value, self._one))

    def _one(self, one: Value) -> Value:
        if isinstance(one, (Function, Class)) or not isinstance(one, AbstractObject):
            return one
        if one not in self.made:
            self.made[one] = self._new(one)
        return self.made[one]

    def _new(self, one: AbstractObject) -> Value:
        if isinstance(one, (Mapping, Sequence)):
            return self._container(one)
        if one in self.interpreter.states:
            return self._model(one) if self.deep else one
        if isinstance(one, Wrapper):
            return Wrapper(self.of(one.inner), one.wrapping, self.site) if self.deep else one
        if one.kind in (Kind.CONFIG, Kind.GENERATION_CONFIG):
            return twin_of(one, one.made_by, self.site)
        if one.kind in _OPTIONS and not self.interpreter.reachable_models([one]):
            return self._same_fields(one)
        return self.interpreter.unknown("a copy", [one])

    def _container(self, one: Mapping | Sequence) -> Value:
        within = self.of if self.deep and self.interpreter.reachable_models([one]) else lambda item: item
        if isinstance(one, Sequence):
            made = made_of(self.interpreter, one)
            made.items = None if made.items is None else [within(item) for item in made.items]
            made.some = [within(item) for item in made.some]
            return made
        return copy_of(one, within)

    def _model(self, one: AbstractObject) -> AbstractObject:
        """A model in the same state, with configs of its own; its hooks and frozen weights are copied with it."""
        interpreter, state = self.interpreter, self.interpreter.states[one]
        model = interpreter.new_model(one.made_by, self.site, state.cached, state.mode)
        fresh = interpreter.states[model]
        interpreter.states[model] = replace(
            state,
            model=model,
            config=fresh.config if state.config is None else self.of(state.config),
            part_config=None if state.part_config is None else twin_of(state.part_config, state.part_config.made_by, self.site),
            generation_config=fresh.generation_config if state.generation_config is None else self.of(state.generation_config),
            trainings=copy(state.trainings),
            switches=copy(state.switches),
            learning=copy(state.learning),
            uneven=copy(state.uneven),
            loaded_at=self.site,
        )
        for facet in one.facets:
            if isinstance(facet, OwnClass):
                model.attach(facet)
            elif isinstance(facet, Holding):
                model.attach(Holding(tuple(map(self.of, facet.models))))
        for name in one.fields:
            if interpreter.knowledge.method(Kind.MODEL, name) is not None:  # one of its own in the place of the library's
                model.fields[name] = interpreter.unknown(name, [model])
        return model

    def _same_fields(self, one: AbstractObject) -> AbstractObject:
        """A copy of what holds options: the same options, in an object of its own."""
        made = (
            Instance(one.cls, one.kind, self.site)
            if isinstance(one, Instance)
            else AbstractObject(one.kind, one.made_by, self.site)
        )
        made.text, made.chosen, made.said = one.text, one.chosen, one.said
        made.take_after(one)
        return made
