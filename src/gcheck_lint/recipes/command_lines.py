"""One command line: what starts Python in it, which script or module, and what that is passed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from gcheck_lint.recipes import launchers
from gcheck_lint.recipes.model import UNKNOWN, Entry, Place, Recipe
from gcheck_lint.recipes.traced import MANY, Traced
from gcheck_lint.records import dataclass

CommandKind = Literal["shell", "make", "launch"]

_NAMED_REST: Final = re.compile(r"\$\$?[{(]?(?:[@*]|\w*(?:ARG|OPT|FLAG|PARAM|EXTRA))", re.IGNORECASE)
_MODULE: Final = frozenset({"m", "module"})
_OPTION: Final = re.compile(r"--?[A-Za-z_?\0\1]")
_ASSIGNED: Final = re.compile(r"(\+{0,2})([A-Za-z_@][\w@./:-]*(?:\[[\w.-]*\][\w./-]*)*)=")
_FILE: Final = re.compile(r".*\.(?:ya?ml|json)", re.DOTALL | re.IGNORECASE)
_CONFIG_NAMES: Final = frozenset({"config_name", "cn"})


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command line that starts Python."""

    script: str | None
    module: str | None
    place: Place
    entries: tuple[Entry, ...]
    positionals: tuple[Entry, ...]
    files: tuple[Entry, ...]
    launcher: tuple[Entry, ...]
    is_open: bool

    def recipe(self, path: str, kind: CommandKind, source: str, folder: str | None) -> Recipe:
        """The same as a recipe."""
        return Recipe(
            path=path,
            kind=kind,
            text=source,
            entries=self.entries,
            script=self.script,
            module=self.module,
            script_place=self.place,
            files=self.files,
            is_open=self.is_open,
            positionals=self.positionals,
            launcher=self.launcher,
            folder=folder,
        )


def read(words: Sequence[Traced], source: str) -> CommandLine | None:
    """What a command line starts; None where that is no script and no module of Python."""
    if not words or _base(words[0]) in launchers.NEVER:
        return None
    at, launcher = _begin(words)
    found = _Reader(words, source, at, launcher).read() if launcher is not None else None
    if found is None or launcher == "itself" or _launcher(words, 0) is not None:
        return found
    # behind a command that may be any: `sudo apt install python3 ninja` starts nothing
    return found if found.script is None or found.script.endswith(".py") or "$" in found.script else None


def _begin(words: Sequence[Traced]) -> tuple[int, str | None]:
    """Where the launcher's options begin, and which launcher it is."""
    for number in range(len(words)):
        launcher = _launcher(words, number)
        if launcher is not None:
            return number + 1 + (launcher == "accelerate"), launcher
        if number == 0 and _is_script(words[0]):
            return 0, "itself"
    if _base(words[0]) in launchers.BEFORE or not words[0].is_known:  # `$LAUNCHER train.py`, `srun train.py`
        at = next((number for number, word in enumerate(words) if number and _is_script(word)), None)
        if at is not None:
            return at, "itself"
    return 0, None


def _launcher(words: Sequence[Traced], number: int) -> str | None:
    word = words[number]
    if not word.is_known:
        return None
    if launchers.PYTHON.fullmatch(word.text):
        return "python"
    name = _base(word)
    if name in ("torchrun", "deepspeed"):
        return name
    following = words[number + 1].text if number + 1 < len(words) else ""
    return "accelerate" if name == "accelerate" and following == "launch" else None


def _base(word: Traced) -> str:
    return re.split(r"[/\\]", word.text)[-1]


def _is_script(word: Traced) -> bool:
    return word.text.endswith(".py") and not word.text.startswith("-")


def _is_option(word: Traced) -> bool:
    return _OPTION.match(word.text) is not None


