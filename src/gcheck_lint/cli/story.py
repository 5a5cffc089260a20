"""`gclint story`: what scripts do to their models, in the order they run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gcheck_lint.cli.options import form_option, resolver, target_options
from gcheck_lint.cli.sections import Command
from gcheck_lint.cli.terminal import hand_over, hand_over_bytes, say
from gcheck_lint.errors import GclintError
from gcheck_lint.report.paint import named
from gcheck_lint.run import discover, pipeline, telling
from gcheck_lint.text import reading

if TYPE_CHECKING:
    from gcheck_lint.config.settings import Settings
    from gcheck_lint.findings.diagnostics import Diagnostic
    from gcheck_lint.story import Story

_PICTURES: Final = ("svg", "html")


@click.command(
    cls=Command,
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Show what scripts do to each model, line by line",
)
@click.argument("paths", metavar="PATHS...", nargs=-1, required=True, type=click.Path(readable=False))
@form_option("svg", "html")
@target_options
def story(paths: tuple[str, ...], form: str, **options: Any) -> None:
    """Show what scripts do to each model, line by line. In folders, scripts that use no model are left out."""
    files = discover.find(paths, resolver(options))
    folders = any(Path(path).is_dir() for path in paths)
    # LibCST takes 0.16 s to import; no other sub-command but `check` needs it
    from gcheck_lint.report import stories

    asked = {os.path.abspath(path) for path in paths}  # noqa: PTH100 - Path.absolute keeps `..`
    told: list[stories.Told] = []
    silent = 0
    for file in files:
        is_asked = str(file.absolute) in asked
        try:
            if not is_asked and _is_ruled_out(file):
                silent += 1
                continue
            told_of = telling.tell(file.path, file.settings)
            one = stories.Told(file.path, told_of, findings=_findings(told_of, file.settings) if form in _PICTURES else ())
        except GclintError as error:
            if not folders and len(files) == 1:
                raise
            say(f"warning: {error}", err=True)
            one = stories.Told(file.path, None, str(error))
        if one.is_empty and not is_asked:
            silent += 1
        else:
            told.append(one)
    if form == "json":
        hand_over(stories.json(told))
        return
    if form in _PICTURES:
        from gcheck_lint.report import picture, webpage

        drawn = picture.svg(told) if form == "svg" else webpage.of_stories(told)
        hand_over_bytes(drawn.encode("utf-8", "replace"))
        return
    is_one = len(paths) == 1 and not folders
    text = "\n\n".join(stories.render(one.story) for one in told if one.story) if is_one else stories.text(told)
    if text:
        say(text)
    if silent:
        files_ = "1 file" if silent == 1 else f"{silent} files"
        say(f"{chr(10) if text else ''}In {files_}{' more' if text else ''} no model is used.")


def _findings(story: Story, settings: Settings) -> tuple[Diagnostic, ...]:
    """What `gclint check` shows of a file."""
    report = pipeline.check(story.module.source, settings)
    return tuple(one for one in report.diagnostics if settings.shows(one.severity))


def _is_ruled_out(file: discover.File) -> bool:
    """Whether its bytes alone say that nothing happens there."""
    try:
        return pipeline.is_ruled_out(file.path, reading.read_linted(file.path))
    except OSError as error:
        raise GclintError(f"{named(file.path)} cannot be read: {error.strerror or error}") from error
