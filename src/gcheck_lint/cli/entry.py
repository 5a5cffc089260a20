"""The command `gclint`: which sub-command is meant, and how the run ends."""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from gcheck_lint import __version__
from gcheck_lint.cli import sections
from gcheck_lint.cli.terminal import complain, explain, say
from gcheck_lint.errors import GclintError
from gcheck_lint.run import garbage

_OWN_OPTIONS: Final = {"--help", "-h", "--version", "-V"}
# where each sub-command is; a run needs one of them, and the others bring imports of their own
_MODULES: Final = {
    "check": "check",
    "rule": "rules",
    "rules": "rules",
    "story": "story",
    "log": "log",
    "config": "config",
    "survey": "survey",
    "server": "server",
    "completion": "completion",
    "clean": "caches",
}
_ALSO: Final = {"explain": "rule"}  # what other tools call it


class _OutputError(Exception):
    """An OSError of the run itself, out of click's reach."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class Face(click.Group):
    """A group whose first sub-command, `check`, may be left out: `gclint train.py` is `gclint check train.py`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all sub-commands."""
        return list(_MODULES)

    def hint(self, ctx: click.Context, word: str) -> str:
        """What somebody may have meant who typed a word in the place of a path; empty where it is like nothing."""
        from gcheck_lint.config.selectors import nearest
        from gcheck_lint.prefilter.words import RULES

        if word.upper() in RULES or word.lower() in RULES.values():
            return f"rule {word}"
        check = self.get_command(ctx, "check")
        assert check is not None
        known = {name for param in (*self.get_params(ctx), *check.params) for name in param.opts}
        if f"--{word}" in known:
            return f"--{word}"
        return nearest(word, (*_MODULES, *_ALSO))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A sub-command, imported now."""
        if cmd_name not in _MODULES:
            return None
        found = getattr(importlib.import_module(f"gcheck_lint.cli.{_MODULES[cmd_name]}"), cmd_name)
        assert isinstance(found, click.Command)
        return found

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] in _ALSO:
            args = [_ALSO[args[0]], *args[1:]]
        # only the first word can name a sub-command, so that an option's value or a path never does by accident
        if not args or (args[0] not in _MODULES and args[0] not in _OWN_OPTIONS):
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "[OPTIONS] [PATHS]...")
        formatter.write_usage(ctx.command_path, f"{'|'.join(_MODULES)} ...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        check = self.get_command(ctx, "check")
        assert check is not None
        sections.write([*self.get_params(ctx), *check.params], ctx, formatter)
        self.format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the sub-command."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            # click would end the run with 1, which is for findings, when the reader has gone (`gclint | head`)
            raise _OutputError(error) from error

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Runs the command and exits: 0 nothing found, 1 findings, 2 an error of the user's or of ours."""
        garbage.hold_back()
        for name in ("stdin", "stdout", "stderr"):
            if getattr(sys, name) is None:  # closed by the shell (`>&-`)
                setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: PTH123, SIM115
        for stream in (sys.stdout, sys.stderr):
            # a file name with bytes that are no text is shown with escapes instead of ending the run
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        if os.environ.get("_GCLINT_COMPLETE", "").startswith("powershell"):
            importlib.import_module("gcheck_lint.cli.completion")  # it tells click of this shell
        extra["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **extra)
            sys.stdout.flush()
        except click.ClickException as error:
            complain(error)
            code = 2
        except GclintError as error:
            explain(error)
            code = 2
        except RecursionError as error:
            say(f"error: {error}", err=True)
            code = 2
        except (click.Abort, KeyboardInterrupt):
            code = 130
        except (_OutputError, OSError) as caught:
            failed = caught.error if isinstance(caught, _OutputError) else caught
            gone = failed.errno == errno.EPIPE
            if not gone:
                place = failed.filename or "cannot write the output"
                say(f"error: {place}: {failed.strerror or failed}", err=True)
            # without this Python complains once more at exit
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 141 if gone else 2
        gc.freeze()  # Python looks through all there is for what leads round in a ring, at its end: a tenth of a short run
        sys.exit(code if isinstance(code, int) else 0)


@click.group(cls=Face, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="gclint %(version)s")
def gclint() -> None:
    """Find mistakes with gradient checkpointing and the KV cache in training scripts.

    Without a sub-command, gclint checks PATHS (default: the current folder; `-` is stdin). Write a path that has the
    name of a sub-command as `./rules`.
    """
