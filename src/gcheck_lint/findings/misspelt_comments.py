"""Comments that are meant to silence a rule and, as they are written, silence nothing or everything (GCK003).

Only what is sure: either a rule of ours is named where a comment would name it, or nothing else stands in the comment than our
name and a verb, one of them with a slip. Prose that speaks of gclint has more words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from gcheck_lint.findings.comments import CODE, lay_out
from gcheck_lint.findings.diagnostics import Diagnostic, Fix, Safety, Severity
from gcheck_lint.records import dataclass
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Edit, LineIndex, Position

_VERBS: Final = ("ignore", "file-ignore", "disable", "enable")
# what other linters call it
_THEIRS: Final = {
    "ignore-file": "file-ignore",
    "disable-file": "file-ignore",
    "file-disable": "file-ignore",
    "skip-file": "file-ignore",
    "ignore-line": "ignore",
    "ignore-next": "ignore",
    "ignore-next-line": "ignore",
    "disable-line": "ignore",
    "disable-next": "ignore",
    "disable-next-line": "ignore",
}
_REMARKS: Final = frozenset({"ignored", "ignores", "disabled", "disables", "enabled", "enables", "unable"})  # `gclint: ignored`
_TOOL: Final = "gclint"
_OTHER_NAMES: Final = frozenset({"gcheck-lint", "gcheck_lint", "gcheck", "gc-lint", "gc_lint", "gcklint", "gck"})
_OTHER_TOOLS: Final = frozenset({"golint"})
_NOQA_SLIPS: Final = frozenset({"nqoa", "noaq", "onqa", "noq", "noqq", "nooqa", "noqaa", "noqua"})  # not `nota`, which is a word
_DIRECTIVE: Final = re.compile(r"#\s*(?P<tool>[A-Za-z][\w-]*)(?P<colon>\s*[:=]\s*|\s+)(?P<verb>[A-Za-z][\w-]*)(?P<rest>.*)")
_NOQA: Final = re.compile(r"#\s*(?P<word>[A-Za-z]+)(?P<rest>.*)")
_WORD: Final = r"[A-Za-z][\w-]*"
_LIST: Final = re.compile(
    rf"(?P<open>\s*[:=]?\s*[\[({{]?)\s*(?P<codes>{_WORD}(?:\s*,\s*{_WORD}|\s+GCK\d+\b)*)(?P<close>\s*[\])}}])?", re.IGNORECASE
)
_NEXT: Final = re.compile(r"\s+#(?!\d)")


@dataclass(frozen=True, slots=True)
class _Slip:
    """What is wrong in a part of a comment, from `start` to `end`, and how it is written right."""

    start: int
    end: int
    message: str
    right: str


def find(source: Source, known: Mapping[str, str], severity: Severity) -> Iterator[tuple[int, Diagnostic]]:
    """The slips in the comments of a text: the offset of each, and what it is told."""
    lines = LineIndex(source.text)
    for row, column, comment in lay_out(source.text).comments:
        offset = lines.offset(Position(row, column + 1))
        for slip in _slips(comment, known):
            span = lines.span(offset + slip.start, offset + slip.end)
            edit = Edit(source.path, offset + slip.start, offset + slip.end, slip.right)
            fix = Fix(f"Write `{slip.right}`", (edit,), Safety.DISPLAY)  # what it would silence, `--fix` may repair
            slug = known.get(CODE, "unused-suppression")
            help_ = f"did you mean `{slip.right}`?"
            yield edit.start, Diagnostic(CODE, slug, slip.message, severity, source.path, span, span, help=help_, fix=fix)


def _slips(comment: str, known: Mapping[str, str]) -> Iterator[_Slip]:
    at = 0
    while at < len(comment):
        following = _NEXT.search(comment, at + 1)
        end = following.start() if following else len(comment)
        part = comment[at:end].rstrip()
        lead = len(part) - len(part.lstrip())
        slip = _directive(part.lstrip(), known) or _noqa(part.lstrip(), known)
        if slip is not None:
            yield _Slip(at + lead + slip.start, at + lead + slip.end, slip.message, slip.right)
        at = end


def _directive(part: str, known: Mapping[str, str]) -> _Slip | None:
    match = _DIRECTIVE.match(part)
    if match is None:
        return None
    tool, verb, rest = match["tool"].lower(), match["verb"].lower(), match["rest"]
    is_ours, has_colon = tool == _TOOL, match["colon"].strip() == ":"
    listed = _LIST.match(rest)
    codes = _codes(listed["codes"], known) if listed else []
    right = verb if verb in _VERBS else _nearest(verb)
    if listed is None or not codes:
        slips = (not is_ours) + (verb != right)
        if rest.strip() or right is None or not has_colon or slips != 1 or verb in _REMARKS:
            return None
        return (
            _Slip(0, len(part), f"`{part}` suppresses nothing", f"# {_TOOL}: {right}") if is_ours or _is_ours(tool, 1) else None
        )
    is_bracketed = listed["open"].strip() == "[" and (listed["close"] or "").strip() == "]"
    end = match.start("rest") + listed.end()
    if is_ours and has_colon and (verb in _VERBS or verb == "noqa"):
        if (listed["open"].strip() == ":") if verb == "noqa" else is_bracketed:
            return None
        message = f"the comment applies to all rules: {' and '.join(f'`{code}`' for code in codes)} is where a reason would be"
        return _Slip(0, end, message, f"# {_TOOL}: " + (f"noqa: {', '.join(codes)}" if verb == "noqa" else _right(verb, codes)))
    if not is_ours and (right is None or not _is_ours(tool, 2)):
        return None
    # a verb that nobody knows, with its list at its end, is none of prose
    if (rest[:1] == "[" and is_bracketed) or (right is not None and verb not in _REMARKS and (is_bracketed or has_colon)):
        return _Slip(0, end, f"`{part[:end]}` suppresses nothing", f"# {_TOOL}: {_right(right or 'ignore', codes)}")
    return None


def _noqa(part: str, known: Mapping[str, str]) -> _Slip | None:
    """`# noqa GCK101`, `# noqa[GCK101]`, `# nqoa: GCK101`: to others they may be something, to us they are nothing."""
    match = _NOQA.match(part)
    listed = _LIST.match(match["rest"]) if match else None
    codes = _codes(listed["codes"], known) if listed else []
    if match is None or listed is None or not codes or not all(code.upper() in known for code in codes):
        return None
    word, opened = match["word"].lower(), listed["open"].strip()
    if (word == "noqa" and opened != ":") or (word in _NOQA_SLIPS and opened == ":"):
        end = match.start("rest") + listed.end()
        return _Slip(0, end, f"`{part[:end]}` suppresses nothing", f"# noqa: {', '.join(codes)}")
    return None


def _codes(text: str, known: Mapping[str, str]) -> list[str]:
    """The rules that a list begins with, as they are written; nothing if its first word is no rule."""
    codes: list[str] = []
    for word in re.split(r"[\s,]+", text):
        if word.upper() not in known and word.lower() not in known.values():
            break
        codes.append(word)
    return codes


def _right(verb: str, codes: list[str]) -> str:
    return f"{verb}[{', '.join(codes)}]"


def _nearest(verb: str) -> str | None:
    """The verb that a word is a slip of, by two letters at most, or that other linters have this word for."""
    near = (right for right in _VERBS if verb[0] == right[0] and _distance(verb, right) <= 2)
    return _THEIRS.get(verb) or next(near, None)


def _is_ours(tool: str, most: int) -> bool:
    """Whether a name is ours with a slip in it, or another name that we go by."""
    return tool in _OTHER_NAMES or (tool not in _OTHER_TOOLS and tool[0] == _TOOL[0] and _distance(tool, _TOOL) <= most)


def _distance(one: str, other: str) -> int:
    """How many letters are missing, too many, wrong, or swapped with their neighbour."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, right in enumerate(other, start=1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != right))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == right:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
