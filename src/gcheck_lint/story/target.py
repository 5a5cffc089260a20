"""The versions that a script is judged for, and what of the library's behaviour reaches into them."""

from __future__ import annotations

from dataclasses import dataclass

from gcheck_lint import knowledge
from gcheck_lint.diagnostics import Severity
from gcheck_lint.knowledge import Effect
from gcheck_lint.versions import Specifier

DEFAULT_TRANSFORMERS = ">=4.25"


@dataclass(frozen=True, slots=True)
class Impact:
    """What is observed on the target: the worst of it, and on which versions when these are not all of the target."""

    severity: Severity
    text: str
    versions: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Versions as PEP 440 specifier sets; None means any."""

    transformers: str = DEFAULT_TRANSFORMERS
    trl: str | None = None
    peft: str | None = None
    torch: str | None = None

    @classmethod
    def of(
        cls,
        transformers: str = DEFAULT_TRANSFORMERS,
        trl: str | None = None,
        peft: str | None = None,
        torch: str | None = None,
    ) -> Target:
        """A target; raises SettingsError for a text that is no specifier set."""
        for text in (transformers, trl, peft, torch):
            if text is not None:
                Specifier.parse(text)
        return cls(transformers, trl, peft, torch)

    def releases(self) -> list[str]:
        """The releases of transformers in the target, oldest first; an exact pin counts even when no table lists it."""
        wanted = Specifier.parse(self.transformers)
        known = [release for release in knowledge.load().releases if wanted.contains(release)]
        if known:
            return known
        text = self.transformers.strip()
        return [text.lstrip("=").strip()] if text.startswith("==") and "," not in text and "*" not in text else []

    def impact(self, *effects: str) -> Impact | None:
        """The worst of some effects on the target; None when no version of it is affected."""
        found: list[tuple[Effect, set[str]]] = []
        releases = self.releases()
        for name in effects:
            for effect in knowledge.load().effects(name):
                hit = {release for release in releases if effect.versions.contains(release)}
                if hit:
                    found.append((effect, hit))
        if not found:
            return None
        worst = max(effect.severity for effect, _ in found)
        worst_ones = [(effect, hit) for effect, hit in found if effect.severity == worst]
        covered = set().union(*(hit for _, hit in worst_ones))
        versions = "" if covered == set(releases) else f"transformers {_spanned([effect.interval for effect, _ in worst_ones])}"
        facts = tuple(dict.fromkeys(fact for effect, _ in worst_ones for fact in effect.facts))
        return Impact(worst, worst_ones[-1][0].text, versions, facts)


def _spanned(intervals: list[str]) -> str:
    """Intervals as text, neighbours joined: `>=4.25,<4.37` and `>=4.37,<5` are `>=4.25,<5`."""
    joined: list[list[str]] = []
    for interval in intervals:
        first, _, last = interval.partition(",")
        if joined and joined[-1][1].removeprefix("<") == first.removeprefix(">="):
            joined[-1][1] = last
        else:
            joined.append([first, last])
    return " or ".join(",".join(part for part in pair if part) for pair in joined)
