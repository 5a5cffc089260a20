"""Recipes of the repository, held against the scripts of a run: where an option is really switched on, and what comes of it.

Recipes are read only when a script of the run takes options on which something hangs, and of each repository once. A script is
told again under what a recipe gives to its options, once for all recipes that give the same to those that count.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gcheck_lint.recipes.asked import COMMAND, DATACLASSES
from gcheck_lint.records import dataclass
from gcheck_lint.run.pipeline import Failure, FileReport

if TYPE_CHECKING:
    from gcheck_lint.config.settings import Settings
    from gcheck_lint.recipes.bindings import Binding, Given, Way
    from gcheck_lint.recipes.model import Recipe
    from gcheck_lint.run.cache import Cache
    from gcheck_lint.run.recipe_binding import Start
    from gcheck_lint.run.recipe_findings import Key

MOST: Final = 24  # different bindings under which one script is told
_TRIED: Final = 8  # values of a recipe that are left out, one by one, to see what decides a fault
_GENERIC: Final = frozenset(
    {"args", "cfg", "conf", "config", "get", "load", "safe_load", "False", "True", "None", "self", "main"}
)
Open = Callable[[], "Cache | None"]
Texts = Mapping[str, str]  # of recipes that are not as they lie on the disk, by absolute path


def joined(
    reports: Sequence[FileReport], settings: Mapping[str, Settings], cache: Open | None = None, texts: Texts | None = None
) -> list[FileReport]:
    """The reports of a run, with what the recipes of its scripts' repositories bring to light, and reports of these recipes.

    `settings` are those of each file, by its path as it is shown; `texts` stand for what recipes hold on the disk.
    """
    from gcheck_lint.python.program import ancestors

    by_root: dict[Path, list[FileReport]] = {}
    for report in reports:
        if (report.asks is not None or report.hands_on) and report.path in settings:
            by_root.setdefault(ancestors(Path(report.path).absolute().parent)[-1], []).append(report)
    told = {report.path: report for report in reports}
    of_recipes: dict[str, FileReport] = {}
    for root, found in sorted(by_root.items()):
        try:
            _Repository(root, found, settings, cache, texts or {}).join(told, of_recipes)
        except Exception:  # a bug of ours must not take the findings of the scripts along
            import traceback

            first = told[found[0].path]
            failure = Failure("recipes", first.path, traceback.format_exc())
            told[first.path] = replace(first, failures=(*first.failures, failure))
    if by_root and cache is not None and (store := cache()) is not None:
        store.close()
    return [*(told[report.path] for report in reports), *(of_recipes[path] for path in sorted(of_recipes) if path not in told)]


@dataclass(slots=True)
class _Repository:
    """The scripts and the recipes below one root."""

    root: Path
    reports: Sequence[FileReport]
    settings: Mapping[str, Settings]
    cache: Open | None
    texts: Texts
    warnings: list[str] = field(default_factory=list)

    def join(self, told: dict[str, FileReport], of_recipes: dict[str, FileReport]) -> None:
        """Puts what the recipes bring to light into reports."""
        recipes = dict(self._found())
        if not recipes:
            return
        # and with them what holds recipes against scripts, which a repository without recipes does not need
        from gcheck_lint.run.recipe_binding import Binder, Script
        from gcheck_lint.run.recipe_findings import Joiner

        self.reports = [self._looked_at(report) for report in self.reports]
        told.update({report.path: report for report in self.reports})
        scripts = {Path(report.path).absolute(): report for report in self.reports}
        asking = [Script(path, report.asks) for path, report in scripts.items() if report.asks is not None]
        by_script: dict[Path, list[Start]] = {}
        for start in Binder(self.root, asking, recipes, self._read).starts():
            if self._counts(scripts[start.script], start):
                by_script.setdefault(start.script, []).append(start)
        first = self.reports[0].path
        told[first] = replace(told[first], warnings=(*told[first].warnings, *self.warnings))
        for path, starts in by_script.items():
            report = scripts[path]
            groups = self._alike(report, starts)
            joiner = Joiner(told[report.path], self.settings[report.path], sum(map(len, groups)))
            telling = _Telling(self, report)
            for alike in groups:
                joiner.add(self.told(report.path, alike[0]), alike, telling)
            told[report.path] = joiner.script()
            joiner.recipes(of_recipes)

    def _counts(self, report: FileReport, start: Start) -> bool:
        """Whether a recipe is one that somebody trains with: what tests start is wrong on purpose, or runs for three steps."""
        return (
            self.settings[report.path].test_code or "tests" not in Path(start.recipe.path).absolute().relative_to(self.root).parts
        )

    def _looked_at(self, report: FileReport) -> FileReport:
        """The report of a script that was ruled out for what it names itself: here is what may name the rest."""
        return self.told(report.path, None) if report.hands_on and report.asks is None else report

    def _found(self) -> Iterator[tuple[Path, Sequence[Recipe]]]:
        """The recipes of the repository that may matter."""
        from gcheck_lint.recipes import finding

        for path in finding.candidates(self.root, self._words()):
            yield path, self._read(path)

    def _read(self, path: Path) -> Sequence[Recipe]:
        """The recipes of a file; one that can't be read is a warning, and no recipe."""
        from gcheck_lint.recipes import reading
        from gcheck_lint.recipes.model import RecipeError
        from gcheck_lint.run.discover import show
        from gcheck_lint.text.source import UnreadableError, read

        shown = show(path)
        try:
            text = self.texts[str(path)] if str(path) in self.texts else read(str(path)).text
            return reading.read(shown, text)
        except UnreadableError as error:
            self.warnings.append(f"{shown} is not read: {error.reason}")
        except RecipeError as error:
            self.warnings.append(f"{shown}:{error.row} is not read: {error.reason}")
        return ()

    def _words(self) -> frozenset[bytes]:
        """The words of which a recipe that may matter holds one."""
        found = set(_switches())
        for report in self.reports:
            if report.asks is not None:
                found |= {*_counting(report), Path(report.path).name}
        dashed = {word.replace("_", "-") for word in found}
        return frozenset(word.encode(errors="replace") for word in found | dashed)

    def _alike(self, report: FileReport, starts: Sequence[Start]) -> list[list[Start]]:
        """The starts of one script, those together that give the same to the options that count."""
        counting = _counting(report)
        groups: dict[object, list[Start]] = {}
        for start in starts:
            groups.setdefault(_what_counts(start.binding, counting), []).append(start)
        return list(groups.values())[:MOST]

    def told(self, path: str, start: Start | None) -> FileReport:
        """The report of a script, under a binding if there is one, out of the cache if it is there."""
        from gcheck_lint.run import pipeline
        from gcheck_lint.text import reading

        settings = self.settings[path]
        try:
            data = reading.read_linted(path)
        except OSError:
            return FileReport(path, None)
        binding = None if start is None else start.binding
        store = None if self.cache is None else self.cache()
        if store is None:
            return pipeline.look(path, data, settings, binding, fully=True)
        said = (
            ""
            if start is None
            else f"{sorted((path, one.text) for path, one in start.recipes.items())!r}\0{_plain(start.binding)}"
        )
        mark = f" recipe {hashlib.blake2b(said.encode(errors='replace'), digest_size=16).hexdigest()}"
        found = store.load(path, data, settings, mark)
        if found is None:
            from gcheck_lint.run import cache

            with pipeline.program().recording() as met:
                found = pipeline.look(path, data, settings, binding, fully=True)
            store.save(path, cache.entry(store.keys, data + mark.encode(), settings, found, met), mark)
        return found