class _Reader:
    def __init__(self, words: Sequence[Traced], source: str, at: int, launcher: str) -> None:
        self._words = words
        self._source = source
        self._at = at
        self._name = launcher
        self._own: list[Entry] = []
        self._is_module = False

    def read(self) -> CommandLine | None:
        if self._name != "itself" and not self._launch():
            return None
        if self._at >= len(self._words):
            return None
        target = self._words[self._at]
        rest = _Options(self._words[self._at + 1 :], self._source)
        named = self._written(target)
        own = [replace(entry, name=f"{self._name}.{entry.name}") for entry in self._own if _is_file(entry.value)]
        return CommandLine(
            script=None if self._is_module else named,
            module=named if self._is_module else None,
            place=target.place(self._source),
            entries=tuple(rest.entries.values()),
            positionals=tuple(rest.positionals),
            files=(*own, *rest.files),
            launcher=tuple(self._own),
            is_open=rest.is_open or target.is_many,  # `python $CMD` may bring options along
        )

    def _written(self, word: Traced) -> str:
        """A script's word; what is not known in it as it is written."""
        if word.is_known:
            return word.text
        place = word.place(self._source)
        written = self._source[place.start : place.end].strip("\"'")
        return written if "$" in written else "$"

    def _launch(self) -> bool:
        """Passes over the launcher's options; whether a script or a module follows."""
        while self._at < len(self._words):
            word = self._words[self._at]
            if word.text == "--" and self._name != "python":
                self._at += 1
                return True
            if not _is_option(word):
                if word.is_many and self._at + 1 < len(self._words) and self._name != "python":
                    self._at += 1  # `torchrun $DISTRIBUTED_ARGS train.py`
                    continue
                return not (self._name == "python" and word.text == "-")
            if not self._option(word):
                return False
            if self._is_module and self._name == "python":
                return self._module()
        return False

    def _option(self, word: Traced) -> bool:
        """One option of the launcher; False where what it starts is no script: `python -c`."""
        name, equals, _ = word.text.lstrip("-").partition("=")
        name = name.replace("-", "_")
        place = word.place(self._source)
        self._at += 1
        if self._name == "python":
            return self._python_option(name)
        flags = launchers.FLAGS.get(self._name, launchers.FLAGS_OF_RUNNING_MODULES)
        following = self._words[self._at] if self._at < len(self._words) else None
        if equals:
            value = word[word.text.index("=") + 1 :]
            self._own.append(Entry(name, _plain(value), value.place(self._source), place))
        elif name in flags or following is None or _is_script(following):
            self._own.append(Entry(name, True, place, place))
            self._is_module |= name in _MODULE
        elif not _is_option(following):
            self._at += 1
            self._own.append(Entry(name, _plain(following), following.place(self._source), place))
        return name not in ("no_python", "run_path", "help", "h")

    def _python_option(self, name: str) -> bool:
        if name[-1:] == "m" and not set(name[:-1]) - set("bBdEiIOPqsSuvx"):
            self._is_module = True
        elif name[-1:] == "c" or name in ("V", "version", "h", "help"):
            return False
        elif name in ("X", "W"):
            self._at += 1
        return True

    def _module(self) -> bool:
        """A module that launches a script, or the module itself."""
        if self._at >= len(self._words):
            return False
        module = self._words[self._at].text
        if module in launchers.LAUNCHING_MODULES:
            self._is_module, self._name = False, launchers.LAUNCHING_MODULES[module]
            self._at += 1
            if self._name == "accelerate" and self._at < len(self._words) and self._words[self._at].text == "launch":
                self._at += 1
            return self._launch()
        if module in launchers.RUNNING_MODULES:
            self._is_module, self._name = False, module
            self._at += 1
            if self._at < len(self._words) and self._words[self._at].text == "run":
                self._at += 1
            return self._launch()
        return True


class _Options:
    """What a script is passed."""

    def __init__(self, words: Sequence[Traced], source: str) -> None:
        self._source = source
        self.entries: dict[str, Entry] = {}
        self.positionals: list[Entry] = []
        self.files: list[Entry] = []
        self.is_open = False
        option: Traced | None = None
        values: list[Traced] = []
        are_options = True
        for word in words:
            if are_options and word.text == "--":
                are_options = False
            elif are_options and _is_option(word):
                self._close(option, values)
                option, values = self._open(word), []
            elif self._is_rest(word, option, values):
                self.is_open = True
            elif _ASSIGNED.match(word.text):
                if option is not None and not values:
                    values.append(Traced(MANY, (word.home,), word.home))  # may be its value, or one of Hydra's
                self._assigned(word)
            elif option is not None and are_options:
                values.append(word)
            else:
                self._positional(word)
        self._close(option, values)

    def _is_rest(self, word: Traced, option: Traced | None, values: list[Traced]) -> bool:
        """Whether it stands for options that are not seen: an unknown word where an option may stand."""
        if word.text.strip("\0\1") or not word.text:
            return False
        if option is None or values:
            return word.is_many
        written = self._source[word.home : word.home + 80]
        return word.is_many and _NAMED_REST.match(written) is not None

    def _open(self, word: Traced) -> Traced | None:
        """An option; None where it brings its value itself."""
        if "=" not in word.text:
            return word
        at = word.text.index("=")
        value = word[at + 1 :] if word.text[at + 1 :] else Traced("", (), word.at[-1] + 1)
        if not word[:at].is_known:
            self.is_open = True
            return None
        self._enter(_name(word.text[:at]), _plain(value), value.place(self._source), word[:at].place(self._source))
        return None

    def _close(self, option: Traced | None, values: list[Traced]) -> None:
        if option is None:
            return
        key = option.place(self._source)
        if not option.is_known:
            self.is_open = True
        elif not values:
            self._enter(_name(option.text), True, key, key)
        elif len(values) == 1:
            self._enter(_name(option.text), _plain(values[0]), values[0].place(self._source), key)
        else:
            first, last = values[0].place(self._source), values[-1].place(self._source)
            place = Place(first.start, last.end) if last.end >= first.start else first
            self._enter(_name(option.text), [_plain(one) for one in values], place, key)

    def _assigned(self, word: Traced) -> None:
        found = _ASSIGNED.match(word.text)
        if found is None:
            return
        value = word[found.end() :] if word.text[found.end() :] else Traced("", (), word.at[-1] + 1)
        key = word[found.start(2) : found.end(2)].place(self._source)
        self._enter(found[2], _plain(value), value.place(self._source), key)

    def _enter(self, name: str, value: object, place: Place, key: Place) -> None:
        entry = Entry(name, value, place, key)
        self.entries.pop(name, None)
        self.entries[name] = entry
        values = value if isinstance(value, list) else [value]
        if any(_is_file(one) for one in values) or (name in _CONFIG_NAMES and isinstance(value, str)):
            self.files.append(entry)

    def _positional(self, word: Traced) -> None:
        place = word.place(self._source)
        entry = Entry("", _plain(word), place, place)
        self.positionals.append(entry)
        if _is_file(entry.value):
            self.files.append(entry)


def _name(option: str) -> str:
    return option.lstrip("-").replace("-", "_")


def _plain(word: Traced) -> object:
    return word.text if word.is_known else UNKNOWN


def _is_file(value: object) -> bool:
    return isinstance(value, str) and _FILE.fullmatch(value) is not None
