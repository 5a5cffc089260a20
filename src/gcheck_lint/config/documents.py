"""Which versions the documents of a project say are installed: `pip install transformers==4.33.2` in its README.

Only commands in a block of code count, no prose, and of these only what has a version. Commands that differ are alternatives; one
without a version, or for a repository, leaves it open what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final

from gcheck_lint.config.dependencies import is_dependency_file
from gcheck_lint.config.dependencies.mentions import Mention, shown
from gcheck_lint.config.dependencies.texts import text_of
from gcheck_lint.config.installs import OPEN, of_command
from gcheck_lint.config.releases import NEWEST
from gcheck_lint.versions import Specifier

NAMES: Final = ("README*.md", "INSTALL*.md", "install*.md")
_FOLDERS: Final = ("docs", "doc")  # below a folder, where its page about the installation may lie
_NAME: Final = re.compile(r"(?P<kind>readme|install)[^/]*\.md\Z", re.IGNORECASE)
_FENCE: Final = re.compile(r"[ \t]*(?:>[ \t]*)*(?P<fence>`{3,}|~{3,})")
_PROMPT: Final = re.compile(r"[ \t]*(?:\$|>|\(\w+\)[ \t]*\$?)[ \t]+")


def says_versions(path: PurePath) -> bool:
    """Whether a file, by its name, may say which versions a project is for."""
    return is_dependency_file(path) or any(path.match(name) for name in NAMES)


def read(folder: Path) -> list[Mention]:
    """What the documents of a folder say; nothing for a library of which they leave it open."""
    told = [mention for path in _documents(folder) for mention in _read(path)]
    left_open = {one.library for one in told if not str(one.wanted)}
    return [one for one in told if one.library not in left_open]


def _documents(folder: Path) -> Iterator[Path]:
    for place in (folder, *(folder / name for name in _FOLDERS)):
        try:
            names = sorted(path.name for path in place.iterdir())
        except OSError:
            continue
        for name in names:
            match = _NAME.match(name)
            if match is not None and (place == folder or match["kind"].lower() == "install"):
                yield place / name


def _read(path: Path) -> Iterator[Mention]:
    try:
        text = text_of(path)
    except (OSError, ValueError):
        return
    for row, line in _commands(text) if "pip" in text else ():
        for library, wanted in of_command(line):
            # what was newest when the document was written is not what is newest now
            is_open = wanted in (OPEN, f">={NEWEST[library]}")
            yield Mention(library, Specifier.parse("" if is_open else wanted), f"{shown(path)}:{row}")


def _commands(text: str) -> Iterator[tuple[int, str]]:
    """The lines of all blocks of code, without a prompt, each with its number; one that goes on counts where it begins."""
    fence, whole, begun = "", "", 0
    for row, line in enumerate(text.splitlines(), 1):
        match = _FENCE.match(line)
        if match is not None and (not fence or match["fence"].startswith(fence)):
            fence, whole, begun = "" if fence else match["fence"], "", 0
            continue
        if not fence:
            continue
        whole, begun = whole + (line if begun else _PROMPT.sub("", line, count=1)), begun or row
        if whole.endswith("\\"):
            whole = f"{whole[:-1]} "
            continue
        yield begun, whole
        whole, begun = "", 0
