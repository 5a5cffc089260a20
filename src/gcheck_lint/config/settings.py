"""What the user wants: `pyproject.toml`, `gclint.toml` and the command line become one frozen `Settings`.

The closest settings file counts alone, it is not merged with those above it (`extend` names one to build on); where there is
none, the user's own one counts. Layers, the later wins: defaults, `extend`ed file, file, `--config "key = value"`, options.
Anything unknown is an error that says where it was written.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from gcheck_lint import __version__
from gcheck_lint.config import files
from gcheck_lint.config.globs import Glob
from gcheck_lint.config.keys import ALL, DEFAULT_EXCLUDE, DEFAULT_INCLUDE, KEYS, MOST_JOBS, SEVERITIES, Key
from gcheck_lint.config.selectors import Choice, Selector, parse, resolve, suggest
from gcheck_lint.errors import SettingsError, one_line
from gcheck_lint.records import dataclass
from gcheck_lint.text.reading import can_exist

_REQUIRED: Final = "required-version"
_CACHE: Final = "cache-dir"


@dataclass(frozen=True, slots=True)
class Ignores:
    """One line of `per-file-ignores`. A pattern with `!` names the files that are spared."""

    pattern: Glob
    selectors: tuple[Selector, ...]
    negated: bool = False

    def codes(self, path: Path) -> frozenset[str]:
        """The rules that are off in `path` (absolute)."""
        if self.pattern.matches(path) is self.negated:
            return frozenset()
        return frozenset().union(*(selector.codes for selector in self.selectors))


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's choices. `enabled` and `fixable_codes` None: every rule. `origins` says where each key was set."""

    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: tuple[Ignores, ...] = ()
    fixable: tuple[str, ...] = (ALL,)
    unfixable: tuple[str, ...] = ()
    include: tuple[Glob, ...] = tuple(Glob(name, Path("/")) for name in DEFAULT_INCLUDE)
    exclude: tuple[Glob, ...] = tuple(Glob(name, Path("/")) for name in DEFAULT_EXCLUDE)
    extend_exclude: tuple[Glob, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    possible: bool = False
    test_code: bool = False
    ignore_noqa: bool = False
    min_severity: str = "warning"
    fail_on: str = "info"
    timeout: float = 120
    fix: bool = False
    unsafe_fixes: bool = False
    jobs: int | None = None
    cache_dir: str | None = None
    required_version: str | None = None
    output_format: str = "full"
    target_transformers: str | None = None
    target_trl: str | None = None
    target_peft: str | None = None
    target_torch: str | None = None
    target_lightning: str | None = None
    target_diffusers: str | None = None
    enabled: frozenset[str] | None = None
    fixable_codes: frozenset[str] | None = None
    file: Path | None = None
    origins: Mapping[str, str] = field(default_factory=dict)

    def reports(self, code: str, path: Path) -> bool:
        """Whether a rule is on in a file (absolute path)."""
        if self.enabled is not None and code not in self.enabled:
            return False
        return not any(code in ignores.codes(path) for ignores in self.per_file_ignores)

    def shows(self, severity: object) -> bool:
        """Whether findings of a severity are shown to people, count for the exit code and are fixed."""
        return SEVERITIES.index(str(severity)) >= SEVERITIES.index(self.min_severity)

    def fails(self, severity: object) -> bool:
        """Whether a finding of a severity makes the exit code 1."""
        return self.shows(severity) and SEVERITIES.index(str(severity)) >= SEVERITIES.index(self.fail_on)

    def fixes(self, code: str) -> bool:
        """Whether `--fix` may use a rule's fixes."""
        return self.fixable_codes is None or code in self.fixable_codes

    def excludes(self, path: Path) -> bool:
        """Whether a file or folder (absolute path) is left out by its own name or place."""
        return any(pattern.matches(path) for pattern in (*self.exclude, *self.extend_exclude))


@dataclass(frozen=True, slots=True)
class Layer:
    """Values that were read from one place, each with the words for that place."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]
    file: Path | None = None


class Resolver:
    """Finds the settings that hold in a folder, and remembers them."""

    def __init__(
        self,
        known: Mapping[str, str],
        overrides: Sequence[Layer] = (),
        file: Path | None = None,
        isolated: bool = False,
    ) -> None:
        self._known = known
        self._overrides = tuple(overrides)
        self._isolated = isolated
        self._by_folder: dict[Path, Settings] = {}
        self._nowhere = self._combine([])
        self._only: Settings | None = self._nowhere if isolated else None
        if file is not None:
            self._only = self._combine(_read_chain(file, known))

    def at(self, folder: Path) -> Settings:
        """The settings for the files of a folder. Raises SettingsError."""
        if self._only is not None:
            return self._only
        folder = folder.absolute()
        if folder not in self._by_folder:
            file = files.of_folder(folder)
            if file is not None:
                self._by_folder[folder] = self._combine(_read_chain(file, self._known))
            elif folder.parent == folder:
                self._by_folder[folder] = self._users()
            else:
                self._by_folder[folder] = self.at(folder.parent)
        return self._by_folder[folder]

    def _users(self) -> Settings:
        """What holds where no project says anything: the user's own file, else the defaults."""
        file = files.of_user()
        return self._nowhere if file is None else self._combine(_read_chain(file, self._known, is_users=True))

    def _combine(self, read: Sequence[Layer]) -> Settings:
        layers = [_defaults(self._known), *read, *self._overrides]
        first_override = len(layers) - len(self._overrides)
        values: dict[str, Any] = {}
        origins: dict[str, str] = {}
        for position, layer in enumerate(layers):
            if "select" in layer.values:  # a later `select` starts over
                for key in ("ignore", "extend-select"):
                    values[key], origins[key] = (), "default"
            for key, value in layer.values.items():
                # an option adds to what the file ignores or selects besides; it replaces everything else
                adds = key in {"ignore", "extend-select", "extend-exclude", "unfixable"} and position >= first_override
                values[key] = (*values.get(key, ()), *value) if adds else value
                origins[key] = layer.origins[key]
        enabled = resolve((_choice(layer, "select", "extend-select", "ignore") for layer in layers), self._known)
        fixable = resolve((_choice(layer, "fixable", "", "unfixable") for layer in layers), self._known)
        values.pop("extend", None)
        fields = {key.replace("-", "_"): _shown(value) for key, value in values.items()}
        file = next((layer.file for layer in reversed(read) if layer.file), None)
        return Settings(**fields, enabled=enabled, fixable_codes=fixable, file=file, origins=origins)


def read_layer(
    raw: Mapping[str, object],
    known: Mapping[str, str],
    origin: Callable[[str], str],
    root: Path,
    table: files.Table | None = None,
) -> Layer:
    """Checks raw values (of TOML, or of options) and gives them their types. Raises SettingsError, with its place in a file."""
    values: dict[str, Any] = {}
    for name, value in raw.items():
        try:
            if name not in KEYS:
                place = origin(name).removesuffix(f" {name}")
                hint = files.misplaced(name, value, table) or suggest(name.replace("_", "-"), KEYS)
                raise SettingsError(f"unknown key `{name}` in {place}{hint}")
            values[name] = _typed(KEYS[name], value, known, origin(name), root)
        except SettingsError as error:
            raise (error if table is None else table.located(error, name)) from error
    return Layer(values, {name: origin(name) for name in values}, None if table is None else table.file)


def _defaults(known: Mapping[str, str]) -> Layer:
    raw = {key.name: key.default for key in KEYS.values() if key.default is not None}
    return read_layer(raw, known, lambda _: "default", Path("/"))


def _read_chain(file: Path, known: Mapping[str, str], is_users: bool = False) -> list[Layer]:
    """The layers of a settings file, what it extends first. `is_users`: it is the user's own, and trusted with all keys."""
    layers: list[Layer] = []
    seen: list[Path] = []
    following: Path | None = file
    while following is not None:
        here = following.absolute()
        if here.resolve() in seen:
            raise SettingsError(f"{files.name(file)} extends itself through {files.name(here)}")
        seen.append(here.resolve())
        table = files.read(here)
        origin = _origin_in(table)
        _check(table, _REQUIRED, lambda value, origin=origin: _check_version(value, origin(_REQUIRED)))  # type: ignore[misc]
        layer = read_layer(table.values, known, origin, here.parent, table)
        if not is_users:
            _check(table, _CACHE, lambda _, layer=layer, origin=origin: _check_folder(layer, origin(_CACHE)))  # type: ignore[misc]
        layers.insert(0, layer)
        extended = layer.values.get("extend")
        following = None if extended is None else here.parent / files.at_home(extended)
    return layers


def _origin_in(table: files.Table) -> Callable[[str], str]:
    return lambda key: f"{table.place} {key}"


def _check(table: files.Table, key: str, check: Callable[[object], None]) -> None:
    """Checks what a file says about a key, if it says anything. Raises SettingsError with its place."""
    if key not in table.values:
        return
    try:
        check(table.values[key])
    except SettingsError as error:
        raise table.located(error, key) from error


def _check_folder(layer: Layer, origin: str) -> None:
    """Refuses a folder out of the project: the file may be a stranger's, and what is written there is deleted some day."""
    assert layer.file is not None
    if layer.file.parent.resolve() not in Path(layer.values[_CACHE]).resolve().parents:
        raise SettingsError(
            f"{origin}: a project's cache must be inside the project; your own settings file, --{_CACHE} and GCLINT_CACHE_DIR "
            "can name any folder"
        )


def _check_version(wanted: object, origin: str) -> None:
    """Refuses settings that are written for another gclint. What is no text is an error of another kind."""
    if not isinstance(wanted, str):
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # takes long to import

    told = one_line(wanted)
    try:
        wants = SpecifierSet(wanted)
    except InvalidSpecifier as error:
        raise SettingsError(f"{origin}: `{told}` is not a version specifier, such as `>={__version__}`", wanted) from error
    if not wants.contains(__version__, prereleases=True):
        raise SettingsError(f"{origin}: these settings require gclint {told}, and this is {__version__}", wanted)


def _typed(key: Key, value: object, known: Mapping[str, str], origin: str, root: Path) -> Any:
    match key.kind:
        case "selectors":
            return tuple(parse(text, known, origin) for text in _words(value, origin))
        case "patterns":
            return tuple(Glob(text, root) for text in _words(value, origin))
        case "ignores":
            if not isinstance(value, dict):
                raise SettingsError(f"{origin} must be a table of patterns and lists of rules")
            return tuple(_ignores(pattern, rules, known, origin, root) for pattern, rules in value.items())
        case "flag":
            if not isinstance(value, bool):
                raise SettingsError(f"{origin} must be true or false, not {reprlib.repr(value)}")
            return value
        case "seconds":
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e6:
                raise SettingsError(f"{origin} must be a number of seconds, not {reprlib.repr(value)}")
            return value
        case "count":
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_JOBS:
                raise SettingsError(f"{origin} must be a number from 1 to {MOST_JOBS}, not {reprlib.repr(value)}")
            return value
        case "choice":
            if value not in key.choices:
                near = suggest(str(value), key.choices)
                raise SettingsError(
                    f"{origin} must be one of {', '.join(key.choices)}, not {reprlib.repr(value)}{near}", _text(value)
                )
            return value
        case _:
            if not isinstance(value, str):
                raise SettingsError(f"{origin} must be a string, not {reprlib.repr(value)}")
            if key.kind in {"path", "folder"} and not can_exist(value):
                raise SettingsError(f"{origin}: not a valid file name: {reprlib.repr(value)}")
            if key.kind == "specifier":
                _check_target(key, value, origin)
            if key.kind == "version":
                _check_version(value, origin)
            return _folder(value, root, origin) if key.kind == "folder" else value


def _folder(value: str, root: Path, origin: str) -> str:
    try:
        if value.strip():
            return str(root / files.at_home(value))
    except RuntimeError as error:  # the home of a user that there is not
        raise SettingsError(f"{origin}: {error}", value) from error
    raise SettingsError(f"{origin} must name a folder", value)


def _check_target(key: Key, value: str, origin: str) -> None:
    """Refuses versions for which nothing could be judged: what asks for none of those that are known is never green."""
    from gcheck_lint.config.bounds import refusal  # `packaging` takes long to import
    from gcheck_lint.versions import Specifier

    try:
        refused = refusal(key.name.removeprefix("target-"), Specifier.parse(value))
    except SettingsError as error:
        raise SettingsError(f"{origin}: {error}", value) from error
    if refused is not None:
        raise SettingsError(f"{origin}: {refused}", value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _words(value: object, origin: str) -> Iterable[str]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(word, str) for word in value):
        raise SettingsError(f"{origin} must be a list of strings, not {reprlib.repr(value)}")
    return [word for word in value if word.strip()]


def _ignores(pattern: str, rules: object, known: Mapping[str, str], origin: str, root: Path) -> Ignores:
    selectors = tuple(parse(text, known, origin) for text in _words(rules, origin))
    return Ignores(Glob(pattern.removeprefix("!"), root), selectors, pattern.startswith("!"))


def _choice(layer: Layer, select: str, extend: str, ignore: str) -> Choice:
    return Choice(layer.values.get(select), layer.values.get(extend, ()), layer.values.get(ignore, ()))


def _shown(value: Any) -> Any:
    if isinstance(value, tuple) and value and isinstance(value[0], Selector):
        return tuple(str(selector) for selector in value)
    return value
