"""Whether a fix cures: what its rule is about, measured in a run of the bad example and in a run of what the fix makes of it.

The fix is the one that gclint makes for exactly the version that is run, with all rules; where it is another text than the
`fixed` example shows, that text is run as well. What it makes may have no other harm either, as far as the bad example has come
by it. What saves or generates is run twice: the base that it loads has a generation_config.json, or has none. What is only
possible, since it hangs on that file, is run with a base that has none.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.fixing import apply
from gcheck_lint.fixing.selection import is_applicable
from gcheck_lint.rulebook.cards import Card, Fence
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import Source, from_bytes
from tests.support import markers

from . import claims, columns
from .claims import Case, Seen

_BARE = ", base without generation_config.json"
_OLD_NAME = re.compile(r"checkpointing\w*` is deprecated")
_UNSAID = re.compile("use_reentrant parameter should be passed")


@dataclass(frozen=True)
class Measure:
    """What is measured, in words: `read` says what a run shows of it. `by_base`: it hangs on the base's generation_config."""

    what: str
    read: Callable[[Seen], str]
    by_base: bool = False


MEASURES: dict[str, Measure] = {}


def measure(what: str, *codes: str, by_base: bool = False) -> Callable[[Callable[[Seen], str]], Callable[[Seen], str]]:
    """Registers how one or more rules are measured."""

    def register(read: Callable[[Seen], str]) -> Callable[[Seen], str]:
        MEASURES.update(dict.fromkeys(codes, Measure(what, read, by_base)))
        return read

    return register


@measure("lines that the training logs of the cache", "GCK101", "GCK102", "GCK103")
def _lines(seen: Seen) -> str:
    return f"{len(claims.lines(seen, claims.INCOMPATIBLE, 'script')) or 'none'}"


@measure("the model's switch while it trains", "GCK104", "GCK108")
def _switch(seen: Seen) -> str:
    values = {str(one["config"]) for one in seen["forwards"] if one["training"] and one["grad"]}
    return _stopped(seen) or f"use_cache {' and '.join(sorted(values)) or 'of no model'}"


@measure("files of what is saved, and tokens fed in each step when it is loaded again", "GCK201", by_base=True)
def _files(seen: Seen) -> str:
    return "; ".join(dict.fromkeys(_file(one) for one in claims.final_saves(seen))) or "nothing is saved"


@measure("tokens fed in each step, now and when it is loaded again", "GCK202", "GCK204", by_base=True)
def _tokens(seen: Seen) -> str:
    told = [one["fed"] for one in seen["generations"] if one["argument"] is not False]
    again = [f"reloaded: {one['reloaded']['fed']}" for one in claims.final_saves(seen) if one.get("reloaded")]
    return "; ".join(dict.fromkeys((*told, *again))) or "nothing is generated"


@measure("text, and tokens fed in each step", "GCK203", by_base=True)
def _text(seen: Seen) -> str:
    told = dict.fromkeys(f"{one['text']}, {one['fed'] or 'no step'}" for one in seen["generations"])
    return "; ".join(told) or "nothing is generated"


@measure("torch's warning that `use_reentrant` is not passed", "GCK301")
def _warned(seen: Seen) -> str:
    return "warned" if claims.lines(seen, _UNSAID) else "none"


@measure("gradients of what is trained", "GCK302", "GCK303", "GCK306", "GCK308", "GCK311", "GCK312", "GCK409")
def _gradients(seen: Seen) -> str:
    now = seen["gradients"]
    told = f"{now['trainable'] - now['without_gradient']} of {now['trainable']} tensors get one" if now else "no step"
    return _stopped(seen) or told


@measure("gradients of the first step, beside those of a pass without a cache", "GCK105")
def _off(seen: Seen) -> str:
    off = seen.get("gradients_off")
    return _stopped(seen) or ("no step" if off is None else f"{off} % off")


@measure("calls of checkpoint() in forward passes without gradients", "GCK305")
def _for_nothing(seen: Seen) -> str:
    hit = any(one["training"] and one["checkpointing"] and not one["grad"] for one in seen["forwards"])
    return "some" if hit else "none"


@measure("warnings of names", "GCK401")
def _names(seen: Seen) -> str:
    return f"{len(claims.lines(seen, _OLD_NAME)) or 'none'}"


@measure("checkpointing in the training", "GCK403", "GCK404", "GCK405", "GCK408")
def _checkpointed(seen: Seen) -> str:
    trained = {one["checkpointing"] for one in seen["forwards"] if one["training"] and one["grad"]}
    return _stopped(seen) or " and ".join("on" if one else "off" for one in sorted(trained)) or "nothing is trained"


def _stopped(seen: Seen) -> str:
    return f"raises {seen['raised']['type']}" if seen["raised"] else ""


def _file(save: Mapping[str, Any]) -> str:
    words = [f"config.json {_word(save['config'])}", f"generation_config.json {_word(save['generation_config'])}"]
    again = save.get("reloaded")
    return ", ".join([*words, f"{again['fed']} ({again['text']})"] if again else words)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower()


# what else may go wrong in a run


def harms(seen: Seen) -> list[str]:
    """All that is wrong in a run, in words that do not depend on its rows."""
    found = [_stopped(seen)] if seen["raised"] else []
    now = seen["gradients"]
    if now and now["without_gradient"]:
        found.append(f"{now['without_gradient']} tensors get no gradient")
    for one in seen["generations"]:
        if one["text"] in {"wrong", "raises"}:
            found.append(f"{one['text']} text")
        if one["fed"] == "whole sequence" and one["argument"] is not False:
            found.append("a generation without the cache")
    for one in claims.final_saves(seen):
        again = one.get("reloaded")
        if again and (again["fed"] != "one token" or again["text"] != "right"):
            found.append(f"loaded again: {again['fed']}, {again['text']}")
        if one["config"] is False:
            found.append("config.json says false")
    return list(dict.fromkeys(found))