def _plain(binding: Binding) -> str:
    """What a binding gives, as the same text in each process."""

    def of(given: Mapping[str, Given]) -> list[object]:
        return [(name, repr(one.value), of(one.inner)) for name, one in given.items()]

    options, document = (None if one is None else of(one) for one in (binding.options, binding.document))
    return repr((options, binding.is_open, document))


@dataclass(frozen=True, slots=True)
class _Telling:
    """One script, told again under other values than a recipe gives."""

    repository: _Repository
    report: FileReport
    known: dict[str, set[Key]] = field(default_factory=dict)  # several faults ask for the same bindings

    def deciding(self, start: Start, fault: Key) -> list[str]:
        """The names of the values without any of which a fault would not be there: switches and numbers; where none of these
        decides, the name of the model; and where that doesn't either, other texts.
        """
        counting = _counting(self.report)
        leaves = [(way, one) for way, one in start.binding.leaves() if way[-1] in counting]
        switches = [way for way, _ in leaves if way[-1] in _switches()]
        choices = [way for way, one in leaves if way not in switches and _is_choice(one.value)]
        texts = [way for way, _ in leaves if way not in switches and way not in choices]
        models = [way for way in texts if "model" in way[-1]]
        for ways in ([*switches, *choices], models, [way for way in texts if way not in models]):
            found = self._needed(start, fault, ways[:_TRIED])
            if found:
                return found
        return []

    def _needed(self, start: Start, fault: Key, ways: Sequence[Way]) -> list[str]:
        """Those of some values without which a fault is not there. One that is there without all of them needs none."""
        without = functools.reduce(lambda binding, way: binding.changed(way, None), ways, start.binding)
        if len(ways) > 1 and fault in self._sure(start, without):
            return []
        return [way[-1] for way in ways if fault not in self._sure(start, start.binding.changed(way, None))]

    def way_out(self, start: Start, fault: Key, before: set[Key]) -> Way | None:
        """The value that has to be off, so that a fault is gone and nothing is there that was not before."""
        from gcheck_lint.run.recipe_fixes import way_out

        return way_out(start, functools.partial(self._sure, start), fault, before)

    def _sure(self, start: Start, binding: Binding) -> set[Key]:
        from gcheck_lint.run.recipe_findings import key_of, sure_of

        mark = _what_counts(binding, _counting(self.report))
        if mark not in self.known:
            bound = self.repository.told(self.report.path, replace(start, binding=binding))
            self.known[mark] = {key_of(one) for one in sure_of(bound)}
        return self.known[mark]


