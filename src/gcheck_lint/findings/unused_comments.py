"""What a suppression comment is told (GCK003): that it, or a part of it, silences or ends nothing, or names no rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from gcheck_lint.config.selectors import suggest
from gcheck_lint.findings.comments import CODE, Directive, Named
from gcheck_lint.findings.diagnostics import Diagnostic, Fix, Safety, Severity
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Edit, LineIndex, Position


def judge(
    source: Source,
    directive: Directive,
    all_: Sequence[Directive],
    used: Collection[str],
    known: Mapping[str, str],
    checked: Collection[str],
    severity: Severity,
) -> Iterator[Diagnostic]:
    """What one of a text's directives is told. `used`: the rules that it has silenced, `checked`: those looked for."""
    span = LineIndex(source.text).span(directive.start, directive.end)

    def tell(message: str, help_: str, fix: Fix | None) -> Diagnostic:
        slug = known.get(CODE, "unused-suppression")
        return Diagnostic(CODE, slug, message, severity, source.path, span, span, help=help_, fix=fix)

    verb = "ends" if directive.is_end else "suppresses"
    if directive.named is None:
        if _is_idle(directive, all_, used, known, checked):
            fix = Fix("Remove the comment", tuple(_removals(source, directive, all_)), Safety.SAFE)
            yield tell(f"the comment {verb} nothing", "", fix)
        return
    idle = [named for named in directive.named if _is_idle_word(named, directive, all_, used, checked)]
    if idle:
        words = " and ".join(f"`{named.text}`" for named in idle)
        title = "Remove the comment" if len(idle) == len(directive.named) else f"Remove {words} from the comment"
        fix = Fix(title, tuple(_without(source, directive, idle, all_)), Safety.SAFE)
        yield tell(f"{words} in the comment {verb} nothing", "", fix)
    for named in directive.named:
        if named.ours and not named.codes:
            near = suggest(named.text, [*known, *known.values()])
            yield tell(f"the comment names no rule: `{named.text}`", near.removeprefix("; "), None)
    if not directive.named:
        yield tell("the comment names no rule: the brackets are empty", "", None)


def _is_idle(
    directive: Directive, all_: Sequence[Directive], used: Collection[str], known: Mapping[str, str], checked: Collection[str]
) -> bool:
    """Whether a comment about all rules does nothing."""
    if directive.is_end:
        return not any(_ends(directive, code, all_) for code in known)
    return not used and bool(checked) and set(known) - {CODE} <= {*checked, CODE}


def _is_idle_word(
    named: Named, directive: Directive, all_: Sequence[Directive], used: Collection[str], checked: Collection[str]
) -> bool:
    """Whether a word of a comment's list does nothing. What no rule is named by is told otherwise."""
    if not named.ours or not named.codes:
        return False
    if directive.is_end:
        return not any(_ends(directive, code, all_) for code in named.codes)
    return CODE not in named.codes and named.codes <= set(checked) and not named.codes & set(used)


def _ends(end: Directive, code: str, all_: Sequence[Directive]) -> bool:
    """Whether a range of this rule ends here, and not before."""
    return any(one.names(code) and next((e for e in one.ends if e.names(code)), None) == end for one in all_)


def _without(source: Source, directive: Directive, idle: Sequence[Named], all_: Sequence[Directive]) -> Iterator[Edit]:
    """Takes some words out, and with a word of `disable` those of the `enable` that is there for it alone."""
    words = directive.named or ()
    staying = [named for named in words if named not in idle]
    if not staying:
        yield from _removals(source, directive, all_)
        return
    yield _kept(source, words, staying)
    codes = frozenset().union(*(named.codes for named in idle))
    for end in _own_ends(directive, all_):
        rest = [named for named in end.named or () if not named.codes or not named.codes <= codes]
        if end.named and not rest:
            yield _removal(source, end)
        elif end.named and len(rest) < len(end.named):
            yield _kept(source, end.named, rest)


def _kept(source: Source, words: Sequence[Named], staying: Sequence[Named]) -> Edit:
    between = source.text[words[0].end : words[1].start]
    return Edit(source.path, words[0].start, words[-1].end, between.join(named.text for named in staying))


def _removals(source: Source, directive: Directive, all_: Sequence[Directive]) -> Iterator[Edit]:
    """Takes a directive out, and of a range what ends it."""
    yield _removal(source, directive)
    for end in _own_ends(directive, all_):
        yield _removal(source, end)


def _own_ends(directive: Directive, all_: Sequence[Directive]) -> Iterator[Directive]:
    """What ends this range and no other one."""
    return (end for end in directive.ends if not any(end in one.ends for one in all_ if one is not directive))


def _removal(source: Source, directive: Directive) -> Edit:
    """Takes a whole directive out: with its line when nothing else is on it, else with the blanks before or after."""
    text = source.text
    lines = LineIndex(text)
    start = lines.offset(Position(directive.row, 1))
    end = start + len(lines.line(directive.row))
    before, after = text[start : directive.start], text[directive.end : end]
    if after.strip():
        return Edit(source.path, directive.start, directive.end + len(after) - len(after.lstrip()), "")
    if before.strip():
        return Edit(source.path, start + len(before.rstrip()), end, "")
    return Edit(source.path, start, lines.offset(Position(directive.row + 1, 1)), "")
