"""What runs of the libraries have shown of each rule: rules/observed.json, which the proof tier writes.

A rule's words are in its card; on which versions its examples were run, and what was seen there, is never written by hand.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, Final

from gcheck_lint.records import dataclass
from gcheck_lint.rulebook import cards

FILE: Final = "observed.json"


@dataclass(frozen=True, slots=True)
class Observed:
    """Versions of transformers, oldest first: with the effect, without it, and those on which no example could be run.

    `effects` says what was seen, and on which versions.
    """

    seen: tuple[str, ...]
    silent: tuple[str, ...]
    not_run: tuple[str, ...]
    effects: Mapping[str, tuple[str, ...]]

    @property
    def words(self) -> str:
        """The versions in a sentence."""
        told = (
            ("observed with the examples of the rule on transformers", self.seen),
            ("no effect on", self.silent),
            ("not run on", self.not_run),
        )
        parts = [f"{what} {', '.join(versions)}" for what, versions in told if versions]
        text = "; ".join(parts) or "not run"
        return f"{text[0].upper()}{text[1:]}."

    def as_json(self) -> dict[str, Any]:
        """As rules/observed.json holds it."""
        effects = {effect: list(versions) for effect, versions in self.effects.items()}
        return {"seen": list(self.seen), "silent": list(self.silent), "not_run": list(self.not_run), "effects": effects}


def of(code: str) -> Observed | None:
    """What was seen of a rule; None for one that says nothing about a run."""
    return _load().get(code)


def made(one: Mapping[str, Any]) -> Observed:
    """From what rules/observed.json holds."""
    effects = {effect: tuple(versions) for effect, versions in one["effects"].items()}
    return Observed(tuple(one["seen"]), tuple(one["silent"]), tuple(one["not_run"]), effects)


@functools.cache
def _load() -> dict[str, Observed]:
    path = cards.directory() / FILE
    return {code: made(one) for code, one in json.loads(path.read_text(encoding="utf-8")).items()}
