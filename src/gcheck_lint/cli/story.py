"""`gclint story FILE`: what the script does to its models, in the order it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gcheck_lint.cli.options import resolver, target_options
from gcheck_lint.cli.sections import Command
from gcheck_lint.cli.terminal import say
from gcheck_lint.errors import GclintError


@click.command(
    cls=Command, context_settings={"help_option_names": ["-h", "--help"]}, short_help="Tell what a script does, line by line"
)
@click.argument("file", type=click.Path(readable=False))
@target_options
def story(file: str, **options: Any) -> None:
    """Tell what a script does: loads, switches, trainings, saves, line by line."""
    # LibCST takes 0.16 s to import; no other sub-command but `check` needs it
    from gcheck_lint import story as stories
    from gcheck_lint.python import syntax
    from gcheck_lint.run import aims, pipeline

    settings = resolver(options).at(Path(file).absolute().parent)
    try:
        module = pipeline.parsed(file)
    except syntax.ParseError as error:
        raise GclintError(f"{file}:{error.position.row}:{error.position.column}: {error.message}") from error
    target = stories.Target.of(**aims.wanted(file, settings, module.source))
    say(stories.render(stories.interpret(module, target, pipeline.program())).rstrip("\n"))
