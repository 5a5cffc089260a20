"""`gclint check`, the sub-command that may be left out: what is to be checked, and what is to be done with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gcheck_lint import discover, engine
from gcheck_lint.cli import noqa, run
from gcheck_lint.cli.config import listing
from gcheck_lint.cli.options import resolver, settings_options
from gcheck_lint.errors import UsageError
from gcheck_lint.settings import Resolver


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, type=click.Path(readable=False))
@click.option("--fix", is_flag=True, help="Apply safe fixes")
@click.option("--fix-only", is_flag=True, help="Apply safe fixes, and report nothing that remains")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing")
@click.option("--show-fixes", is_flag=True, help="List the fixes that were applied")
@click.option("--add-noqa", is_flag=True, help="Silence every finding with a `# noqa` comment")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings")
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if something was fixed, even if nothing remains")
@click.option("-o", "--output-file", type=click.Path(dir_okay=False), help="Write the report to a file")
@click.option("--statistics", is_flag=True, help="Show a count for each rule instead of the findings")
@click.option("--show-files", is_flag=True, help="List the files that would be checked")
@click.option("--show-settings", is_flag=True, help="Show the settings of the first file")
@click.option("--stdin-filename", metavar="PATH", help="What the text from stdin (`-`) is called")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="When to use colours")
@click.option("-q", "--quiet", is_flag=True, help="Write findings and nothing else")
@click.option("-v", "--verbose", is_flag=True, help="Say what is read")
@settings_options
def check(paths: tuple[str, ...], **options: Any) -> int:
    """Check the PATHS (the current folder by default; `-` is stdin)."""
    for path in paths:
        if path in {"rule", "rules", "story", "config"} and not Path(path).exists():
            raise UsageError(f"no such file or directory: {path} (a sub-command comes first: `gclint {path}`)")
    choices = run.Choices.of(options)
    if options["add_noqa"] and (choices.fix or choices.fix_only or choices.diff or "-" in paths):
        raise UsageError("--add-noqa writes comments into files: it goes with none of --fix, --fix-only, --diff and `-` (stdin)")
    found = resolver(options)
    if paths == ("-",):
        return _check_stdin(choices, found, options)
    if "-" in paths:
        raise UsageError("`-` (stdin) cannot be mixed with other paths")
    files = discover.find(paths or (".",), found)
    if options["show_files"]:
        click.echo("".join(f"{file.path}\n" for file in files), nl=False)
        return 0
    settings = found.at(Path.cwd())
    if options["show_settings"]:
        folder = Path(files[0].path).absolute().parent if files else Path.cwd()
        click.echo(listing(files[0].settings if files else settings, folder), nl=False)
        return 0
    if not files:
        click.echo("warning: no Python files found under the given paths", err=True)
    if options["verbose"]:
        click.echo(f"settings: {settings.file or 'defaults'}; {len(files)} files", err=True)
    reports = [engine.check_file(file.path, file.settings) for file in files]
    by_path = {file.path: file.settings for file in files}
    if options["add_noqa"]:
        return noqa.add(reports)
    return run.Run(choices, settings, by_path).finish(reports)


def _check_stdin(choices: run.Choices, found: Resolver, options: Mapping[str, Any]) -> int:
    name = options["stdin_filename"]
    path = name or "-"
    place = Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps `..`
    settings = found.at(place.parent)
    if options["show_files"] or options["show_settings"]:
        click.echo(f"{path}\n" if options["show_files"] else listing(settings, place.parent), nl=False)
        return 0
    data = sys.stdin.buffer.read()
    whole = run.Run(choices, settings, {path: settings}, stdin=data)
    if name is not None and discover.is_left_out(place, found):
        return whole.finish([engine.FileReport(path, None)])
    report = engine.check_bytes(path, data, settings)
    return whole.finish([report])
