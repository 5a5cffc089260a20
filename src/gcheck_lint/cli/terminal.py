"""The one door to stdout and stderr: whatever the command says goes through here, and nothing in it is obeyed.

Names of files, keys of settings and source are other people's. Control characters in them are shown, not sent, and no line is a
command to a build service that reads the log. A house test holds that nobody prints past this module.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Final, TextIO

import click

from gcheck_lint.errors import GclintError, SettingsError
from gcheck_lint.report.paint import plain

_NARROWEST: Final = 40  # cells; on less nothing is trimmed to fit


def columns(stream: TextIO) -> int | None:
    """How many cells a row has where a stream is a terminal: what COLUMNS says, else it itself. None elsewhere."""
    try:
        if not stream.isatty():
            return None
        told = os.environ.get("COLUMNS", "")
        wide = int(told) if told.isdecimal() and int(told) else os.get_terminal_size(stream.fileno()).columns
        return max(wide, _NARROWEST) if wide else None
    except (OSError, ValueError):
        return None


def explain(error: GclintError) -> None:
    """Why a run ends; of a settings file, the line that is wrong."""
    if not isinstance(error, SettingsError) or error.spot is None:
        say(f"error: {error}", err=True)
        return
    from gcheck_lint.report import frame  # an error's last words
    from gcheck_lint.report.paint import Paint, clean, wants_color
    from gcheck_lint.text.spans import LineIndex, Position, Span

    spot, paint = error.spot, Paint(wants_color("auto", sys.stderr))
    lines = LineIndex(spot.text)
    mark = frame.Mark(Span(Position(spot.row, spot.column), Position(spot.row, spot.end)), "", "error", "^")
    gutter = len(str(frame.widest_row(lines, [mark])))
    place = f"{paint('gutter', f'{chr(32) * gutter}-->')} {clean(spot.name)}:{spot.row}:{spot.column}"
    drawn = "\n".join((place, *frame.draw(lines, [mark], gutter, paint, columns(sys.stderr))))
    say(f"error: {error.message}", err=True)
    hand_over(f"{drawn}\n", sys.stderr, paint.color)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Words of ours, with those of others in them."""
    click.echo(plain(text), err=err, nl=nl)


def hand_over(text: str, stream: TextIO | None = None, color: bool | None = None) -> None:
    """A report, or a program for a shell: whoever made it has cleaned what it holds."""
    click.echo(text, file=stream, nl=False, color=color)


def hand_over_bytes(data: bytes) -> None:
    """A patch or a fixed text, for a program to read, as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def complain(error: click.ClickException) -> None:
    """What click has to say about the command's words."""
    told = io.StringIO()
    error.show(told)
    say(told.getvalue(), err=True, nl=False)
