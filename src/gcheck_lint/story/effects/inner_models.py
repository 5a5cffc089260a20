"""The language model inside another model, prepared and trained for itself: it is a model of its own.

It has the mode and the checkpointing that the whole gives it, and a config of its own. In the whole's passes it computes as well
(`LlavaForConditionalGeneration.language_model` and its kin, by the sources of 4.36.2, 4.46.3, 4.57.1 and 5.23.0).
"""

from __future__ import annotations

from collections.abc import Iterable

from gcheck_lint.knowledge.kinds import Cached, Kind
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.facets import Holding, Within
from gcheck_lint.story.domain.model_state import AS_LOADED, UNKNOWN
from gcheck_lint.story.domain.values import AbstractObject, Value
from gcheck_lint.story.interpreter.interpreter import ADOPTING, Interpreter

_LANGUAGE_MODELS = frozenset({"language_model", "llm", "text_model"})

Targets = list[tuple[Condition, AbstractObject, bool]]


def adopt_inner(interpreter: Interpreter, value: Value | None) -> None:
    """A value is given to what takes models: the parts among what it can be are models of their own from now on."""
    for _, one in interpreter.alternatives(value) if value is not None else ():
        if isinstance(one, AbstractObject) and one.kind is Kind.PART:
            become_inner_model(interpreter, one)


def become_inner_model(interpreter: Interpreter, part: AbstractObject) -> None:
    """A method that only models have is called on a part, or it is given to what takes models."""
    within = part.facet(Within)
    if part.kind is not Kind.PART or within is None or part.text.rpartition(".")[2] not in _LANGUAGE_MODELS:
        return
    whole = within.whole
    state = interpreter.states[whole]
    if state.cached is Cached.NO:
        return
    config = part.fields["config"]
    apart = state.nested is None and isinstance(config, AbstractObject) and "use_cache" not in config.fields
    if apart and isinstance(config, AbstractObject) and interpreter.cache_of(whole) != AS_LOADED:
        config.fields["use_cache"] = UNKNOWN  # whether a switch of the whole's reaches it, the library's version decides
    interpreter.infer_model(part, typed=True)
    own = interpreter.states[part]
    part.made_by = part.text
    own.cached, own.mode, own.checkpointing, own.reentrant = state.cached, state.mode, state.checkpointing, state.reentrant
    own.generation_config = AbstractObject(Kind.GENERATION_CONFIG, part.text, part.site)
    own.switches, own.learning, own.uneven = list(state.switches), dict(state.learning), set(state.uneven)
    own.in_bits = state.in_bits
    own.quantised, own.library, own.loaded_at = state.quantised, state.library, state.loaded_at
    known = whole.facet(Holding)
    whole.attach(Holding((*(() if known is None else known.models), part)))


ADOPTING.append(become_inner_model)


def wholes(targets: Iterable[tuple[Condition, AbstractObject, bool]]) -> Targets:
    """Models without those that lie within others of them: what a whole is saved with, and generates by, its own config says."""
    found = list(targets)
    models = {model for _, model, _ in found}

    def lies_within(model: AbstractObject) -> bool:
        within = model.facet(Within)
        return within is not None and within.whole in models

    return [target for target in found if not lies_within(target[1])]
