"""The findings of a run as one page (HTML): for each file its findings with their places, and what the script does as a picture.

It loads nothing. Checkboxes leave out rules and severities; without a script everything is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from gcheck_lint.errors import GclintError
from gcheck_lint.findings.diagnostics import Diagnostic, Severity
from gcheck_lint.report import commands, webpage
from gcheck_lint.report.findings import Findings, notes, remedy
from gcheck_lint.report.markup import escaped
from gcheck_lint.report.places import lines_of, shown
from gcheck_lint.report.stories import Told
from gcheck_lint.report.width import SOURCE, clip, window
from gcheck_lint.rulebook import pages
from gcheck_lint.text.spans import Span

_STYLE: Final = """\
.gclint fieldset { border: 1px solid var(--line); border-radius: 6px; margin: 8px 0; min-width: 0; }
.gclint label { display: inline-block; margin-right: 16px; overflow-wrap: anywhere; }
.gclint article { border: 1px solid var(--line); border-left: 6px solid var(--dim); border-radius: 6px; padding: 4px 16px;
  margin: 12px 0; }
.gclint article.error { border-left-color: var(--error); } .gclint article.warning { border-left-color: var(--warning); }
.gclint article.info { border-left-color: var(--info); } .gclint article h3 { font-size: 15px; overflow-wrap: anywhere; }
.gclint a { color: var(--on); } .gclint ol { padding-left: 24px; } .gclint li, .gclint p { overflow-wrap: anywhere; }
.gclint pre { background: var(--band); padding: 6px 10px; margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.gclint mark { background: none; color: inherit; font-weight: 700; text-decoration: underline 2px; text-underline-offset: 3px; }
.gclint .dim { color: var(--dim); } .gclint .word { color: var(--dim); font-weight: 400; }
"""
_SCRIPT: Final = """
const boxes = [...document.querySelectorAll('input[type=checkbox]')];
function filter() {
  const off = new Set(boxes.filter(box => !box.checked).map(box => box.value));
  let left = 0;
  for (const file of document.querySelectorAll('section.file')) {
    let here = 0;
    for (const one of file.querySelectorAll('article')) {
      one.hidden = off.has(one.dataset.rule) || off.has(one.dataset.severity);
      here += !one.hidden;
    }
    file.hidden = !here;
    left += here;
  }
  document.getElementById('left').textContent = String(left);
}
boxes.forEach(box => box.addEventListener('change', filter));
filter();
"""


def html(findings: Findings) -> str:
    """One document. The places of the findings are those that a run gives, in notebooks those of the program."""
    by_file: dict[str, list[Diagnostic]] = {}
    for one in findings.diagnostics:
        by_file.setdefault(one.path, []).append(one)
    count, files = len(findings.diagnostics), len(by_file)
    counted = f"{count} finding{'' if count == 1 else 's'} in {files} file{'' if files == 1 else 's'}"
    parts = ["<h1>gclint</h1>", f'<p>{counted}; shown: <output id="left">{count}</output></p>', *_filters(findings.diagnostics)]
    for path, found in by_file.items():
        parts += _file(path, found, findings)
    for title, told in (("Not checked", findings.skipped), ("Not completely followed", findings.unseen)):
        parts += _listed(title, told)
    if findings.broken:
        parts += ["<h2>Failures of gclint</h2>", "<ul>", *(f"<li>{escaped(text)}</li>" for text in findings.broken), "</ul>"]
    return webpage.page("gclint", parts, _STYLE, _SCRIPT)


def _filters(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    severities = Counter(str(one.severity) for one in sorted(diagnostics, key=lambda one: -one.severity))
    rules = Counter(f"{one.code} {one.name}" for one in sorted(diagnostics, key=lambda one: one.code))
    for title, counted in (("Severity", severities), ("Rule", rules)):
        if counted:
            yield f"<fieldset><legend>{title}</legend>"
            for word, count in counted.items():
                value = escaped(word.split()[0])
                yield f'<label><input type="checkbox" value="{value}" checked> {escaped(word)} ({count})</label>'
            yield "</fieldset>"


def _file(path: str, found: Sequence[Diagnostic], findings: Findings) -> Iterator[str]:
    yield '<section class="file">'
    yield f"<h2>{escaped(path)}</h2>"
    for one in found:
        yield from _finding(shown(one, findings.sources), findings)
    try:
        story = findings.story(path)
        told = None if story is None else Told(path, story, findings=tuple(found))
    except GclintError as error:
        told = Told(path, None, str(error))
    if told is not None:
        yield webpage.framed(told, has_list=False)
    yield "</section>"


def _finding(one: Diagnostic, findings: Findings) -> Iterator[str]:
    severity = str(Severity(one.severity))
    yield f'<article class="{severity}" data-rule="{escaped(one.code)}" data-severity="{severity}">'
    address, code = pages.public(one.code), escaped(one.code)
    linked = code if address is None else f'<a href="{escaped(address)}">{code}</a>'
    yield f'<h3>{severity} {linked} <span class="word">{escaped(one.name)}</span><br>{escaped(one.message)}</h3>'
    yield "<ol>"
    yield from _place(one.label, one.path, one.span, one.cell, findings)
    for place in one.related:
        yield from _place(place.message, place.path, place.span, place.cell, findings)
    yield "</ol>"
    for note in notes(one):
        yield f'<p class="dim">{escaped(note)}</p>'
    if words := remedy(one):
        yield f"<p>Help: {escaped(words)}</p>"
    if one.fix is not None:
        yield f"<p>Fix ({one.fix.safety}): {escaped(one.fix.title)}</p>"
    typed = (commands.fix(one), commands.explanation(one), commands.story(one))
    yield f'<p class="dim">On a command line: {", ".join(f"<code>{escaped(command)}</code>" for command in typed if command)}</p>'
    yield "</article>"


def _place(label: str, path: str, span: Span, cell: int | None, findings: Findings) -> Iterator[str]:
    where = f"{path}{'' if cell is None else f':cell {cell}'}:{span.start.row}:{span.start.column}"
    yield f'<li><span class="dim">{escaped(where)}</span> {escaped(label)}'
    source = findings.sources.get(path)
    if source is not None:
        line = lines_of(source, cell).line(span.start.row)
        yield f"<pre>{_marked(line, span)}</pre>"
    yield "</li>"


def _marked(line: str, span: Span) -> str:
    """The line with the place in it marked; of a long one the part in which it lies."""
    start = span.start.column - 1
    end = span.end.column - 1 if span.end.row == span.start.row else len(line)
    first = window(len(line), start, min(end, start + SOURCE), SOURCE)
    if first or len(line) > SOURCE:
        return escaped(clip(line, first, SOURCE))
    return f"{escaped(line[:start])}<mark>{escaped(line[start:end])}</mark>{escaped(line[end:])}"


def _listed(title: str, told: Mapping[str, str]) -> Iterator[str]:
    if told:
        yield f"<h2>{title}</h2>"
        yield "<ul>"
        yield from (f"<li>{escaped(path)}: {escaped(why)}</li>" for path, why in told.items())
        yield "</ul>"
