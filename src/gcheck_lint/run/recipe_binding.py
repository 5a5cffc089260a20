"""Which script a recipe of the repository starts, and what it gives to that script's options.

A command line names the script that it starts. A file of keys is of a script that reads it: because a command line hands it over,
because the script says its path, or because its keys are those that the parser of one script takes. What fits several scripts and
is named after none of them is of nobody.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gcheck_lint.knowledge import keywords
from gcheck_lint.knowledge.recipe_frameworks import framework_of
from gcheck_lint.recipes.asked import COMMAND, DATACLASSES, DOCUMENT, HYDRA, Asks, OptionSource
from gcheck_lint.recipes.bindings import Binding, Given, Spot
from gcheck_lint.recipes.model import UNKNOWN, Entry, Place, Recipe
from gcheck_lint.records import dataclass
from gcheck_lint.run.hydra_recipes import Composer, overridden
from gcheck_lint.text.spans import LineIndex, Span

_CONFIGURATIONS: Final = 32  # of one script that Hydra starts
_FEW: Final = 3  # keys that a file has in common with a script, at least, to be one of its recipes
_MOST: Final = 0.7  # of its keys
_WHETHER: Final = frozenset({"gradient_checkpointing", "activation_checkpointing"})
_PARTS: Final = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Start:
    """One way in which the repository starts a script.

    `place`: where that is said, for what has no place of its own; `recipes`: itself and those that it hands over, by path.
    """

    script: Path
    recipe: Recipe
    binding: Binding
    place: Spot
    recipes: Mapping[str, Recipe]

    def places(self, names: Collection[str]) -> list[Spot]:
        """Where the recipe gives values of these names: what says how before what says whether."""
        found = [(way[-1], one.spot) for way, one in self.binding.entries() if one.spot is not None and way[-1] in names]
        return [spot for _, spot in sorted(found, key=lambda one: one[0] in _WHETHER)]

    def span(self, spot: Spot) -> Span:
        """A place in one of the recipes, in rows and columns."""
        return LineIndex(self.recipes[spot.path].text).span(spot.start, spot.end)


@dataclass(frozen=True, slots=True)
class Script:
    """A script that takes options. `path` is absolute."""

    path: Path
    asks: Asks


class Binder:
    """Holds the recipes of one repository against its scripts.

    `recipes` are by absolute path: those that may matter. `read` reads another file that one of them names.
    """

    def __init__(
        self,
        root: Path,
        scripts: Sequence[Script],
        recipes: Mapping[Path, Sequence[Recipe]],
        read: Callable[[Path], Sequence[Recipe]],
    ) -> None:
        self._root = root
        self._read = functools.cache(read)
        self._scripts = {script.path: script for script in scripts}
        self._recipes = recipes
        self._handed: set[Path] = set()

    def starts(self) -> Iterator[Start]:
        """All that is surely a start of one of the scripts, command lines first."""
        for path, recipes in self._recipes.items():
            for recipe in recipes:
                script = self._named(path, recipe)
                if script is not None:
                    yield from self._by_command(path, recipe, script)
        for script in self._scripts.values():
            for source in script.asks.sources:
                if source.form == HYDRA:
                    yield from self._by_config_name(script, source)
        for path, recipes in self._recipes.items():
            if path not in self._handed:
                for recipe in recipes:
                    if recipe.kind in ("yaml", "json"):
                        yield from self._by_file(path, recipe)

    # command lines

    def _named(self, path: Path, recipe: Recipe) -> Script | None:
        """The script that a command line starts."""
        if recipe.script is not None:
            found = self._located(path, recipe, recipe.script)
        elif recipe.module is not None:
            place = recipe.module.replace(".", "/")
            found = next((one for end in (".py", "/__main__.py") if (one := self._located(path, recipe, place + end))), None)
        else:
            found = None
        return None if found is None else self._scripts.get(found)

    def _located(self, path: Path, recipe: Recipe, text: str) -> Path | None:
        """A file that a recipe names, from where it may be started: its own folder, those above it, the root."""
        if not text or "$" in text or "\0" in text:
            return None
        folders = [self._root, *(folder for folder in path.parents if self._root in (folder, *folder.parents))]
        inner = recipe.folder or ""
        for folder in folders:
            place = Path(_normal(folder / inner / text))
            if place in self._scripts or place in self._recipes or place.is_file():
                return place
        parts = Path(_normal(Path(text))).parts
        alike = [one for one in (*self._scripts, *self._recipes) if len(parts) > 1 and one.parts[-len(parts) :] == parts]
        return alike[0] if len(alike) == 1 else None

    def _by_command(self, path: Path, recipe: Recipe, script: Script) -> Iterator[Start]:
        named = [recipe.script] if recipe.script is not None else ["-m", recipe.module or ""]
        if framework_of([entry.name for entry in recipe.entries], named) is not None:
            return
        words = {entry.name: self._given(recipe, entry, written=True) for entry in recipe.entries}
        forms = {source.form for source in script.asks.sources}
        options = words if forms & {COMMAND, DATACLASSES} else None
        document: dict[str, Given] | None = None
        met = {recipe.path: recipe}
        hydra = next((source for source in script.asks.sources if source.form == HYDRA), None)
        if hydra is not None:
            made = self._composed(script, hydra, words, met)
            if made is not None:
                yield _start(script, recipe, recipe.script_place, met, document=made)
            return
        for entry in recipe.files:
            found = self._located(path, recipe, str(entry.value))
            held = self._held(found) if found is not None else ()
            if found is not None:
                self._handed.add(found)
            if len(held) != 1 or held[0].kind not in ("yaml", "json"):
                if DATACLASSES in forms and entry.name in ("config", ""):
                    return  # what it says is not known, and it is most of what there is to say
                continue
            keys = self._keys(held[0])
            if framework_of(keys, ()) is not None:
                return
            met[held[0].path] = held[0]
            if DATACLASSES in forms and entry.name in ("config", "", "config_file"):
                options = {**keys, **words}
            elif DOCUMENT in forms:
                document = keys
        yield _start(script, recipe, recipe.script_place, met, options, document)

    # files of keys

    def _by_file(self, path: Path, recipe: Recipe) -> Iterator[Start]:
        fitting = [(script, source) for script in self._scripts.values() for source in self._fits(path, recipe, script)]
        if len({script.path for script, _ in fitting}) > 1:
            words = {part.lower() for part in _PARTS.findall(str(path.relative_to(self._root)))}
            fitting = [one for one in fitting if set(_PARTS.findall(one[0].path.stem.lower())) & words - _COMMON]
        if len({script.path for script, _ in fitting}) != 1:
            return
        script, source = fitting[0]
        keys, met = self._keys(recipe), {recipe.path: recipe}
        if source.form == DATACLASSES:
            yield _start(script, recipe, _first(recipe), met, options=keys)
        else:
            yield _start(script, recipe, _first(recipe), met, document=keys)

    def _fits(self, path: Path, recipe: Recipe, script: Script) -> Iterator[OptionSource]:
        names = {entry.name for entry in recipe.entries}
        if framework_of(names, ()) is not None:
            return
        for source in script.asks.sources:
            if source.form == DATACLASSES and source.of_file:
                known = {name for name in names if name in source.names or _is_taken(source, name)}
                all_are_known = all(keywords.is_whole(cls) for cls in source.classes)
                if len(known) >= _FEW and len(known) >= (1 if all_are_known else _MOST) * len(names):
                    yield source
            elif source.form == DOCUMENT and source.path:
                if _normal(script.path.parent / source.path) == str(path) or _normal(self._root / source.path) == str(path):
                    yield source
            elif source.form == DOCUMENT and len(names & set(source.names)) >= max(_MOST * len(source.names), 2):
                yield source

    # Hydra

    def _by_config_name(self, script: Script, source: OptionSource) -> Iterator[Start]:
        """The configurations of a script, which are handed over as they are: its own, and those beside it with `defaults`."""
        folder, primary = _folder(script, source), f"{source.name.removesuffix('.yaml')}.yaml"
        for path in sorted(folder.glob("*.yaml"))[:_CONFIGURATIONS] if self._root in folder.parents else ():
            held = self._held(path)
            if len(held) == 1 and (path.name == primary or any(entry.name == "defaults" for entry in held[0].entries)):
                met = {held[0].path: held[0]}
                made = self._composed(script, source, {"config_name": Given(path.stem, None)}, met)
                if made is not None:
                    self._handed.add(path)
                    yield _start(script, held[0], _first(held[0]), met, document=made)

    def _composed(
        self, script: Script, source: OptionSource, words: Mapping[str, Given], met: dict[str, Recipe]
    ) -> dict[str, Given] | None:
        """What Hydra hands to a script, with what a command line chooses and sets; None where that is not plain."""
        named = words.get("config_name")
        name = source.name if named is None else str(named.value)
        if not name:
            return None
        folder = _folder(script, source)
        sets = {key: one for key, one in words.items() if key not in _OF_HYDRA}
        groups = {key: str(one.value) for key, one in sets.items() if (folder / key).is_dir()}
        composer = Composer(folder, self._loaded, groups)
        made = composer.compose(name)
        if made is None:
            return None
        met.update({held[0].path: held[0] for path in composer.met if (held := self._held(path))})
        return overridden(made, {key: one for key, one in sets.items() if key not in groups})

    def _loaded(self, path: Path) -> tuple[str, Mapping[str, Given]] | None:
        held = self._held(path)
        return (held[0].text, self._keys(held[0])) if len(held) == 1 else None

    def _held(self, path: Path) -> Sequence[Recipe]:
        """What a file holds; nothing where it is none of the repository."""
        if path in self._recipes:
            return self._recipes[path]
        return self._read(path) if self._root in path.parents and path.is_file() else ()

    # places

    def _keys(self, recipe: Recipe) -> dict[str, Given]:
        return {entry.name: self._given(recipe, entry) for entry in recipe.entries}

    def _given(self, recipe: Recipe, entry: Entry, *, written: bool = False) -> Given:
        end = entry.key.end if entry.children or entry.place.start < entry.key.start else max(entry.place.end, entry.key.end)
        inner = {child.name: self._given(recipe, child, written=written) for child in entry.children}
        value = UNKNOWN if _is_interpolated(entry.value) else entry.value
        return Given(value, Spot(recipe.path, entry.key.start, end), inner, written)


_OF_HYDRA: Final = frozenset({"config_name", "config_path", "config_dir", "multirun", "m"})
_COMMON: Final = frozenset({"train", "run", "main", "py", "script", "finetune", "config"})


def _start(
    script: Script,
    recipe: Recipe,
    place: Place | None,
    met: Mapping[str, Recipe],
    options: Mapping[str, Given] | None = None,
    document: Mapping[str, Given] | None = None,
) -> Start:
    """A start of a script, with what the recipes that were met for it give."""
    spot = Spot(recipe.path, 0, 0) if place is None else Spot(recipe.path, place.start, place.end)
    texts = {path: one.text for path, one in met.items()}
    return Start(script.path, recipe, Binding(options, recipe.is_open, document, texts), spot, met)


def _first(recipe: Recipe) -> Place | None:
    return recipe.entries[0].key if recipe.entries else None


def _folder(script: Script, source: OptionSource) -> Path:
    """The folder of the configurations that Hydra hands to a script."""
    return Path(_normal(script.path.parent / source.path))


def _is_interpolated(value: object) -> bool:
    return isinstance(value, str) and "${" in value


def _is_taken(source: OptionSource, name: str) -> bool:
    """Whether one of the library classes that a parser fills has a field of this name in some release."""
    return any(keywords.takes(cls, name) for cls in source.classes)


def _normal(path: Path) -> str:
    return os.path.normpath(path)
