"""Options in sections: `--help` shows together what belongs together."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Section(enum.Enum):
    """The sections, in the order in which help shows them."""

    FIXES = "Fixes"
    RULES = "Rule selection"
    VERSIONS = "Target versions"
    FILES = "Files"
    REPORT = "Report"
    EXIT = "Exit code (0: no findings, 1: findings, 2: error)"
    KNOWN = "Existing findings"
    SETTINGS = "Settings"
    RUN = "Running"
    HELP = "Help"


class Option(click.Option):
    """An option that knows its section."""

    def __init__(self, *args: Any, section: Section = Section.HELP, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.section = section


def option(section: Section, *names: str, **rest: Any) -> Callable[[Decorated], Decorated]:
    """Adds an option of a section."""
    return click.option(*names, cls=Option, section=section, **rest)


class Command(click.Command):
    """A command whose help has sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write(self.get_params(ctx), ctx, formatter)


def write(params: Iterable[click.Parameter], ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """The help of options, section by section. What has none (`--help`) is of the last one."""
    rows: dict[Section, list[tuple[str, str]]] = {section: [] for section in Section}
    for param in params:
        record = param.get_help_record(ctx)
        if record is not None and isinstance(param, click.Option):  # arguments stand in the line of usage
            rows[param.section if isinstance(param, Option) else Section.HELP].append(record)
    for section, its in rows.items():
        if its:
            with formatter.section(section.value):
                formatter.write_dl(its)
