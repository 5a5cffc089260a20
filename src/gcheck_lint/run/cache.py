"""The cache: what a file was told stays true while everything that it rests on is as it was.

One entry for each file, in `.gclint_cache/<version>/`. It is known by the file's bytes and place, the settings, the versions that
the file is judged for and gclint itself; and it holds what the story asked of the rest of the program, with the answers. An entry
that is damaged, or written by another program, is no entry. Entries are JSON and never code: a repository may bring its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gcheck_lint import __version__
from gcheck_lint.config.settings import Ignores, Settings
from gcheck_lint.errors import UsageError
from gcheck_lint.python.program import Met
from gcheck_lint.run import aims, pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text import writing
from gcheck_lint.text.reading import RECORD, read_bytes, read_text

if TYPE_CHECKING:
    from gcheck_lint.findings.diagnostics import Diagnostic, Fix
    from gcheck_lint.text.source import Source
    from gcheck_lint.text.spans import Span

TAG: Final = "CACHEDIR.TAG"
_TAG: Final = """\
Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of gclint. It can be deleted at any time: `gclint clean`.
# For information about cache directory tags see https://bford.info/cachedir/
"""
# which files are linted, and how findings are shown: neither changes what a file is told
_NO_PART: Final = frozenset(
    {
        "exclude",
        "extend_exclude",
        "force_exclude",
        "respect_gitignore",
        "min_severity",
        "fail_on",
        "timeout",
        "unsafe_fixes",
        "output_format",
        "origins",
        "file",
    }
    | {"target_transformers", "target_trl", "target_peft", "target_torch"}  # with what dependency files say
    | {"select", "ignore", "extend_select", "fixable", "unfixable"}  # as `enabled` and `fixable_codes`
)


class Cache:
    """The entries below one folder. Whatever goes wrong with the disk, the files are checked all the same."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folder = root / __version__
        self._own: str | None = None
        self._is_prepared = False
        self._settings: dict[int, str] = {}
        self._here = str(Path.cwd())  # places are shown relative to it

    def key(self, path: str, data: bytes, settings: Settings) -> str:
        """What an entry has to be known by to speak of this file."""
        if self._own is None:
            self._own = _own()
        if id(settings) not in self._settings:
            self._settings[id(settings)] = repr([(name, _plain(getattr(settings, name))) for name in _counting()])
        warnings = aims.warnings(path, settings)
        parts = (self._own, self._here, path, self._settings[id(settings)], aims.wanted(path, settings), warnings)
        return hashlib.blake2b(repr(parts).encode(errors="surrogateescape") + data, digest_size=20).hexdigest()

    def load(self, path: str, key: str, data: bytes) -> FileReport | None:
        """What the file was told, if that still holds."""
        try:
            body = read_bytes(self._entry(path), RECORD)
            checksum, _, text = body.partition(b"\n")
            if checksum != _checksum(text):
                return None
            entry = json.loads(text)
            if entry["key"] != key or not pipeline.program().still(_met(entry["met"]), Path(path).absolute()):
                return None
            return _report(path, data, entry["report"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def save(self, key: str, report: FileReport, met: Met) -> None:
        """Writes an entry, unless a bug of ours is in it, or a notebook that was not read as a whole."""
        if report.failures or report.source is None or _is_partial(report.source):
            return
        text = json.dumps({"key": key, "met": _met_out(met), "report": _report_out(report)}, separators=(",", ":")).encode()
        place = self._entry(report.path)
        with contextlib.suppress(OSError):  # several may check the same files at once, and nobody may see half of an entry
            self._prepare()
            writing.replace(place, _checksum(text) + b"\n" + text, private=True)

    def _entry(self, path: str) -> Path:
        place = f"{self._here}\0{Path(path).absolute()}".encode(errors="surrogateescape")
        return self._folder / f"{hashlib.blake2b(place, digest_size=16).hexdigest()}.json"

    def _prepare(self) -> None:
        if self._is_prepared:
            return
        self._is_prepared = True
        if self._folder.is_dir():
            writing.clear(self._folder)
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, text in ((TAG, _TAG), (".gitignore", "# made by gclint\n*\n")):
            if not (self.root / name).exists():
                writing.replace(self.root / name, text.encode(), private=True)


def clean(root: Path) -> bool:
    """Deletes a cache. Gives whether there was one. Raises UsageError for a folder that is something else."""
    if not root.is_dir():
        return False
    try:
        is_ours = read_text(root / TAG) == _TAG
    except (OSError, UnicodeDecodeError):
        is_ours = False
    if not is_ours or root.is_symlink():
        raise UsageError(f"{root} is no cache of gclint (its {TAG} says so), and is left alone")
    import shutil

    try:
        shutil.rmtree(root)
    except OSError as error:
        raise UsageError(f"cannot delete {root}: {error.strerror or error}") from error
    return True


def _own() -> str:
    """What gclint itself is made of: its files, LibCST's and Python's version. A checkout changes without a new version."""
    from gcheck_lint.rulebook import cards

    told: list[object] = [__version__, sys.version_info[:3]]
    package = Path(__file__).parents[1]
    for folder in (*(Path(place) for place, _, _ in os.walk(package) if not place.endswith("__pycache__")), cards.directory()):
        told += sorted(
            (entry.name, *_stamp(entry.path)) for entry in os.scandir(folder) if entry.name.endswith((".py", ".toml", ".md"))
        )
    told += [_stamp(place) for place in _libraries()]
    return repr(told)


def _libraries() -> Iterator[str]:
    from importlib.util import find_spec

    for name in ("libcst", "packaging"):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            yield spec.origin
            yield spec.origin.replace("__init__", "_version")


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - some hundred of them
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def _checksum(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=16).hexdigest().encode()


def _counting() -> tuple[str, ...]:
    return tuple(one.name for one in fields(Settings) if one.name not in _NO_PART)


def _plain(value: object) -> object:
    """A value of the settings as something that is written the same way in every process: the order of a set is not."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Ignores):
        codes = sorted(frozenset().union(*(selector.codes for selector in value.selectors)))
        return [value.pattern.text, str(value.pattern.root), value.negated, codes]
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    assert value is None or isinstance(value, (bool, int, str)), value
    return value


# --- entries ---------------------------------------------------------------------------------------------------------------


def _met_out(met: Met) -> dict[str, Any]:
    named = [[name, importer, list(added), found] for (name, importer, added), found in met.named.items()]
    return {"named": named, "held": met.held, "read": met.read, "around": met.around}


def _met(told: dict[str, Any]) -> Met:
    named = {(name, importer, tuple(added)): found for name, importer, added, found in told["named"]}
    return Met(named, dict(told["held"]), dict(told["read"]), dict(told["around"]))


def _report_out(report: FileReport) -> dict[str, Any]:
    return {
        "diagnostics": [_diagnostic_out(one) for one in report.diagnostics],
        "possible": report.possible,
        "suppressed": report.suppressed,
        "given_up": report.given_up,
        "unjudged": report.unjudged,
        "warnings": report.warnings,
    }


def _is_partial(source: Source) -> bool:
    from gcheck_lint.text.notebook import Program

    return isinstance(source, Program) and bool(source.notebook.broken)


def _report(path: str, data: bytes, told: dict[str, Any]) -> FileReport:
    if path.endswith(".ipynb"):
        from gcheck_lint.text.notebook import source_of

        source = source_of(path, data)
    else:
        from gcheck_lint.text.source import from_bytes

        source = from_bytes(path, data)
    return FileReport(
        path,
        source,
        tuple(_diagnostic(one) for one in told["diagnostics"]),
        int(told["possible"]),
        int(told["suppressed"]),
        (),
        int(told["given_up"]),
        int(told["unjudged"]),
        tuple(map(str, told["warnings"])),
    )


def _diagnostic_out(one: Diagnostic) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in _PLAIN}
    return plain | {
        "severity": int(one.severity),
        "certainty": one.certainty.value,
        "span": _span_out(one.span),
        "statement": _span_out(one.statement),
        "related": [[related.message, related.path, _span_out(related.span), related.cell] for related in one.related],
        "fix": None if one.fix is None else _fix_out(one.fix),
        "origin": None if one.origin is None else [one.origin.path, _span_out(one.origin.span), one.origin.told_there],
    }


_PLAIN: Final = ("code", "name", "message", "path", "label", "help", "versions", "condition", "cell", "noqa_row")


def _diagnostic(told: dict[str, Any]) -> Diagnostic:
    from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Origin, Related, Severity

    origin = told["origin"]
    return Diagnostic(
        **{name: told[name] for name in _PLAIN},
        severity=Severity(told["severity"]),
        certainty=Certainty(told["certainty"]),
        span=_span(told["span"]),
        statement=_span(told["statement"]),
        related=tuple(Related(message, path, _span(span), cell) for message, path, span, cell in told["related"]),
        fix=None if told["fix"] is None else _fix(told["fix"]),
        origin=None if origin is None else Origin(str(origin[0]), _span(origin[1]), bool(origin[2])),
    )


def _fix_out(fix: Fix) -> list[Any]:
    return [fix.title, [[edit.path, edit.start, edit.end, edit.content] for edit in fix.edits], fix.safety.value, fix.group]


def _fix(told: list[Any]) -> Fix:
    from gcheck_lint.findings.diagnostics import Fix, Safety
    from gcheck_lint.text.spans import Edit

    title, edits, safety, group = told
    return Fix(title, tuple(Edit(*edit) for edit in edits), Safety(safety), group)


def _span_out(span: Span) -> list[int]:
    return [span.start.row, span.start.column, span.end.row, span.end.column]


def _span(told: list[int]) -> Span:
    from gcheck_lint.text.spans import Position, Span

    row, column, end_row, end_column = map(int, told)
    return Span(Position(row, column), Position(end_row, end_column))
