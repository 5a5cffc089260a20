"""docs/tutorial.md: its commands are run in one folder. What they print stands in the page, and on the site as pictures.

A fence with a title (```python title="train.py") writes a file; a fence `console` runs its commands, which begin with `$ gclint`.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import terminal
from click.testing import CliRunner

_WIDE: Final = 100  # cells, so that the letters of all pictures are as large
_FENCE: Final = re.compile(r'^```(?P<info>console|\w+ title="(?P<file>[\w.]+)")\n(?P<text>.*?)^```$', re.M | re.S)


def rewritten(text: str) -> str:
    """The page with what the commands print today."""
    return _replaced(text, lambda outputs, _: "```console\n" + "".join(terminal.plain(one) for one in outputs) + "```")


def pictured(text: str, folder: Path) -> str:
    """The page with a picture in the place of each fence of commands; the text stays below it, for whoever can't see it."""

    def picture(outputs: list[str], number: int) -> str:
        name = f"tutorial-{number}.svg"
        shown = "".join(outputs)
        commands = ", ".join(f"`{one.split(chr(10), 1)[0].removeprefix('$ ')}`" for one in outputs)
        (folder / name).write_text(terminal.svg(shown, f"A terminal: {commands.replace('`', '')}", _WIDE), encoding="utf-8")
        region = f'<div class="gclint-terminal" tabindex="0" role="region" aria-label="Terminal {number}" markdown>'
        image = f"{region}\n![What {commands.replace('`', '')} prints](images/{name})\n</div>"
        words = "\n".join(f"    {line}".rstrip() for line in f"```console\n{terminal.plain(shown)}```".split("\n"))
        return f'{image}\n\n??? note "The same as text"\n\n{words}'

    return _replaced(text, picture)


def printed(text: str) -> list[str]:
    """What the fences of commands print, one after the other, in colours."""
    outputs: list[str] = []
    _replaced(text, lambda told, _: outputs.append("".join(told)) or "")
    return outputs


def _replaced(text: str, made: Callable[[list[str], int], str]) -> str:
    parts: list[str] = []
    last, number = 0, 0
    with tempfile.TemporaryDirectory() as folder, _within(Path(folder)):
        for found in _FENCE.finditer(text):
            if found["file"]:
                Path(found["file"]).write_text(found["text"], encoding="utf-8")
                continue
            number += 1
            commands = [line.removeprefix("$ ") for line in found["text"].splitlines() if line.startswith("$ ")]
            parts += [text[last : found.start()], made([_run(command) for command in commands], number)]
            last = found.end()
    return "".join((*parts, text[last:]))


@contextlib.contextmanager
def _within(folder: Path) -> Iterator[None]:
    """In another folder, with settings of nobody."""
    before, kept = Path.cwd(), dict(os.environ)
    os.environ.update({"GCLINT_NO_CACHE": "1", "FORCE_COLOR": "1", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)})
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "NO_COLOR", "FORCE_HYPERLINK", "GCLINT_OUTPUT_FORMAT"):
        os.environ.pop(name, None)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(kept)


def _run(command: str) -> str:
    """A command and what it prints, in colours. Raises ValueError where it is none of gclint's, or breaks."""
    from gcheck_lint.cli.entry import gclint

    program, *words = shlex.split(command)
    if program != "gclint":
        raise ValueError(f"the tutorial runs gclint alone: {command}")
    done = CliRunner().invoke(gclint, words, color=True, prog_name="gclint")
    if done.exit_code not in (0, 1):
        raise ValueError(f"{command} ends with {done.exit_code}: {done.output}")
    return f"$ {command}\n{done.output.rstrip()}\n"