@functools.cache
def _switches() -> frozenset[str]:
    """The names by which recipes switch checkpointing and the cache."""
    from gcheck_lint import knowledge

    said = knowledge.load().arguments
    names = (*said["checkpointing_options"], *said["checkpointing"], *said["checkpointing_kwargs"], said["cache"])
    return frozenset({*map(str, names), "use_reentrant"})


def _counting(report: FileReport) -> frozenset[str]:
    """The options that count: the switches, and those of the script on which something hangs."""
    if report.asks is None:
        return _switches()
    declared = {name for source in report.asks.sources if source.form in (COMMAND, DATACLASSES) for name in source.names}
    own = (word for word in report.asks.in_play if word in declared or (len(word) > 3 and word not in _GENERIC))
    return _switches().union(own)


def _is_choice(value: object) -> bool:
    """Whether a value is on, off or a number, as it is or as a word of a command line."""
    return not isinstance(value, str) or value.lower() in ("true", "false", "yes", "no", "none") or value.isdecimal()


def _what_counts(binding: Binding, counting: frozenset[str]) -> str:
    """What of a binding makes a difference to a script, as a text."""
    options, document = (None if one is None else _projected(one, counting) for one in (binding.options, binding.document))
    return repr((options, document, binding.is_open))


def _projected(given: Mapping[str, Given], counting: frozenset[str]) -> list[tuple[str, object]]:
    """What a recipe gives to the options that count, and the texts by which models are named."""
    found: list[tuple[str, object]] = []
    for name, one in sorted(given.items()):
        if one.inner:
            inner = _projected(one.inner, counting)
            if inner:
                found.append((name, inner))
            elif name in counting:
                found.append((name, sorted(one.inner)))
        elif name in counting or ("model" in name and isinstance(one.value, str)):
            found.append((name, repr(one.value)))
    return found
