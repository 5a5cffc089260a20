"""Copies: other objects, so that switches on them do not reach the original."""

from __future__ import annotations

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.facets import fill_from, settings_of
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping, Sequence
from gcheck_lint.story.domain.values import NONE, AbstractObject, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

_OPTIONS = frozenset({Kind.NAMESPACE, Kind.CHOICES, Kind.ARGUMENTS, Kind.INSTANCE, Kind.OBJECT})


@does("copy")
def copied(interpreter: Interpreter, call: Call) -> Value:
    """A copy is another object: switches on it do not reach the original."""

    def copy_one(one: Value) -> Value:
        if isinstance(one, Mapping):
            mapping = Mapping(dict(one.entries), is_open=one.open)
            mapping.chosen = one.chosen
            fill_from(mapping, settings_of(one))
            return mapping
        if isinstance(one, Sequence):
            return Sequence(None if one.items is None else list(one.items))
        if isinstance(one, (Function, Class)) or not isinstance(one, AbstractObject):
            return one
        if one in interpreter.states:
            state = interpreter.states[one]
            model = interpreter.new_model(one.made_by, interpreter.site(call.node), state.cached, state.mode)
            its_state = interpreter.states[model]
            its_state.checkpointing, its_state.switches, its_state.trained = (
                state.checkpointing,
                list(state.switches),
                state.trained,
            )
            pairs = ((state.config, its_state.config), (state.generation_config, its_state.generation_config))
            for held, copy in pairs:
                if isinstance(held, AbstractObject) and isinstance(copy, AbstractObject):
                    copy.take_after(held)
            return model
        if one.kind in (Kind.CONFIG, Kind.GENERATION_CONFIG):
            twin = AbstractObject(one.kind, one.made_by, interpreter.site(call.node))
            twin.take_after(one)
            return twin
        if one.kind in _OPTIONS and not interpreter.reachable_models([one]):
            return _same_fields(one, interpreter.site(call.node))
        return interpreter.unknown("a copy", [one])

    return interpreter.each(call.passed.positional[0], copy_one) if call.passed.positional else NONE


def _same_fields(one: AbstractObject, site: Site) -> AbstractObject:
    """A copy of what holds options: the same options, in an object of its own."""
    made = Instance(one.cls, one.kind, site) if isinstance(one, Instance) else AbstractObject(one.kind, one.made_by, site)
    made.text, made.chosen = one.text, one.chosen
    made.take_after(one)
    return made
