"""`gclint config`: what can be set, what is set, and where it was set."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from gcheck_lint.cli.completion import keys
from gcheck_lint.cli.doctor import examine
from gcheck_lint.cli.options import resolver, settings_options
from gcheck_lint.cli.sections import Command, Section, option
from gcheck_lint.cli.terminal import say
from gcheck_lint.config import files
from gcheck_lint.config.keys import KEYS, Key
from gcheck_lint.config.selectors import suggest
from gcheck_lint.config.settings import Ignores, Settings
from gcheck_lint.config.targets import Projects
from gcheck_lint.errors import UsageError
from gcheck_lint.text import reading


@click.command(
    cls=Command, context_settings={"help_option_names": ["-h", "--help"]}, short_help="Explain a setting, or show the settings"
)
@click.argument("subject", metavar="[KEY|PATH]", required=False, shell_complete=keys)
@option(Section.SETTINGS, "--schema", is_flag=True, help="Print the JSON schema of the settings, for editors")
@option(Section.SETTINGS, "--doctor", is_flag=True, help="Check that other linters in the project ignore gclint's comments")
@settings_options
def config(subject: str | None, schema: bool, doctor: bool, **options: Any) -> int:
    """Explain a KEY of the settings, or show the settings that hold for a PATH (the current folder by default)."""
    if schema:
        say(reading.read_text(Path(files.__file__).with_name("schema.json")), nl=False)
        return 0
    if doctor:
        return examine(subject or ".", resolver(options))
    if subject in KEYS and not Path(subject).exists():
        say(_explained(KEYS[subject], resolver(options).at(Path.cwd())), nl=False)
        return 0
    path = Path(subject or ".").absolute()
    if not path.exists():
        raise UsageError(f"`{subject}` is neither a key nor a path{suggest(subject or '', KEYS)}")
    folder = path if path.is_dir() else path.parent
    say(listing(resolver(options).at(folder), folder), nl=False)
    return 0


def listing(settings: Settings, folder: Path) -> str:
    """All settings that hold in a folder as TOML, each with the place that it comes from."""
    projects = Projects()
    aims = {f"target-{library}": aim for library, aim in projects.aims(settings, folder).items()}
    lines = [f"# {settings.file or 'no settings file'}"]
    for key in KEYS.values():
        if key.name == "extend":
            continue
        value = _toml(aims[key.name].wanted if key.name in aims else _value(key, settings))
        origin = aims[key.name].where if key.name in aims else settings.origins.get(key.name, "default")
        lines.append(f"{key.name} = {value}  # {origin}" if value else f"# {key.name} is not set")
    enabled = sorted(settings.enabled or ())
    lines.append(f"# rules: {', '.join(enabled)}")
    bent = [aim.warning for aim in aims.values() if aim.warning is not None]
    lines += [f"# warning: {warning}" for warning in (*projects.around(folder).warnings, *bent)]
    return "".join(f"{line}\n" for line in lines)


def _explained(key: Key, settings: Settings) -> str:
    value = "" if key.name == "extend" else _toml(_value(key, settings))
    parts = [key.name, "", key.text, ""]
    if key.choices:
        parts.append(f"One of: {', '.join(key.choices)}")
    parts.append(f"Default: {_toml(key.default) or 'not set'}")
    if value:
        parts.append(f"Now: {value} ({settings.origins.get(key.name, 'default')})")
    parts += ["", "Example:", "    [tool.gclint]", f"    {key.name} = {key.example}"]
    return "".join(f"{line}\n" for line in parts)


def _value(key: Key, settings: Settings) -> object:
    return getattr(settings, key.name.replace("-", "_"))


def _toml(value: object) -> str:
    """A value as TOML; empty when there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return json.dumps(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, tuple) and value and isinstance(value[0], Ignores):
        pairs = (f"{json.dumps(_pattern(line))} = {_list(map(str, line.selectors))}" for line in value)
        return f"{{ {', '.join(pairs)} }}"
    assert isinstance(value, (tuple, list))
    return _list(map(str, value))


def _pattern(line: Ignores) -> str:
    return f"!{line.pattern}" if line.negated else str(line.pattern)


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(json.dumps(word) for word in words)}]"
