"""What a load says of a model's cache, and what it or a building leaves of that in the generation_config."""

from __future__ import annotations

from typing import Final

from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.model_state import AS_LOADED, BASE_BY_HAND, BASE_WITHOUT, UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, Value
from gcheck_lint.story.effects.configs import open_switches, switch_cache
from gcheck_lint.story.effects.nested_parts import take_parts
from gcheck_lint.story.interpreter.interpreter import Interpreter

# what the class of a model does with `use_cache=False` of a load: always, or where the base has a generation_config.json
_HANDING_ON: Final = ("class-hands-cache-off-on", "class-hands-cache-off-on-to-file", "class-hands-cache-off-on-for-good")
_OTHER_FILES: Final = ("revision", "subfolder")  # of a load: other files than those of the repository's main branch


def take_keyword(interpreter: Interpreter, call: Call, model: AbstractObject, config: Value) -> None:
    """`use_cache=…` of a load is set on the config."""
    value = call.passed.keywords.get("use_cache")
    for _, cfg in interpreter.cases(config):
        if isinstance(cfg, AbstractObject):
            take_parts(interpreter, cfg, call.passed)
    if value is not None:
        for _, one in interpreter.cases(value):
            if one is ABSENT:
                continue
            # of a class with a config within its config, which of them takes it, if any, its constructor decides
            heard = one if interpreter.states[model].nested is None else UNKNOWN
            if heard is UNKNOWN:
                open_switches(interpreter, model)
            for _, cfg in interpreter.cases(config):
                if isinstance(cfg, AbstractObject):
                    switch_cache(interpreter, cfg, heard, call.passed.nodes["use_cache"], "load")
    elif call.passed.open:
        for _, cfg in interpreter.alternatives(config):
            if isinstance(cfg, AbstractObject) and "use_cache" not in cfg.fields:
                cfg.fields["use_cache"] = UNKNOWN


def keep_cache_off(interpreter: Interpreter, model: AbstractObject, habit: str, also: Condition = TRUE) -> None:
    """A generation_config that is made from the config has its cache off where that has it off, and keeps it so."""
    _put(interpreter, model, interpreter.conditions.both(interpreter.habit(habit, model.made_by), also))


def keep_at_load(interpreter: Interpreter, call: Call, model: AbstractObject) -> None:
    """A base with a generation_config.json says itself what is in it, unless the class of the model hands `use_cache=` on to it.

    The Auto classes take the word for the config alone. Of most bases nobody here knows whether they have that file.
    """
    conditions = interpreter.conditions
    elsewhere = any(call.passed.keywords.get(word) is not None for word in _OTHER_FILES)
    has = None if elsewhere else interpreter.knowledge.has_generation_config(interpreter.states[model].source)
    without = interpreter.nondeterministic(BASE_WITHOUT)[1] if has is None else FALSE if has else TRUE
    whatever, by_file, by_hand = (interpreter.habit(habit, model.made_by) for habit in _HANDING_ON)
    asked = call.passed.keywords.get("use_cache") is not None and model.made_by not in interpreter.knowledge.composites
    if not asked or conditions.any([whatever, by_file, by_hand]) == FALSE:
        keep_cache_off(interpreter, model, "load-keeps-cache-off", without)
        return
    if has is not False:
        by_hand = conditions.both(by_hand, interpreter.nondeterministic(BASE_BY_HAND)[1])
    with_file = conditions.both(conditions.either(by_file, by_hand), conditions.negate(without))
    interpreter.states[model].handed_on = conditions.any(case for case, _ in _offs(interpreter, model))
    _put(interpreter, model, conditions.either(whatever, with_file))


def _offs(interpreter: Interpreter, model: AbstractObject) -> list[tuple[Condition, Value]]:
    """When its config has the cache off, by the script's own words."""
    found = interpreter.alternatives(interpreter.cache_of(model))
    return [(case, one) for case, one in found if isinstance(one, Constant) and one.value is False]


def _put(interpreter: Interpreter, model: AbstractObject, when: Condition) -> None:
    """Switch the cache of its generation_config off where that of its config is, in some versions or for some bases."""
    made = interpreter.states[model].generation_config
    offs = [one for _, one in _offs(interpreter, model)]
    if not offs or not isinstance(made, AbstractObject):
        return

    def copied(one: Value) -> Value:
        return interpreter.select(when, one, AS_LOADED) if one in offs else AS_LOADED

    made.fields["use_cache"] = interpreter.flat(interpreter.each(interpreter.cache_of(model), copied))
