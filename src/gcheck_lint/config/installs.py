"""Which versions a file itself asks for: the header of a script (PEP 723), and what a notebook installs before it runs.

The last install that surely runs wins. One under an `if`, or of a version that a variable holds, leaves open what is there, and
`pip install transformers` alone leaves what there was. `-U` alone and a repository without a tag are the newest.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import tomli

from gcheck_lint.config.dependencies import LIBRARIES, requirement
from gcheck_lint.config.releases import NEWEST
from gcheck_lint.errors import SettingsError

OPEN: Final = ""

_HEADER = re.compile(r"^# /// script$\s(?P<content>(?:^#(?:| .*)$\s)+?)^# ///$", re.MULTILINE)
_PIP: Final = r"(?:uv\s+)?(?:python3?\s+-m\s+)?pip3?\s+install\s+(?P<words>.*)"
_LINE: Final = re.compile(rf"(?P<indent>[ \t]*)[!%][ \t]*{_PIP}")
_SHELL_LINE: Final = re.compile(rf"(?P<indent>[ \t]*){_PIP}")
_SHELL: Final = re.compile(r"\s*%%(?:bash|sh)\b")
_WITH_VALUE: Final = frozenset(
    [
        "-r",
        "-c",
        "-i",
        "-f",
        "-t",
        "--requirement",
        "--constraint",
        "--index-url",
        "--extra-index-url",
        "--find-links",
        "--target",
    ]
)
_NAMED: Final = re.compile(r"(?:\b|(?<=pytorch_))(?P<library>transformers|trl|peft|torch|lightning|diffusers)\b")


def of_header(text: str) -> Mapping[str, str]:
    """What the header of a script asks for, by library."""
    found: dict[str, str] = {}
    header = _HEADER.search(text)
    if header is None:
        return found
    lines = header["content"].splitlines()
    try:
        data = tomli.loads("\n".join(line[2:] if line.startswith("# ") else line[1:] for line in lines))
    except (ValueError, RecursionError):
        return found
    listed = data.get("dependencies")
    for line in listed if isinstance(listed, list) else ():
        for library, wanted in _requirement(line, newest=False) if isinstance(line, str) else ():
            if wanted != OPEN:
                found[library] = wanted
    return found


def of_command(line: str) -> Iterator[tuple[str, str]]:
    """What a line of a shell installs, by library; `OPEN` where it says no version."""
    for part in re.split(r"\s*(?:&&|;)\s*", line):
        match = _SHELL_LINE.match(part) or _LINE.match(part)
        if match is not None:
            yield from _of_install(match["words"], bare=True)


def of_cells(cells: Iterable[str]) -> Mapping[str, str]:
    """What the cells of a notebook install, by library."""
    found: dict[str, str] = {}
    for text in cells:
        if "pip" in text:
            for library, wanted in _of_cell(text):
                found[library] = wanted
    return {library: wanted for library, wanted in found.items() if wanted != OPEN}


def _of_cell(text: str) -> Iterator[tuple[str, str]]:
    lines = re.sub(r"\\\r?\n", " ", text.strip("\r\n")).splitlines()
    shell = len(lines) == 1 or _SHELL.match(text) is not None  # in a cell of one line IPython takes `pip` for `%pip`
    for line in lines:
        for part in re.split(r"\s*(?:&&|;)\s*", line):
            later = part is not line and line.lstrip()[:1] in ("!", "%")
            match = (_SHELL_LINE if shell or later else _LINE).match(part) or _LINE.match(part)
            if match is None:
                continue
            if line[:1] in (" ", "\t"):
                yield from ((named["library"], OPEN) for named in _NAMED.finditer(match["words"]))
            else:
                yield from _of_install(match["words"])


def _of_install(line: str, *, bare: bool = False) -> Iterator[tuple[str, str]]:
    """What one `pip install` asks for. `bare`: also what it names without a version."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return
    newest = any(word in ("-U", "--upgrade", "--pre") or re.fullmatch(r"-[a-zA-Z]*U[a-zA-Z]*", word) for word in words)
    skipped = False
    for word in words:
        if skipped or word.startswith("-"):
            skipped = word in _WITH_VALUE
        elif "$" in word or "{" in word:
            yield from ((named["library"], OPEN) for named in _NAMED.finditer(word))
        else:
            yield from _requirement(word, newest=newest, bare=bare)


def _requirement(text: str, *, newest: bool, bare: bool = False) -> Iterator[tuple[str, str]]:
    """What is asked for by one requirement, unless it asks for nothing of ours or leaves it as it is."""
    try:
        told = requirement(text, "")
    except SettingsError:
        return
    if told is None or told.library not in LIBRARIES:
        return
    if str(told.wanted):
        yield told.library, str(told.wanted) if told.always else OPEN
    elif "://" in text or bare:
        yield told.library, OPEN
    elif newest:
        yield told.library, f">={NEWEST[told.library]}"
