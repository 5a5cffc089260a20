"""What becomes of a script's findings when its recipes are known, and what is told of the recipes themselves.

A fault that lies in what the script does for some choice of its options is the script's: a recipe that makes that choice makes
it sure, and stands beside it. A fault that comes of what the recipe says (the training itself is wrong) is told at the recipe's
line, unless the script tells it anyhow: GCK502 where both halves of it stand in the recipe, GCK501 where one does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Related
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.records import dataclass
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.run.recipe_fixes import fix_of
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Span

if TYPE_CHECKING:
    from gcheck_lint.config.settings import Settings
    from gcheck_lint.recipes.bindings import Way
    from gcheck_lint.run.recipe_binding import Start

SWITCHED_ON: Final = "GCK501"
CONTRADICTION: Final = "GCK502"
_NAMED: Final = 3  # recipes that a finding names
# what a script forgets after a training is put right in the script, whatever its recipes say
_OF_SCRIPT: Final = "GCK2"
_OWN: Final = "GCK0"
# of a recipe that contradicts itself these are the one half
_HALF: Final = frozenset(
    {"gradient_checkpointing", "activation_checkpointing", "gradient_checkpointing_kwargs", "activation_checkpointing_kwargs"}
    | {"use_reentrant", "use_gradient_checkpointing", "use_activation_checkpointing"}
)
Key = tuple[str, Span]
_WORD: Final = re.compile(r"[A-Za-z]\w+")
_COMMENT: Final = re.compile(r"#\s*(?:noqa\s*:\s*|gclint\s*:\s*ignore)(?P<codes>[\[\w, \]]+)?", re.IGNORECASE)


class Tell(Protocol):
    """Tells a script again under other values than a recipe gives."""

    def deciding(self, start: Start, fault: Key) -> list[str]:
        """The names of the values without any of which a fault would not be there."""

    def way_out(self, start: Start, fault: Key, before: set[Key]) -> Way | None:
        """The value that has to be off, so that a fault is gone and nothing is there that was not before."""


@dataclass(slots=True)
class Joiner:
    """The findings of one script, as its recipes come in. `count`: how many start it."""

    report: FileReport
    settings: Settings
    count: int
    _sure: dict[Key, list[tuple[Diagnostic, Start]]] = field(default_factory=dict)
    _at_recipes: list[Diagnostic] = field(default_factory=list)
    _texts: dict[str, Source] = field(default_factory=dict)
    _failed: list[FileReport] = field(default_factory=list)

    def add(self, bound: FileReport, starts: Sequence[Start], tell: Tell) -> None:
        """What the script is told under what these recipes give, all of them alike."""
        if bound.failures:
            self._failed.append(bound)
        sure = sure_of(bound)
        keys = {key_of(one) for one in sure}
        for one in (one for one in sure if not one.code.startswith(_OWN)):
            key = self._known_as(one, keys)
            if key is not None or one.code.startswith(_OF_SCRIPT):
                self._sure.setdefault(key or key_of(one), []).extend((one, start) for start in starts)
            else:
                needed, way = tell.deciding(starts[0], key_of(one)), tell.way_out(starts[0], key_of(one), keys)
                for start in starts:
                    self._tell(one, start, needed, way)

    def _known_as(self, one: Diagnostic, found: set[Key]) -> Key | None:
        """The sure finding of the script that this is. Under other values the same fault may show in another place."""
        alike = (known for known in self.report.diagnostics if known.code == one.code)
        sure = [key_of(known) for known in alike if known.certainty is Certainty.SURE]
        if key_of(one) in sure:
            return key_of(one)
        elsewhere = [key for key in sure if key not in found]
        return elsewhere[0] if len(elsewhere) == 1 else None

    def _tell(self, one: Diagnostic, start: Start, needed: Sequence[str], way: Way | None) -> None:
        """A finding at the recipe's own lines. `needed`: the names of values that it needs; `way`: to the one to be put right."""
        first = [] if way is None else start.places(way[-1:])
        own = (spot for spot in (*first, *start.places(needed)) if spot.path in start.recipes)
        spots = list(dict.fromkeys(own)) or [start.place]
        halves = {name in _HALF for name in (*needed, *(way or ())[-1:])}
        spot, code = spots[0], CONTRADICTION if len(halves) > 1 else SWITCHED_ON
        if not self.settings.reports(code, Path(spot.path).absolute()):
            return
        span = start.span(spot)
        self._texts[spot.path] = Source(spot.path, start.recipes[spot.path].text)
        there = Related(one.label or "it happens here", one.path, one.span)
        others = [related for related in one.related if related.path not in start.recipes]
        lines = [Related("and this line", other.path, start.span(other)) for other in spots[1:]]
        self._at_recipes.append(
            replace(
                one,
                code=code,
                name=RULES[code],
                path=spot.path,
                span=span,
                statement=span,
                message=f"{one.path}:{one.span.start.row} under this recipe: {one.message} ({one.code})",
                label="this line causes it" if first or needed else "this starts the script",
                related=(*lines, there, *others),
                fix=fix_of(start, way) if way is not None and self.settings.fixes(code) else None,
                origin=None,
                noqa_row=None,
            )
        )

    def script(self) -> FileReport:
        """The script's report: what a recipe makes sure is sure, and names it."""
        known = {key_of(one) for one in self.report.diagnostics}
        kept = [self._with_recipes(one) for one in self.report.diagnostics]
        new = [self._made_sure(key, found) for key, found in self._sure.items() if key not in known]
        gone = len(set(self.report.withheld) & self._sure.keys())
        found = sorted((*kept, *new), key=lambda one: (one.cell or 0, one.span, one.code, one.message))
        failures = tuple(failure for report in self._failed for failure in report.failures)
        possible = self.report.possible - gone
        return replace(self.report, diagnostics=tuple(found), possible=possible, failures=(*self.report.failures, *failures))

    def recipes(self, reports: dict[str, FileReport]) -> None:
        """Adds the reports of the recipes at which something is told."""
        for path, source in self._texts.items():
            found = [one for one in self._at_recipes if one.path == path and not _is_silenced(one, source)]
            before = reports.get(path, FileReport(path, source))
            everything = dict.fromkeys((*before.diagnostics, *found))
            reports[path] = replace(
                before, diagnostics=tuple(sorted(everything, key=lambda one: (one.span, one.code, one.message)))
            )

    def _with_recipes(self, one: Diagnostic) -> Diagnostic:
        found = self._sure.get(key_of(one))
        if found is not None and one.certainty is Certainty.SURE and not one.condition:
            return one  # it is so whatever starts it
        if found is not None:
            sure = one if one.certainty is Certainty.SURE else self._made_sure(key_of(one), found)
            return replace(sure, related=(*sure.related, *_places(sure, found)))
        if one.condition and not one.code.startswith(_OWN):
            several = f"none of the {self.count} recipes that start it causes this"
            said = several if self.count > 1 else "the recipe that starts it does not cause this"
            return replace(one, help=f"{one.help} ({said})" if one.help else said)
        return one

    def _made_sure(self, key: Key, found: Sequence[tuple[Diagnostic, Start]]) -> Diagnostic:
        first, start = found[0]
        more = len({one.recipe.path for _, one in found}) - 1
        words = f"with {start.recipe.path}" + (f" and {more} other recipe{'' if more == 1 else 's'}" if more else "")
        related = tuple(one for one in first.related if one.path not in start.recipes)
        made = replace(first, condition=words, related=related, fix=None)
        return replace(made, related=(*related, *_places(made, found)))


