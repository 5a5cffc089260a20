"""What the editor's settings say, and the settings of gclint that come of it.

The names are those of ruff's editors (`lint.run`, `configurationPreference`, …). What is unknown or of the wrong type is
said and left out: a typo in an editor's settings must not silence the linter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from gcheck_lint.config import files
from gcheck_lint.config.settings import Layer, Resolver, Settings, read_layer
from gcheck_lint.errors import GclintError
from gcheck_lint.records import dataclass
from gcheck_lint.run import pipeline
from gcheck_lint.text.reading import can_exist

PREFERENCES: Final = ("editorFirst", "filesystemFirst", "editorOnly")
RUNS: Final = ("onType", "onSave")
# the editor's name -> the key of gclint.toml
KEYS: Final = {
    "lint.select": "select",
    "lint.extendSelect": "extend-select",
    "lint.ignore": "ignore",
    "lint.possible": "possible",
    "exclude": "extend-exclude",
    "unsafeFixes": "unsafe-fixes",
    "targetTransformers": "target-transformers",
}


@dataclass(frozen=True, slots=True)
class Options:
    """The editor's choices. `problems` are what could not be understood, in words."""

    enable: bool = True
    lint: bool = True
    run: str = "onType"
    fix_all: bool = True
    fix_actions: bool = True
    disable_actions: bool = True
    syntax_errors: bool = True
    inlay_hints: bool = False
    preference: str = "editorFirst"
    file: str | None = None
    values: tuple[tuple[str, Any], ...] = ()
    problems: tuple[str, ...] = ()

    def settings(self, folder: Path, root: Path) -> Settings:
        """The settings for the files of a folder; files are read anew each time. Raises GclintError."""
        known = pipeline.known_rules()
        layer = self._layer(known, root)
        if self.preference == "editorOnly":
            return Resolver(known, [layer], self._file(root), isolated=True).at(folder)
        if self.preference == "filesystemFirst":
            found = Resolver(known).at(folder)
            kept = {key: value for key, value in layer.values.items() if found.origins.get(key, "default") == "default"}
            return Resolver(known, [replace(layer, values=kept)]).at(folder)
        return Resolver(known, [layer], self._file(root)).at(folder)

    def resolver(self, root: Path) -> Resolver:
        """What `discover` asks about files that are left out."""
        known = pipeline.known_rules()
        return Resolver(known, [self._layer(known, root)], self._file(root), self.preference == "editorOnly")

    def alone(self, root: Path) -> Settings:
        """The settings when the files cannot be read."""
        known = pipeline.known_rules()
        return Resolver(known, [self._layer(known, root)], isolated=True).at(root)

    def _file(self, root: Path) -> Path | None:
        return None if self.file is None else root / files.at_home(self.file)

    def _layer(self, known: Mapping[str, str], root: Path) -> Layer:
        # what the settings leave out is left out in the editor too, though it is named by being opened
        return read_layer({**dict(self.values), "force-exclude": True}, known, _origin, root)


def read(*given: object) -> Options:
    """Options from the client's objects; the later ones win. Never raises.

    Editors wrap the same settings differently: bare, in `settings`, in `gclint`, or under dotted names.
    """
    flat: dict[str, Any] = {}
    for one in given:
        if isinstance(one, Mapping):
            found = {name.removeprefix("settings.").removeprefix("gclint."): value for name, value in _flat(one).items()}
            flat.update({name: value for name, value in found.items() if value is not None})
    reader = _Reader(flat, [])
    configuration = flat.get("configuration")
    file = configuration if isinstance(configuration, str) and configuration else None
    if file is not None and not can_exist(file):
        reader.problems.append(f"`gclint.configuration`: not a valid file name: {file[:100]!r}")
        file = None
    inline = dict(configuration) if isinstance(configuration, Mapping) else {}
    if configuration is not None and not isinstance(configuration, (str, Mapping)):
        reader.problems.append("`gclint.configuration` must be a path or an object")
    raw = {**inline, **{key: flat[name] for name, key in KEYS.items() if flat.get(name) is not None}}
    return Options(
        enable=reader.flag("enable", True),
        lint=reader.flag("lint.enable", True),
        run=reader.choice("lint.run", RUNS),
        fix_all=reader.flag("fixAll", True),
        fix_actions=reader.flag("codeAction.fixViolation.enable", True),
        disable_actions=reader.flag("codeAction.disableRuleComment.enable", True),
        syntax_errors=reader.flag("showSyntaxErrors", True),
        inlay_hints=reader.flag("inlayHints.enable", False),
        preference=reader.choice("configurationPreference", PREFERENCES),
        file=file,
        values=tuple((key, value) for key, value in raw.items() if reader.takes(key, value)),
        problems=tuple(reader.problems),
    )


@dataclass(slots=True)
class _Reader:
    flat: Mapping[str, Any]
    problems: list[str]

    def flag(self, name: str, otherwise: bool) -> bool:
        value = self.flat.get(name)
        if value is None or isinstance(value, bool):
            return otherwise if value is None else value
        self.problems.append(f"`gclint.{name}` must be true or false, not {value!r}")
        return otherwise

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.flat.get(name)
        if value is None or value in choices:
            return choices[0] if value is None else str(value)
        self.problems.append(f"`gclint.{name}` must be one of {', '.join(choices)}, not {value!r}")
        return choices[0]

    def takes(self, key: str, value: object) -> bool:
        """Whether a key of gclint.toml can be read."""
        try:
            read_layer({key: value}, pipeline.known_rules(), _origin, Path.cwd())
        except GclintError as error:
            self.problems.append(str(error))
            return False
        return True


def _origin(key: str) -> str:
    return f"the editor's setting `{next((name for name, ours in KEYS.items() if ours == key), key)}`"


def _flat(given: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    """`{"lint": {"run": "onSave"}}` as `{"lint.run": "onSave"}`. An inline configuration is a value."""
    flat: dict[str, Any] = {}
    for key, value in given.items():
        name = f"{prefix}{key}"  # what `settings.gclint.` stands before is cut off by the caller
        if isinstance(value, Mapping) and key != "configuration":
            flat.update(_flat(value, f"{name}."))
        else:
            flat[name] = value
    return flat
