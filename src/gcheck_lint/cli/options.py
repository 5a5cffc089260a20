"""The options that are settings: read from the command line, handed on as a layer above the settings file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from gcheck_lint.cli.sections import Decorated, Section, option
from gcheck_lint.config import files
from gcheck_lint.config.keys import FORMATS, KEYS, SEVERITIES
from gcheck_lint.config.settings import Layer, Resolver, read_layer
from gcheck_lint.errors import SettingsError, UsageError
from gcheck_lint.prefilter.words import RULES

_RULES: Final = {"select", "ignore", "extend-select", "fixable", "unfixable"}
_LISTS: Final = {*_RULES, "exclude", "extend-exclude"}


def _formats(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses what is neither FORMAT nor FORMAT=FILE."""
    for text in given:
        name, equals, file = text.partition("=")
        if name not in FORMATS:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(map(repr, FORMATS))}.")
        if equals and not file:
            raise click.BadParameter(f"{text!r} names no file.")
    return given


def _complete_format(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in FORMATS if name.startswith(incomplete)]


def _complete_rules(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Codes for the last word of a comma-separated list."""
    before, comma, word = incomplete.rpartition(",")
    return [f"{before}{comma}{code}" for code in (*RULES, "ALL") if code.startswith(word.upper())]


def outputs(given: Sequence[str]) -> dict[str, str]:
    """The files that `--output-format FORMAT=FILE` names, each with its format. Raises UsageError."""
    files: dict[str, str] = {}
    for text in given:
        name, equals, file = text.partition("=")
        if equals and files.setdefault(file, name) != name:
            raise UsageError(f"--output-format: {file} is named for two formats")
    return files


def form_option(*pictures: str) -> Callable[[Decorated], Decorated]:
    """`--output-format` of what is told for people or for programs, and as which pictures, as `form`."""
    choices = click.Choice(["full", "json", *pictures])
    told = f"Output format: text, {'JSON, or a picture' if pictures else 'or JSON'}"
    return option(Section.REPORT, "--output-format", "form", type=choices, default="full", help=told)


def _words(section: Section, name: str, text: str) -> Callable[[Decorated], Decorated]:
    completer = _complete_rules if name in _RULES else None
    return option(section, f"--{name}", multiple=True, metavar="LIST", shell_complete=completer, help=f"{text} (comma-separated)")


def _switch(section: Section, name: str, text: str) -> Callable[[Decorated], Decorated]:
    return option(section, f"--{name}/--no-{name}", default=None, help=text)


_TARGETS: Final = (
    option(Section.VERSIONS, "--target-transformers", metavar="SPEC", help="Versions of transformers, such as '>=4.46,<5'"),
    *(
        option(Section.VERSIONS, f"--target-{name}", metavar="SPEC", help=f"Versions of {name}")
        for name in ("trl", "peft", "torch", "lightning", "diffusers")
    ),
)
_PLACES: Final = (
    option(
        Section.SETTINGS,
        "--config",
        "configs",
        multiple=True,
        metavar='FILE|"KEY = VALUE"',
        help="A settings file, or one setting",
    ),
    option(Section.SETTINGS, "--isolated", is_flag=True, help="Read no settings file"),
)
_OPTIONS: Final = (
    _words(Section.RULES, "select", "Rules to enable: codes, prefixes of codes, names, or ALL"),
    _words(Section.RULES, "ignore", "Rules to disable"),
    _words(Section.RULES, "extend-select", "Rules to enable in addition to the settings"),
    option(Section.RULES, "--per-file-ignores", multiple=True, metavar="PATTERN:RULE,...", help="Rules to disable in some files"),
    _words(Section.FIXES, "fixable", "Rules whose fixes --fix may apply"),
    _words(Section.FIXES, "unfixable", "Rules whose fixes --fix never applies"),
    _switch(Section.FIXES, "unsafe-fixes", "Include unsafe fixes in --fix and --diff"),
    _switch(Section.RULES, "possible", "Also show possible findings"),
    _switch(Section.RULES, "test-code", "Check test code like any other code"),
    _switch(Section.RULES, "ignore-noqa", "Also report findings that comments suppress"),
    option(
        Section.RULES,
        "--min-severity",
        type=click.Choice(SEVERITIES),
        help="The lowest severity to show, count and fix",
    ),
    option(
        Section.EXIT,
        "--fail-on",
        type=click.Choice(SEVERITIES),
        help="The lowest shown severity that sets exit code 1",
    ),
    option(
        Section.RUN,
        "--timeout",
        type=click.FloatRange(0, 1e6, max_open=True),
        metavar="SECONDS",
        help="Time limit per file",
    ),
    option(
        Section.REPORT,
        "--output-format",
        multiple=True,
        metavar="FORMAT[=FILE]",
        callback=_formats,
        shell_complete=_complete_format,
        envvar="GCLINT_OUTPUT_FORMAT",
        help=f"Output format: {', '.join(FORMATS)}. FORMAT=FILE also writes a file; may be repeated",
    ),
    *_TARGETS,
    _words(Section.FILES, "exclude", "Files and folders to exclude"),
    _words(Section.FILES, "extend-exclude", "Files and folders to exclude in addition to the settings"),
    _switch(Section.FILES, "force-exclude", "Exclude paths even if they are given on the command line"),
    _switch(Section.FILES, "respect-gitignore", "Exclude what git ignores"),
    *_PLACES,
)


def settings_options(command: Decorated) -> Decorated:
    """Adds all of them to a command, in the order above."""
    return _added(command, _OPTIONS)


def target_options(command: Decorated) -> Decorated:
    """Adds those that say which versions a file is judged for: all that counts where no rule is asked."""
    return _added(command, (*_TARGETS, *_PLACES))


def _added(command: Decorated, options: Sequence[Callable[[Decorated], Decorated]]) -> Decorated:
    for add in reversed(options):
        command = add(command)
    return command


def resolver(options: Mapping[str, Any]) -> Resolver:
    """The settings that a command's options ask for. Takes what it does not know for another's option."""
    file: Path | None = None
    layers: list[Layer] = []
    for text in options["configs"]:
        if Path(text).is_file():
            if file is not None:
                raise UsageError("--config names two files")
            file = Path(text)
        elif "=" in text:
            origin = f"--config '{text}'"
            inline = files.parse(text, origin)
            if "extend" in inline:
                raise UsageError(f"{origin}: `extend` only works in a settings file; use `--config FILE`")
            layers.append(read_layer(inline, RULES, lambda _, origin=origin: origin, Path.cwd()))  # type: ignore[misc]
        else:
            raise UsageError(f"--config: no such file: {text} (and it is not `key = value`)")
    if file is not None and options["isolated"]:
        raise UsageError("--isolated cannot be combined with a settings file in --config")
    raw = {key: value for key in KEYS if (value := _value(key, options.get(key.replace("-", "_")))) is not None}
    layers.append(read_layer(raw, RULES, lambda key: f"--{key}", Path.cwd()))
    return Resolver(RULES, layers, file, options["isolated"])


def _value(key: str, given: Any) -> Any:
    if given is None or given == ():
        return None
    if key == "output-format":
        return next((text for text in reversed(given) if "=" not in text), None)
    if key in _LISTS:
        return [word.strip() for text in given for word in text.split(",")]
    if key == "per-file-ignores":
        return _ignores(given)
    return given


def _ignores(given: Sequence[str]) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for text in given:
        for pair in text.split(","):
            pattern, colon, rule = pair.rpartition(":")
            if not colon or not pattern:
                raise SettingsError(f"--per-file-ignores: `{pair}` is not PATTERN:RULE")
            pairs.setdefault(pattern.strip(), []).append(rule.strip())
    return pairs