# the fixes, and their runs


@functools.cache
def made(text: str, version: str, *, unsafe: bool, possible: bool) -> str:
    """What `gclint --fix` leaves of an example when the target is exactly this version."""
    source = from_bytes("example.py", text.encode())

    def check(source: Source) -> pipeline.FileReport:
        return _checked(source, version, possible)

    outcome = apply.fix([check(source)], check, unsafe)
    return outcome.changed.get("example.py", (source, source))[1].text


def _checked(source: Source, version: str, possible: bool) -> pipeline.FileReport:
    return pipeline.check(source, Settings(target_transformers=f"=={version}", possible=possible))


@dataclass(frozen=True)
class Pair:
    """A bad example that has a fix, and the text that the fix makes of it for one version. `possible`: it is only possible."""

    card: Card
    position: int
    version: str
    found: tuple[Diagnostic, ...]
    possible: bool

    @property
    def fixed(self) -> Fence:
        return self.card.fences[self.position]

    @property
    def name(self) -> str:
        return columns.name_of(self.card, self.position)

    @property
    def bad_name(self) -> str:
        return columns.name_of(self.card, self.position - 1)

    @property
    def names(self) -> tuple[str, str]:
        """The two examples that it is about."""
        return self.bad_name, self.name

    @property
    def bad(self) -> str:
        return markers.strip(self.card.fences[self.position - 1].text)

    @property
    def text(self) -> str:
        unsafe = self.possible or self.fixed.kind == "fixed unsafe"
        return made(self.bad, self.version, unsafe=unsafe, possible=self.possible)

    @property
    def bases(self) -> tuple[str, ...]:
        """The bases with which it is run."""
        if not MEASURES[self.card.code].by_base:
            return ("",)
        return (_BARE,) if self.possible else ("", _BARE)


def pairs(chosen: Iterable[Card], version: str) -> list[Pair]:
    """The examples of some cards that gclint reports for a version, and has a fix for."""
    found = (_pair(card, position, version) for card in chosen for position in range(len(card.fences)))
    return [one for one in found if one is not None]


def _pair(card: Card, position: int, version: str) -> Pair | None:
    kind = card.fences[position].kind
    if not kind.startswith("fixed"):
        return None
    source = from_bytes("example.py", markers.strip(card.fences[position - 1].text).encode())
    for possible in (False, True) if MEASURES[card.code].by_base else (False,):
        found = [one for one in _checked(source, version, possible).diagnostics if one.code == card.code]
        if any(is_applicable(one, possible or kind == "fixed unsafe") for one in found):
            return Pair(card, position, version, tuple(found), possible)
    return None


def jobs(found: Iterable[Pair]) -> Iterator[dict[str, Any]]:
    """The runs that the examples themselves do not make."""
    for pair in found:
        for base in pair.bases:
            more = {"generation_config": False} if base else {}
            if pair.card.code in columns.LAUNCHED:
                more["launched"] = True
            if base:
                yield {"id": f"{pair.bad_name}{base}", "text": pair.bad, "argv": columns.arguments(pair.bad), **more}
            if base or pair.text != pair.fixed.text:
                yield {"id": f"{pair.name} made{base}", "text": pair.text, "argv": columns.arguments(pair.text), **more}


def of_column(found: Iterable[Pair], seen: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The cures of one version, by the name of the `fixed` example and the base."""
    told = {}
    for pair in found:
        for base in pair.bases:
            fixed = seen.get(f"{pair.name} made{base}") or seen[pair.name]
            one = _cure(pair, base, seen[f"{pair.bad_name}{base}"], fixed)
            if one is not None:
                told[f"{pair.name}{base}"] = {**one, "text": columns.mark(pair.text)}
    return told


def _cure(pair: Pair, base: str, bad: Seen, fixed: Seen) -> dict[str, Any] | None:
    """What was measured; None where one of the runs is not possible here."""
    if any("cannot" in seen or claims.missing(seen) for seen in (bad, fixed)):
        return None
    if pair.possible and not _harmed(pair, bad):
        return None
    how = MEASURES[pair.card.code]
    return {"measure": how.what, "bad": how.read(bad), "fixed": how.read(fixed), "fault": fault(pair, base, bad, fixed)}


def _harmed(pair: Pair, bad: Seen) -> bool:
    """Whether the run of a bad example shows what the rule says."""
    rows = columns.rows(pair.card, pair.position - 1, pair.found)
    return claims.EFFECTS[pair.card.code](Case(pair.version, bad, frozenset(rows))) is not None


def fault(pair: Pair, base: str, bad: Seen, fixed: Seen) -> str:
    """Why a fix does not cure; empty where it does."""
    effect, lines = claims.EFFECTS[pair.card.code], pair.text.splitlines()
    before = set(pair.bad.splitlines())
    rows = frozenset(row for row, line in enumerate(lines, start=1) if line not in before)
    left = effect(Case(pair.version, fixed, rows))
    if left is not None:
        return f"it is still there: {left}"
    if claims.idle(pair.card, fixed):
        return claims.idle(pair.card, fixed)
    if fixed["raised"]:
        return f"it stops: {fixed['raised']['type']}: {fixed['raised']['text'][:120]}"
    if not base and not _harmed(pair, bad):
        return "there was nothing to cure"
    new = [] if bad["raised"] else [one for one in harms(fixed) if one not in harms(bad)]
    return f"it causes: {'; '.join(new)}" if new else ""
