"""The text part of a model whose class was run: the config that it goes by, that of the whole's config or a copy of it."""

from __future__ import annotations

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.knowledge.nested import EITHER, PART
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.facets import Within
from gcheck_lint.story.domain.model_state import AS_LOADED
from gcheck_lint.story.domain.values import NONE, AbstractObject, Value
from gcheck_lint.story.effects.configs import put_within
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.nested_switches import switch_within

_NAMES = frozenset({"language_model", "text_model", "llm", "decoder"})


def note_part(interpreter: Interpreter, model: AbstractObject) -> None:
    """A model is built: in older releases its text part takes a copy of its config as it is now."""
    state = interpreter.states[model]
    nested = state.nested
    if nested is None:
        return
    for _, one in interpreter.alternatives(state.config or NONE):
        if isinstance(one, AbstractObject) and one.kind is Kind.CONFIG and nested.name not in one.fields:
            part = AbstractObject(Kind.CONFIG, one.made_by, one.site)
            part.attach(Within(one))
            one.fields[nested.name] = part
    copy = AbstractObject(Kind.CONFIG, model.made_by, model.site)
    copy.attach(Within(model))

    def taken(one: Value) -> Value:
        return switch_within(one, nested) if isinstance(one, AbstractObject) else AS_LOADED

    value = interpreter.flat(interpreter.each(state.config or NONE, taken))
    if value != AS_LOADED:
        copy.fields["use_cache"] = value
    state.part_config = copy


def take_parts(interpreter: Interpreter, config: AbstractObject, passed: Arguments) -> None:
    """`text_config=…` among the keywords of what makes a config, or loads it. What is not followed may have the cache off."""
    for name in interpreter.knowledge.nested_configs:
        value = passed.keywords.get(name)
        if value is not None and value != NONE:
            put_within(config, value)
            config.fields[name] = value
        elif passed.open and name not in config.fields:
            config.fields[name] = interpreter.unknown(name)


def is_text_part(interpreter: Interpreter, model: AbstractObject, name: str) -> bool:
    """Whether an attribute of a model is its text part, and its class was run."""
    nested = interpreter.states[model].nested
    return nested is not None and (name == nested.name or (name in _NAMES and name != "decoder"))


def config_of_part(interpreter: Interpreter, model: AbstractObject, within: Value) -> Value:
    """The config of a model's text part: the one within the whole's, where the passes ask that, else its own copy."""
    state = interpreter.states[model]
    if state.nested is None or state.part_config is None:
        return within
    shared = interpreter.versions.holds("transformers", state.nested.asks(PART, EITHER))
    return interpreter.select(shared, within, state.part_config)
