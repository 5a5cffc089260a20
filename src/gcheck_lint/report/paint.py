"""Colours, and what a terminal makes of a text: where its columns are, and nothing that it would obey.

Source lines and file names are other people's: control characters in them are shown, not sent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TextIO

from gcheck_lint.records import dataclass
from gcheck_lint.report import width

if TYPE_CHECKING:
    from gcheck_lint.findings.diagnostics import Severity

TAB: Final = 4
_CODES: Final = {
    "bold": "1",
    "heading": "1;94",
    "code": "36",
    "gutter": "1;94",
    "error": "1;91",
    "warning": "1;93",
    "info": "1;96",
    "star": "1;96",
    "help": "1;96",
    "related": "1;94",
    "minus": "31",
    "plus": "32",
}


# terminals that follow OSC 8, by what they set
_TERMS: Final = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm")
_PROGRAMS: Final = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"})
_SIGNS: Final = ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID")
_VTE: Final = 5002  # before it a link could end GNOME's terminal
_COMMAND: Final = re.compile(r"(\s*)::")  # of GitHub, at the beginning of a line
_CALL: Final = re.compile(r"#(?=#\w*\[)")  # anywhere in it


@dataclass(frozen=True, slots=True)
class Paint:
    """Wraps words in colours, or leaves them as they are. `links`: the terminal follows links, and colours are on."""

    color: bool
    links: bool = False

    def __call__(self, style: str, text: str) -> str:
        if not self.color or not style or not text:
            return text
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m"

    def severity(self, severity: Severity, text: str) -> str:
        """In the colour of a severity."""
        return self(str(severity), text)

    def link(self, text: str, url: str | None) -> str:
        """A text that leads to a page (OSC 8), where the terminal has that."""
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\" if self.color and self.links and url else text


def wants_color(choice: str, stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """What `--color`, NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE and the terminal say, in this order."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def wants_links(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal follows links: what FORCE_HYPERLINK says, else what it says of itself. The others may show rubbish."""
    forced = environment.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced != "0"
    if not stream.isatty() or environment.get("CI"):
        return False
    if environment.get("TERM", "").startswith(_TERMS) or environment.get("TERM_PROGRAM") in _PROGRAMS:
        return True
    vte = environment.get("VTE_VERSION", "")
    return (vte.isdecimal() and int(vte) >= _VTE) or any(environment.get(name) for name in _SIGNS)


def clean(text: str) -> str:
    """A text on one line that a terminal only shows, and that no build service takes for a command."""
    return "".join(_visible(letter) for letter in _harmless(text))


def named(path: str) -> str:
    """A path at the beginning of a line."""
    name = clean(path)
    return f"./{name}" if _COMMAND.match(name) else name


def plain(text: str) -> str:
    """A text of some lines, each of which is only shown."""
    lines = (clean(line.replace("\t", " " * TAB)) for line in text.split("\n"))
    return "\n".join(_COMMAND.sub(r"\1\\::", line) for line in lines)


def _harmless(text: str) -> str:
    """The text without what makes `##vso[task.setvariable …]` a command to Azure Pipelines, and `##[…]` one to GitHub."""
    return _CALL.sub("\N{REPLACEMENT CHARACTER}", text) if "##" in text else text


def lay(line: str) -> tuple[str, list[int]]:
    """A source line as it is shown, and for each of its columns (and the end) the cell in which it begins."""
    shown: list[str] = []
    cells: list[int] = []
    cell = 0
    for letter in _harmless(line):
        cells.append(cell)
        piece = " " * TAB if letter == "\t" else _visible(letter)
        shown.append(piece)
        cell += len(piece) if letter == "\t" else width.of_letter(piece)
    cells.append(cell)
    return "".join(shown), cells


def _visible(letter: str) -> str:
    if " " <= letter <= "~":
        return letter
    import unicodedata  # a library to be loaded, for letters that few texts hold

    # Cc: controls; Cf: also the bidirectional overrides of "trojan source"; Zl, Zp: line breaks to some viewers
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} else letter
