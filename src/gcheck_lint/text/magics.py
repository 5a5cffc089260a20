"""What a notebook's cell holds besides Python, blanked so that nothing moves.

IPython rewrites a cell before Python sees it. Here each piece of IPython becomes `pass`, an unknown name or blanks of the same
length, so rows and columns of the Python around it stay those of the cell. What a magic would only time (`%time trainer.train()`,
`%%capture`) is Python and is kept.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final

from gcheck_lint.records import dataclass
from gcheck_lint.text.nesting import guard
from gcheck_lint.text.spans import Position

# cell magics that run their body here, in the notebook's own namespace; `%%python` and `%%writefile` do not
_RUNS_BODY: Final = frozenset(
    [
        "capture",
        "chime",
        "cudf.pandas.line_profile",
        "cudf.pandas.profile",
        "debug",
        "filprofile",
        "ipytest",
        "mprun",
        "memit",
        "notify",
        "prun",
        "pyinstrument",
        "scalene",
        "skip_if",
        "snakeviz",
        "time",
        "timeit",
        "wandb",
    ]
)
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_NOT_NEWLINE: Final = re.compile(r"[^\r\n]")
_LEAD: Final = "if True:\n"
_UNKNOWN: Final = "__"  # a name that nothing binds: `None` would be a value to reason with
_CELL_MAGIC: Final = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*[ \t]*(?P<magic>%%(?P<name>[\w.]+)[^\r\n]*)")
_EMPTY_ROW: Final = re.compile(r"(?<=[\r\n])[ \t]*(?:\r|\n|\Z)")
_DATABRICKS: Final = "# Databricks notebook source"
_MAGIC: Final = "# MAGIC"
_MAY_BE_EXPORTED: Final = re.compile(rf"\A{_DATABRICKS}|^[ \t]*[!%]|get_ipython\(\)|# MAGIC", re.MULTILINE)
_STATEMENT: Final = re.compile(r"[ \t\f]*(?P<magic>(?:%(?P<name>\w*)|!|\?|[,;/](?=[A-Za-z_])).*)")
_ASSIGNMENT: Final = re.compile(r"""[ \t\f]*[A-Za-z_*(\[](?:[^#='"]|"[^"]*"|'[^']*')*=[ \t]*(?P<magic>(?:!|%(?P<name>\w+)).*)""")
_HELP: Final = re.compile(r"""[ \t\f]*(?P<magic>[^#"'\s](?:[^#"']*[^#"'?])?\?{1,2}[ \t]*)$""")
_TIMED: Final = re.compile(r"%(?:time|timeit|prun|memit)(?=[ \t]+(?P<body>[^-\s].*))")
# a cell of one line may leave the `%` out (IPython's line magics and aliases, as `%lsmagic` of 9.18 lists them); programs
# that belong behind a `!` are known as well, for nobody takes them for Python
_LINE_MAGICS: Final = (
    "alias|alias_magic|autoawait|autocall|automagic|autoreload|bookmark|cat|cd|colors|conda|config|cp|debug|dhist|dirs|doctest_mode|ed|edit"
    "|env|gui|hist|history|killbgscripts|ldir|lf|lk|ll|load|load_ext|loadpy|logoff|logon|logstart|logstate|logstop|ls|lsmagic|lx|macro|magic"
    "|mamba|man|matplotlib|micromamba|mkdir|more|mv|notebook|page|pastebin|pdb|pdef|pdoc|pfile|pinfo|pinfo2|pip|popd|pprint|precision|prun"
    "|psearch|psource|pushd|pwd|pycat|pylab|quickref|recall|rehashx|reload_ext|rep|rerun|reset|reset_selective|rm|rmdir|run|save|sc|set_env"
    "|sx|system|tb|time|timeit|unalias|unload_ext|uv|who|who_ls|whos|xdel|xmode"
)
_PROGRAMS: Final = (
    "pip3?|conda|mamba|micromamba|uv|uvx|poetry|apt|apt-get|sudo|git|wget|curl|nvidia-smi|python3?|huggingface-cli|hf|accelerate|deepspeed"
    "|torchrun|cd|ls|ll|cat|cp|mv|mkdir|rm|rmdir|pwd|echo|export|unzip|tar|chmod|bash|sh"
)
_AUTOMAGIC: Final = re.compile(rf"\s*(?P<magic>(?:{_LINE_MAGICS}|{_PROGRAMS})[ \t]+[^\s=,][^\r\n]*)\s*")
_SHELL: Final = re.compile(rf"[ \t]*(?P<magic>(?:{_PROGRAMS})[ \t]+[^\s=,(\[:].*)")
_TOKEN: Final = re.compile(
    r"""#.*|(?P<triple>\"\"\"|''')|"(?:\\.|[^"\\])*(?:"|\\?$)|'(?:\\.|[^'\\])*(?:'|\\?$)|(?P<open>[(\[{])|(?P<close>[)\]}])"""
)
_CLOSING: Final = {quote: re.compile(rf"(?:\\.|[^\\])*?{quote}") for quote in ('"""', "'''")}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell is no Python, and where in the cell."""

    message: str
    position: Position


@dataclass(frozen=True, slots=True)
class Reading:
    """A cell as Python. `code` is as long as the cell and has its rows; `blanked` are the offsets that are not as written.

    `lead` is a row that must stand before the code: IPython lets a whole cell be indented, Python wants a reason for that.
    """

    code: str
    blanked: tuple[tuple[int, int], ...] = ()
    fault: Fault | None = None
    lead: str = ""


def read(text: str) -> Reading:
    """A cell's text as Python."""
    fault = _fault(text)
    if fault is None:
        return Reading(text)
    code, blanked = _neutralised(text)
    if blanked:
        fault = _fault(code)
        if fault is None:
            return Reading(code, blanked)
    if _is_indented(code) and _fault(_LEAD + code) is None:
        return Reading(code, blanked, lead=_LEAD)
    # Jupyter wants the `%` where a cell has more lines than one, but nobody takes `pip install …` for Python
    code, blanked = _neutralised(text, is_bare_too=True)
    if _fault(code) is None:
        return Reading(code, blanked)
    return Reading(blank(text), ((0, len(text)),), fault)


def without_shell(text: str) -> str | None:
    """A script's text without the lines of a shell (`!pip …`, `%cd …`) that its export has left in; None without any.

    Where a cell was of another language (`%%bash`), it ends at the next empty row: nothing else says where.
    """
    pieces: list[str] = []
    at = 0
    for start, end, stand_in in _shell_lines(text, is_bare_too=text.startswith(_DATABRICKS)):
        if start < at:
            continue
        pieces += (text[at:start], stand_in)
        at = end
        other = _CELL_MAGIC.match(text, start)
        if other is not None and other["name"] not in _RUNS_BODY:
            empty = _EMPTY_ROW.search(text, end)
            at = len(text) if empty is None else empty.start()
            pieces.append(blank(text[end:at]))
    return "".join((*pieces, text[at:])) if pieces else None


def _shell_lines(text: str, is_bare_too: bool = False) -> Iterator[tuple[int, int, str]]:
    found = _lines(text, 0, is_bare_too)
    return (one for one in found if text[one[0]] in "!%" or (is_bare_too and text[one[0]].isalpha()))


def exported_shell(text: str) -> list[str]:
    """What a script ran in a shell when it was a notebook, as cells: in the forms of Colab, of nbconvert and of Databricks."""
    if not _MAY_BE_EXPORTED.search(text):
        return []
    cells = [text[_row(text, start) : end] for start, end, _ in _shell_lines(text)]
    if text.startswith(_DATABRICKS):
        cells += _databricks_cells(text)
    for line in text.splitlines():
        if "get_ipython()" in line:
            cells += _of_ipython(line)
    return cells


def _row(text: str, offset: int) -> int:
    """Where the row of an offset begins."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _databricks_cells(text: str) -> Iterator[str]:
    """Its cells of a shell: comments of magics, or one bare line. Prose and other languages say nothing of one."""
    for cell in re.split(r"(?m)^# COMMAND -+[ \t]*$", text):
        lines = [line.removeprefix(_MAGIC).removeprefix(" ") for line in cell.splitlines() if line.startswith(_MAGIC)]
        first = next((line.split() for line in lines if line.strip()), [])
        if first[:1] == ["%sh"]:
            yield "\n".join(["%%sh", *lines]).replace("\n%sh", "\n", 1)
        elif first and (first[0].startswith(("%pip", "%python", "%load_ext", "%restart_python")) or first[0][0] not in "%"):
            yield "\n".join(lines)
        else:
            code = [line for line in cell.splitlines() if line.strip() and not line.startswith("#")]
            if len(code) == 1 and _AUTOMAGIC.fullmatch(code[0]):
                yield f"%{code[0].strip()}"


def _of_ipython(line: str) -> Iterator[str]:
    """`get_ipython().system('pip install …')` and the like, as it was in the cell, no further in than it stands."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (statement,) = ast.parse(line.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    call = statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return
    words = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    indent = line[: len(line) - len(line.lstrip())]
    if call.func.attr in ("system", "getoutput") and len(words) == 1:
        yield f"{indent}!{words[0]}"
    elif call.func.attr in ("run_line_magic", "magic") and words:
        yield f"{indent}%{' '.join(words)}"
    elif call.func.attr == "run_cell_magic" and len(words) == 3:
        yield f"%%{words[0]}\n{words[2]}"


def blank(text: str) -> str:
    """A text of the same rows and lengths that says nothing."""
    return _NOT_NEWLINE.sub(" ", text)


def _fault(text: str) -> Fault | None:
    try:
        with warnings.catch_warnings():  # an invalid escape in somebody's string is not our user's concern
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        if _is_newer_python(text):
            return None
        row, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
        return Fault(error.msg, Position(row, column))
    except (ValueError, RecursionError, MemoryError) as error:  # a lone surrogate, a NUL
        return Fault(str(error) or "too deeply nested", Position(1, 1))
    return None


def _is_newer_python(text: str) -> bool:
    """Whether LibCST parses what the running Python can't: the quotes that 3.12 allows within an f-string."""
    if not re.search(r"\b[fFrR]{1,2}['\"]", text):
        return False
    import libcst  # not above: it costs more than all the rest, and hardly a cell comes here

    try:
        guard(text)
        libcst.parse_module(text)
    except (libcst.ParserSyntaxError, libcst.CSTValidationError, ValueError, RecursionError):
        return False
    return True


def _is_indented(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return first[:1] in {" ", "\t"}


def _neutralised(text: str, is_bare_too: bool = False) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text without IPython, and where it was; without programs that stand there as in a shell, too, if so wished."""
    pieces: list[str] = []
    blanked: list[tuple[int, int]] = []
    at = 0
    for start, end, stand_in in _magics(text, is_bare_too):
        pieces += (text[at:start], stand_in)
        blanked.append((start, end))
        at = end
    return "".join((*pieces, text[at:])), tuple(blanked)


def _magics(text: str, is_bare_too: bool) -> Iterator[tuple[int, int, str]]:
    """Start, end and stand-in of every piece of IPython."""
    if automagic := _AUTOMAGIC.fullmatch(text):
        yield automagic.start("magic"), automagic.end("magic"), _stand_in("pass", automagic["magic"])
        return
    at = 0
    while magic := _CELL_MAGIC.match(text, at):  # `%%capture` above `%%time`
        if magic["name"] not in _RUNS_BODY:
            yield magic.start("magic"), len(text), blank(text[magic.start("magic") :])
            return
        yield magic.start("magic"), magic.end("magic"), blank(magic["magic"])
        at = magic.end()
    yield from _lines(text, at, is_bare_too)


def _lines(text: str, at: int, is_bare_too: bool = False) -> Iterator[tuple[int, int, str]]:
    state = _State()
    while at < len(text) and (found := _LINE.match(text, at)) is not None:
        line, end = found.group().rstrip("\r\n"), found.end()
        magic = None if state.is_within else _STATEMENT.match(line) or _ASSIGNMENT.match(line) or _HELP.match(line)
        if magic is None and is_bare_too and not state.is_within and _fault(line.strip()) is not None:
            magic = _SHELL.match(line)
        if magic is None:
            state.feed(line)
            at = end
            continue
        start = at + magic.start("magic")
        word = _UNKNOWN if magic.re is _ASSIGNMENT else "pass"
        timed = _TIMED.match(line, magic.start("magic"))
        if timed is not None and _fault(timed["body"]) is None:
            stand_in = " " * len(timed.group()) if word == _UNKNOWN else "pass;".ljust(len(timed.group()))
            yield start, at + timed.end(), stand_in
            at = end
            continue
        stop = at + len(line)
        while text[stop - 1] == "\\" and end < len(text) and (following := _LINE.match(text, end)) is not None:
            stop, end = end + len(following.group().rstrip("\r\n")), following.end()
        yield start, stop, _stand_in(word, text[start:stop])
        at = end


def _stand_in(word: str, magic: str) -> str:
    """`word`, or a shorter one where it has no room, as long as the magic."""
    rows = blank(magic)
    if len(rows) - len(rows.lstrip(" ")) < len(word):
        word = "_" if word == _UNKNOWN else "0"
    return word + rows[len(word) :]


class _State:
    """How far a line is from being the start of a statement."""

    __slots__ = ("_continued", "_depth", "_quote")

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._continued = False

    @property
    def is_within(self) -> bool:
        """Whether the next line goes on with a statement or a string."""
        return bool(self._depth > 0 or self._quote or self._continued)

    def feed(self, line: str) -> None:
        at = 0
        comment = False
        while at < len(line):
            if self._quote:
                closing = _CLOSING[self._quote].match(line, at)
                if closing is None:
                    return
                self._quote, at = "", closing.end()
                continue
            token = _TOKEN.search(line, at)
            if token is None:
                break
            at = token.end()
            self._quote = token["triple"] or ""
            self._depth = max(0, self._depth + (token["open"] is not None) - (token["close"] is not None))
            comment = token.group().startswith("#")
        self._continued = line.endswith("\\") and not comment