def sure_of(bound: FileReport) -> list[Diagnostic]:
    """What recipes surely bring about: what hangs on further options, behind `"$@"` or in the environment, they do not."""
    return [one for one in bound.diagnostics if one.certainty is Certainty.SURE and not one.condition]


def key_of(one: Diagnostic) -> Key:
    """What one finding of a script is known by in its other stories."""
    return one.code, one.span


def _is_silenced(one: Diagnostic, source: Source) -> bool:
    """Whether a comment on the recipe's line names the rule, or all of them."""
    line = LineIndex(source.text).line(one.span.start.row)
    found = _COMMENT.search(line)
    return found is not None and (found["codes"] is None or one.code in re.findall(r"GCK\d+", found["codes"].upper()))


def _places(one: Diagnostic, found: Iterable[tuple[Diagnostic, Start]]) -> list[Related]:
    """The recipes that bring a finding about, the first few, each at the line that does."""
    places: dict[str, Related] = {}
    words = _WORD.findall(one.condition.replace("-", "_"))
    for _, start in found:
        said = [spot for spot in start.places([*words, *_HALF]) if spot.path in start.recipes]
        spot = said[0] if said else start.place
        places.setdefault(start.recipe.path, Related("a recipe starts it this way", spot.path, start.span(spot)))
    known = {(related.path, related.span) for related in one.related}
    kept = [place for place in places.values() if (place.path, place.span) not in known]
    left = len(kept) - _NAMED
    if left > 0:
        kept[_NAMED - 1] = replace(kept[_NAMED - 1], message=f"a recipe starts it this way, and {left} more do")
    return kept[:_NAMED]
