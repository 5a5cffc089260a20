"""The pipeline of one file, in order: read, look, parse, tell the story, check, silence, select, sort.

LibCST costs 0.16 s to import and some 0.1 s a file, so nothing of it is touched before triage lets a text through. A file that is
ruled out is not parsed, so a syntax error is told only where a finding could have been, and nothing is imported it needs not.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gcheck_lint.prefilter import triage
from gcheck_lint.prefilter.words import RULES, SEVERITIES
from gcheck_lint.python.program import Program as Modules
from gcheck_lint.python.program import forget as forget_places
from gcheck_lint.records import dataclass
from gcheck_lint.run import aims, garbage, limits, parsing, ruling
from gcheck_lint.run.ruling import Ruling
from gcheck_lint.text import reading
from gcheck_lint.text.margins import MisreadError
from gcheck_lint.text.nesting import TooDeepError

if TYPE_CHECKING:
    from gcheck_lint.checks import Check, Finding
    from gcheck_lint.config.settings import Settings
    from gcheck_lint.findings.diagnostics import Diagnostic, Severity
    from gcheck_lint.recipes.asked import Asks
    from gcheck_lint.recipes.bindings import Binding
    from gcheck_lint.story import Story
    from gcheck_lint.text.source import Source, UnreadableError
    from gcheck_lint.text.spans import Span

UNREADABLE: Final = "GCK001"
SYNTAX_ERROR: Final = "GCK002"
NOT_FOLLOWED: Final = "GCK004"
_NOTEBOOK: Final = ".ipynb"
_TOO_MUCH: Final = (TooDeepError, RecursionError, MemoryError, MisreadError)  # `check` says so
RECURSION: Final = 8_000  # LibCST walks a chain of calls by recursion, a few frames a link


@dataclass(frozen=True, slots=True)
class Failure:
    """A bug of ours: what failed (a rule's code, or `story`), on which file, and the traceback."""

    rule: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """What one file has to be told. `source` is None when it cannot be read; `possible` counts what is not shown.

    `given_up` counts the parts of the program that were not followed to their end, `unjudged` the rules that had too many cases
    to judge; `warnings` name dependency files that are broken. `skipped` says why a file was not looked at, if it was not.
    A template is no Python before it is filled in, and nothing is told of it. `asks`: what a recipe may give to its options;
    `withheld`: the codes and places of what is possible and not shown; `hands_on`: its bytes rule it out, but it hands options
    that it does not name to what trains, so that a recipe may switch something on.
    """

    path: str
    source: Source | None
    diagnostics: tuple[Diagnostic, ...] = ()
    possible: int = 0
    suppressed: int = 0
    failures: tuple[Failure, ...] = ()
    given_up: int = 0
    unjudged: int = 0
    warnings: tuple[str, ...] = ()
    skipped: str = ""
    is_template: bool = False
    asks: Asks | None = None
    withheld: tuple[tuple[str, Span], ...] = ()
    hands_on: bool = False


@functools.cache
def program() -> Modules:
    """The modules of this process's runs: each is parsed once, and again when its file changes."""
    return Modules()


def forget() -> None:
    """Forgets what was found on disk: dependency files and the places of modules. For whoever outlives a run."""
    aims.projects.cache_clear()
    program.cache_clear()
    parsing.forget()
    forget_places()


def concerns(source: Source, modules: Modules | None = None) -> bool:
    """Whether a text can have a finding about its models at all. Costs next to nothing, and no import of LibCST."""
    return (modules or program()).may_concern(source.path, source.text.encode(errors="replace"))


def is_about_models(source: Source) -> bool:
    """Whether a text itself switches, trains or generates, so that there is something to be shown beside it."""
    text = triage.Text(source.text.encode(errors="replace"))
    return text.leads_on() or triage.is_enough(text)


def is_ruled_out(path: str, data: bytes) -> bool:
    """Whether the bytes of a file alone say that there is nothing to be told about it, not even about its comments."""
    return ruling.of(path, data, program()) is not Ruling.IN


def known_rules() -> Mapping[str, str]:
    """Code and name of every rule."""
    return RULES


def check_file(path: str, settings: Settings) -> FileReport:
    """Reads a file and checks it."""
    try:
        data = reading.read_linted(path)
    except reading.TooLargeError as error:
        return FileReport(path, None, skipped=error.strerror or str(error))
    except OSError as error:
        from gcheck_lint.text.source import UnreadableError

        return unreadable(UnreadableError(path, error.strerror or str(error)), settings)
    return check_bytes(path, data, settings)


def check_bytes(path: str, data: bytes, settings: Settings) -> FileReport:
    """Checks the bytes of a script or a notebook. A notebook of another language has nothing to be told."""
    return FileReport(path, None) if is_ruled_out(path, data) else look(path, data, settings)


def look(path: str, data: bytes, settings: Settings, binding: Binding | None = None, *, fully: bool = False) -> FileReport:
    """Checks bytes that are not ruled out.

    `binding`: what a recipe gives to the options of the script;
    `fully`: whatever they say.
    """
    from gcheck_lint.text.notebook import source_of
    from gcheck_lint.text.source import UnreadableError

    try:
        source = source_of(path, data)
    except UnreadableError as error:
        return unreadable(error, settings)
    return FileReport(path, None) if source is None else check(source, settings, binding=binding, fully=fully)


def unreadable(error: UnreadableError, settings: Settings) -> FileReport:
    """The report of a file that cannot be read."""
    from gcheck_lint.text.spans import Position, Span

    place = Span(Position(error.row, 1), Position(error.row, 1))
    diagnostic = _own(UNREADABLE, f"the file cannot be read: {error.reason}", error.path, place)
    return FileReport(error.path, None, _select([diagnostic], settings, Path(error.path).absolute()))


def check(
    source: Source,
    settings: Settings,
    modules: Modules | None = None,
    binding: Binding | None = None,
    *,
    fully: bool = False,
) -> FileReport:
    """Checks a text. `modules` finds the other modules of its program, an editor's with the unsaved ones."""
    garbage.let_go_of_much()
    try:
        with limits.watched(settings.timeout):
            return _check(source, settings, modules or program(), binding, fully or binding is not None)
    except (TooDeepError, RecursionError):
        reason = "too deeply nested to be followed"
    except MemoryError:
        reason = "there is not enough memory"
    except MisreadError as error:
        reason = str(error)
    except limits.OverLimitError as error:
        reason = str(error)
        forget()
        if modules is not None:
            modules.forget()  # it came at any moment: what is remembered may be half of something
    return FileReport(source.path, None, skipped=reason)


def _check(source: Source, settings: Settings, modules: Modules, binding: Binding | None, fully: bool) -> FileReport:
    found = _Found()
    if fully or concerns(source, modules):
        if len(source.text) > limits.PARSED:
            return FileReport(
                source.path, None, skipped=f"too large: {len(source.text):,} characters, and the limit is {limits.PARSED:,}"
            )
        source = _run(source, settings, modules, found, binding)
    elif source.path.endswith(_NOTEBOOK):
        found.diagnostics.extend(_what_is_broken(source, modules))
    if found.is_template:
        return FileReport(source.path, source, is_template=True)
    if found.broken is not None:
        return FileReport(source.path, source, _select([found.broken], settings, Path(source.path).absolute()))
    return _settle(source, settings, found)


@dataclass(slots=True)
class _Found:
    """What comes of one text. `broken` is its syntax error; `blind` says that no rule could look at it."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    broken: Diagnostic | None = None
    is_template: bool = False
    given_up: int = 0
    unjudged: int = 0
    blind: bool = False
    warnings: tuple[str, ...] = ()
    asks: Asks | None = None


def warm() -> None:
    """Imports and reads all that a file takes, once for all processes that are forked afterwards."""
    from gcheck_lint import checks, knowledge, story  # noqa: F401

    checks.registry()
    knowledge.load()


def _run(source: Source, settings: Settings, modules: Modules, found: _Found, binding: Binding | None) -> Source:
    """Runs all rules on a text, and gives back the one that they ran on: a notebook leaves out the cells that do not parse."""
    # here and not above: see the module's docstring
    from gcheck_lint import checks, story
    from gcheck_lint.python import syntax
    from gcheck_lint.run import resolved
    from gcheck_lint.story import TooComplex
    from gcheck_lint.text.notebook import Program

    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION))
    stage = "syntax"
    try:
        module = parsing.of(source) if binding is None else parsing.shared(source)
        source = module.source
        stage = "story"
        wanted, found.warnings = aims.with_warnings(source.path, settings, source)
        target = story.Target.of(**wanted)
        told = story.interpret(module, target, modules, binding=binding)
        stage = "checks"
        registry = checks.registry()
    except syntax.ParseError as error:
        from gcheck_lint.run import unparsed

        found.broken = unparsed.of_file(source, error)
        found.is_template = found.broken is None
        return source
    except _TOO_MUCH:
        raise
    except Exception:  # one script must not end the run over all the others
        found.failures.append(Failure(stage, source.path, _traceback()))
        found.blind = True
        return source
    if isinstance(source, Program):
        from gcheck_lint.run import unparsed

        found.diagnostics.extend(unparsed.of_cells(source.notebook))
    found.asks = told.asks()
    found.given_up = len(told.cuts)
    found.blind = bool(told.cuts)  # what was given up may have had something to silence
    for code, check in sorted(registry.items()):
        try:
            found.diagnostics.extend(resolved.diagnostic(code, check.slug, finding) for finding in _findings(check, told))
        except TooComplex:
            told.conditions.unanswered += 1  # it can't be judged, so the rule says nothing
        except _TOO_MUCH:
            raise
        except Exception:
            found.failures.append(Failure(code, source.path, _traceback()))
    if told.left_out and binding is None:
        known = {(one.code, one.span) for one in found.diagnostics}
        from gcheck_lint.run.edited import possible_findings

        try:
            edited = story.interpret(module, target, modules, edited=told.left_out)
            other = [resolved.diagnostic(check.code, check.slug, one) for check, one in possible_findings(edited, told.left_out)]
            found.diagnostics.extend(one for one in other if (one.code, one.span) not in known)
            found.blind = found.blind or bool(edited.cuts)
        except _TOO_MUCH:
            raise
        except Exception:
            found.failures.append(Failure("story", source.path, _traceback()))
    if module.joined:  # a new line would fall between a statement and its indentation
        found.diagnostics = [replace(one, fix=None) for one in found.diagnostics]
    found.unjudged = told.conditions.unanswered
    found.blind = found.blind or found.unjudged > 0
    return source


def _traceback() -> str:
    import traceback

    return traceback.format_exc()


def _what_is_broken(source: Source, modules: Modules) -> Iterator[Diagnostic]:
    """The broken cells of a notebook that would be about models if they were Python: nothing else is left to say so."""
    from gcheck_lint.run import unparsed
    from gcheck_lint.text.notebook import Program

    if isinstance(source, Program) and source.notebook.broken and concerns(source.notebook.written, modules):
        yield from unparsed.of_cells(source.notebook)


def _findings(check: Check, told: Story) -> Iterable[Finding]:
    # all or nothing: what a failing rule found first may be half of the truth
    told.make_room()
    return list(check.run(told))


def _settle(source: Source, settings: Settings, found: _Found) -> FileReport:
    """Silences, selects and sorts."""
    from gcheck_lint.findings import comments, suppressions, test_code
    from gcheck_lint.findings.diagnostics import Certainty, Severity

    path = Path(source.path).absolute()
    known = known_rules()
    failed = {failure.rule for failure in found.failures}
    # a comment is unused only if its rule has looked and is on: one that failed may have had something to silence
    looked = {code for code in known if not found.blind and code not in failed and settings.reports(code, path)}
    severity = _severity(comments.CODE, Severity.INFO)
    all_ = list(dict.fromkeys(found.diagnostics))
    if settings.ignore_noqa:
        outcome = suppressions.Outcome(tuple(all_), (), ())
    else:
        outcome = suppressions.silence(source, all_, known, looked, severity)
    kept = outcome.kept if settings.test_code else test_code.doubted(source, path, outcome.kept, (UNREADABLE, SYNTAX_ERROR))
    selected = _select([*kept, *outcome.unused], settings, path)
    shown = [d for d in selected if settings.possible or d.certainty is Certainty.SURE]
    return FileReport(
        source.path,
        source,
        tuple(replace(d, noqa_row=suppressions.noqa_row(source, d.statement)) for d in shown),
        len(selected) - len(shown),
        sum(settings.reports(diagnostic.code, path) for diagnostic in outcome.silenced),
        tuple(found.failures),
        found.given_up,
        found.unjudged,
        found.warnings,
        asks=found.asks,
        withheld=tuple((d.code, d.span) for d in selected if d not in shown),
    )


def _select(diagnostics: Iterable[Diagnostic], settings: Settings, path: Path) -> tuple[Diagnostic, ...]:
    kept = (diagnostic for diagnostic in diagnostics if settings.reports(diagnostic.code, path))
    return tuple(sorted((d if settings.fixes(d.code) else replace(d, fix=None) for d in kept), key=_place))


def _place(diagnostic: Diagnostic) -> tuple[int, Span, str, str]:
    return diagnostic.cell or 0, diagnostic.span, diagnostic.code, diagnostic.message


def _own(code: str, message: str, path: str, span: Span) -> Diagnostic:
    from gcheck_lint.findings.diagnostics import Diagnostic, Severity

    return Diagnostic(code, RULES.get(code, ""), message, _severity(code, Severity.ERROR), path, span, span)


def _severity(code: str, otherwise: Severity) -> Severity:
    return type(otherwise)[SEVERITIES[code].upper()] if code in SEVERITIES else otherwise
