"""The cache's switch of a model whose text part has a config of its own within the config: which of the two its passes ask.

`knowledge.nested` tells that by release, for the classes that were run. Of others nobody knows: there is one answer only
where both configs say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.knowledge.nested import COPY, EITHER, NEITHER, PART, QUIET, WHOLE, Nested
from gcheck_lint.story.domain.facets import Within
from gcheck_lint.story.domain.guarded import GuardedStore
from gcheck_lint.story.domain.model_state import AS_LOADED, UNKNOWN, Unsaid
from gcheck_lint.story.domain.releases import Versions
from gcheck_lint.story.domain.values import AbstractObject, Constant, Value

_Both = Callable[[Value, Value, Value], Value]


def switch_of(config: AbstractObject) -> Value:
    """The `use_cache` of a config. One of unknown make may have been set to anything before."""
    default = AS_LOADED if config.kind in (Kind.CONFIG, Kind.GENERATION_CONFIG) else UNKNOWN
    return config.fields.get("use_cache", default)


def parts_within(config: AbstractObject) -> dict[str, AbstractObject]:
    """The configs of parts that the script has named within a config."""
    found = {}
    for name, value in config.fields.items():
        within = value.facet(Within) if isinstance(value, AbstractObject) and value.kind is Kind.CONFIG else None
        if isinstance(value, AbstractObject) and within is not None and within.whole is config:
            found[name] = value
    return found


def switch_within(config: AbstractObject, nested: Nested) -> Value:
    """The switch of the text part's config; one that was put there and is not followed may say anything."""
    if config.kind is not Kind.CONFIG:
        return UNKNOWN
    part = config.fields.get(nested.name)
    if part is None:
        return AS_LOADED
    return switch_of(part) if isinstance(part, AbstractObject) and part.kind is Kind.CONFIG else UNKNOWN


def asked_switch(
    store: GuardedStore, versions: Versions, config: AbstractObject, nested: Nested | None, copy: AbstractObject | None
) -> Value:
    """What the passes of a model go by. `copy`: the config that its text part may have taken for itself."""
    if nested is None:
        value: Value = switch_of(config)
        for inner in parts_within(config).values():
            if "use_cache" in inner.fields:
                value = _joined(store, value, switch_of(inner), UNKNOWN, _agreed)
        return value
    whole: Value = switch_of(config)
    part: Value = switch_within(config, nested)
    own: Value = AS_LOADED if copy is None else switch_of(copy)
    if whole == AS_LOADED and part == AS_LOADED and own == AS_LOADED and QUIET not in nested.asked:
        return AS_LOADED
    value = _joined(store, whole, part, own, _elsewhere)
    for word, rule in _RULES.items():
        if word in nested.asked:
            when = versions.holds("transformers", nested.asks(word))
            value = store.select(when, _joined(store, whole, part, own, rule), value)
    return value


def _joined(store: GuardedStore, whole: Value, part: Value, own: Value, rule: _Both) -> Value:
    """A rule over all that the three can be together."""

    def with_whole(one: Value) -> Value:
        return store.each(part, lambda two: store.each(own, lambda three: rule(one, two, three)))

    return store.each(whole, with_whole)


def _is_off(value: Value) -> bool:
    return isinstance(value, Constant) and (value.value is False or value.value is Unsaid.BY_TRAINER)


def _is_on(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is True


def _agreed(whole: Value, part: Value, own: Value) -> Value:
    """Two configs of which nobody knows which one counts."""
    if _is_off(whole) and _is_off(part):
        return whole
    if part == AS_LOADED or (whole == AS_LOADED and _is_on(part)):
        return whole
    return whole if _is_on(whole) and _is_on(part) else UNKNOWN


def _elsewhere(whole: Value, part: Value, own: Value) -> Value:
    """In a release that was not run. Where nobody has said anything, all that were run have the cache on."""
    if own != AS_LOADED:
        return UNKNOWN
    if part == AS_LOADED:
        return AS_LOADED if whole == AS_LOADED else UNKNOWN
    if whole == AS_LOADED and _is_on(part):
        return part
    return _agreed(whole, part, own)


def _by_whole(whole: Value, part: Value, own: Value) -> Value:
    """The whole's counts. Who has switched the part's off has meant it, though it is not heard: nothing is said of that."""
    meant = part if own == AS_LOADED else UNKNOWN
    return UNKNOWN if whole == AS_LOADED and not (meant == AS_LOADED or _is_on(meant)) else whole


def _by_part(whole: Value, part: Value, own: Value) -> Value:
    return part


def _by_either(whole: Value, part: Value, own: Value) -> Value:
    """One that is off is enough, if the other one does not say the opposite."""
    if AS_LOADED in (whole, part):
        return part if whole == AS_LOADED else whole
    return whole if _is_off(whole) and _is_off(part) else _agreed(whole, part, own)


def _by_copy(whole: Value, part: Value, own: Value) -> Value:
    """The part's own copy counts. Who has switched off what it was taken from has meant it."""
    meant = part == AS_LOADED or _is_on(part)
    return own if own != AS_LOADED or meant else UNKNOWN


def _by_neither(whole: Value, part: Value, own: Value) -> Value:
    meant = all(one == AS_LOADED or _is_on(one) for one in (part, own))
    return AS_LOADED if meant else UNKNOWN


def _silent(whole: Value, part: Value, own: Value) -> Value:
    return UNKNOWN


_RULES: Final[dict[str, _Both]] = {
    WHOLE: _by_whole,
    PART: _by_part,
    EITHER: _by_either,
    COPY: _by_copy,
    NEITHER: _by_neither,
    QUIET: _silent,
}
