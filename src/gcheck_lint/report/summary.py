"""The last lines: how many findings, how many fixes, which rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gcheck_lint.records import dataclass
from gcheck_lint.report import width as widths
from gcheck_lint.report.paint import Paint, clean

if TYPE_CHECKING:
    from gcheck_lint.findings.diagnostics import Diagnostic, Severity

_INDENT = 4  # of what does not fit into a line
_NAMED = 3  # files that a line names


@dataclass(frozen=True, slots=True)
class Mended:
    """What fixes have done: the findings that were fixable and are gone, `others` that are gone with them, and each fix that
    was `applied`, also to what came up on the way.
    """

    fixed: Sequence[Diagnostic] = ()
    others: Sequence[Diagnostic] = ()
    applied: Sequence[Diagnostic] = ()

    def __bool__(self) -> bool:
        return bool(self.fixed or self.others)


def found(
    diagnostics: Sequence[Diagnostic],
    mended: Mended,
    possible: int,
    unsafe: bool,
    paint: Paint,
    unchecked: int = 0,
    minor: int = 0,
    unfollowed: Sequence[str] = (),
    taken: str = "",
    templates: int = 0,
    width: int | None = None,
    verbose: bool = False,
    explains: bool = False,
) -> str:
    """`Found 3 findings (1 error, 2 warnings).`, what of them can be fixed, and what is not shown.

    `unchecked` counts the files on which gclint failed or gave up: nothing passes for clean then. `minor` counts the findings
    below the severity that is shown, `unfollowed` names the files in which nothing is known of what trains.
    `taken`: the versions of transformers that counted where nobody has said any.
    `templates` counts the files that become Python when they are filled in.
    `verbose`: all names are wanted. `explains`: the command is named that explains the gravest finding.
    """
    total = len(diagnostics)
    said: list[str] = []
    if mended:
        more = f", {len(mended.others)} resolved with {_them(mended)}" if mended.others else ""
        all_of_them = total + len(mended.fixed) + len(mended.others)
        said.append(f"Found {counted(all_of_them, 'finding')} ({len(mended.fixed)} fixed{more}, {total} remaining).")
    elif total:
        by_severity = Counter(diagnostic.severity for diagnostic in diagnostics)
        words = [_severity(severity, by_severity[severity]) for severity in sorted(by_severity, reverse=True)]
        said.append(f"Found {counted(total, 'finding')} ({', '.join(words)}).")
    elif not unchecked:
        said.append("All checks passed!")
    said.extend(_fixes(diagnostics, unsafe))
    if total and explains:
        from gcheck_lint.report import commands  # a run that finds nothing goes without

        worst = max(diagnostics, key=lambda one: one.severity)  # the first of them
        shown = commands.story(worst)
        more = f"; `{shown}` shows how it comes about" if shown else ""
        said.append(f"`{commands.explanation(worst)}` explains it, with versions and fixes{more}.")
    if unchecked:
        said.append(f"{counted(unchecked, 'file')} could not be fully checked.")
    if unfollowed:
        what = "trains a model" if len(unfollowed) == 1 else "train models"
        named = len(unfollowed) if verbose else _NAMED
        names = ", ".join(clean(path) for path in unfollowed[:named])
        more = f" and {len(unfollowed) - named} more" if len(unfollowed) > named else ""
        files = counted(len(unfollowed), "file")
        said.append(f"{files} {what} that gclint could not follow: {names}{more} (`--min-severity info` shows why).")
    if templates:
        what = "is a template and was" if templates == 1 else "are templates and were"
        said.append(f"{counted(templates, 'file')} {what} not checked.")
    if minor:
        verb = "is" if minor == 1 else "are"
        said.append(f"{counted(minor, 'finding')} of lower severity {verb} not shown (`--min-severity info` shows them).")
    if possible:
        verb = "is" if possible == 1 else "are"
        said.append(f"{counted(possible, 'possible finding')} {verb} not shown (`--possible` shows them).")
    if taken:
        said.append(f"No versions are set: assuming transformers {taken} (`--target-transformers` sets them).")
    lines = (line for text in said for line in widths.fold(text, width, indent=_INDENT))
    star = f"[{paint('star', '*')}]"
    return "".join(f"{line.replace('[*]', star, 1) if line.startswith('[*]') else line}\n" for line in lines)


def fixed_by_file(mended: Mended) -> str:
    """What `--show-fixes` says: the rules whose findings are gone, file by file."""
    kinds = (
        ("", Counter(map(_rule, mended.fixed))),
        (f", resolved with {_them(mended)}", Counter(map(_rule, mended.others))),
        (", which appeared in between", Counter(map(_rule, mended.applied)) - Counter(map(_rule, mended.fixed))),
    )
    parts = [f"Fixed {counted(len(mended.fixed), 'finding')}:\n"]
    for path in sorted({path for _, rules in kinds for path, _, _ in rules}):
        parts.append(f"- {clean(path)}:\n")
        for more, rules in kinds:
            parts += (
                f"    {count} × {code} ({name}){more}\n" for (its, code, name), count in sorted(rules.items()) if its == path
            )
    return "".join(parts)


def would_fix(mended: Mended, diagnostics: Sequence[Diagnostic], unsafe: bool, verb: str = "Would fix") -> str:
    """The line under `--diff` and `--fix-only`. `diagnostics` are those that remain."""
    held_back = 0 if unsafe else sum(_is_held_back(diagnostic) for diagnostic in diagnostics)
    fixes = counted(held_back, "additional fix", "additional fixes")
    more = f" ({fixes} available with `--unsafe-fixes`)" if held_back else ""
    if mended:
        others = f", and {len(mended.others)} more with {_them(mended)}" if mended.others else ""
        return f"{verb} {counted(len(mended.fixed), 'finding')}{others}{more}.\n"
    return f"No fixes to apply{more}.\n"


def _rule(diagnostic: Diagnostic) -> tuple[str, str, str]:
    return diagnostic.path, diagnostic.code, diagnostic.name


def _them(mended: Mended) -> str:
    return "it" if len(mended.fixed) == 1 else "them"


def statistics(diagnostics: Sequence[Diagnostic], unsafe: bool, paint: Paint) -> str:
    """Each rule with its count, the most frequent first; `[*]` when each of its findings can be fixed."""
    lines: list[str] = []
    for code, name, count, fixable in _by_rule(diagnostics, unsafe):
        star = paint("star", "*") if fixable == count else "-" if fixable else " "
        lines.append(f"{count}\t{paint('bold', code)}\t[{star}] {name}\n")
    return "".join(lines)


def statistics_json(diagnostics: Sequence[Diagnostic], unsafe: bool) -> str:
    """The same for programs."""
    from gcheck_lint.report import jsons

    items = [
        {"code": code, "name": name, "count": count, "fixable": fixable == count, "fixable_count": fixable}
        for code, name, count, fixable in _by_rule(diagnostics, unsafe)
    ]
    return jsons.dumps(items, indent=2) + "\n"


def _by_rule(diagnostics: Sequence[Diagnostic], unsafe: bool) -> list[tuple[str, str, int, int]]:
    counts = Counter((diagnostic.code, diagnostic.name) for diagnostic in diagnostics)
    fixable = Counter(diagnostic.code for diagnostic in diagnostics if _is_applicable(diagnostic, unsafe))
    rules = [(code, name, count, fixable[code]) for (code, name), count in counts.items()]
    return sorted(rules, key=lambda rule: (-rule[2], rule[0]))


def _fixes(diagnostics: Sequence[Diagnostic], unsafe: bool) -> list[str]:
    now = sum(_is_applicable(diagnostic, unsafe) for diagnostic in diagnostics)
    later = 0 if unsafe else sum(_is_held_back(diagnostic) for diagnostic in diagnostics)
    hidden = f"{counted(later, 'unsafe fix', 'unsafe fixes')} available with `--fix --unsafe-fixes`" if later else ""
    if now:
        return [f"[*] {now} fixable with `--fix`{f' ({hidden})' if hidden else ''}."]
    return [f"{hidden}."] if hidden else []


def _is_held_back(diagnostic: Diagnostic) -> bool:
    from gcheck_lint.findings.diagnostics import Safety

    if diagnostic.fix is None or diagnostic.fix.safety is Safety.DISPLAY:
        return False
    return not _is_applicable(diagnostic, unsafe=False)


def _is_applicable(diagnostic: Diagnostic, unsafe: bool) -> bool:
    from gcheck_lint.fixing.selection import is_applicable  # a run without findings needs none of this

    return is_applicable(diagnostic, unsafe)


def _severity(severity: Severity, count: int) -> str:
    return f"{count} {severity}" if str(severity) == "info" else counted(count, str(severity))


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its word, in the plural where it takes that."""
    return f"{number} {one if number == 1 else many or one + 's'}"
