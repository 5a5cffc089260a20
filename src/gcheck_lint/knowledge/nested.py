"""Models whose text part has a config of its own within that of the whole, and which of the two its passes ask, by release.

`nested.txt` is what was run, as in scenario nested_configs, with more classes and releases: a train-mode pass with
checkpointing, with one switch off at a time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gcheck_lint.records import dataclass
from gcheck_lint.versions import Specifier

_TABLE: Final = Path(__file__).parent / "nested.txt"
# What a pass asks. `WHOLE`, `PART`: that config; `EITHER`: both, and one that is off is enough. `COPY`: a copy of the part's
# config, which its model took when it was built. `NEITHER`: nothing that a script can name. `QUIET`: it says nothing at all.
WHOLE, PART, EITHER, COPY, NEITHER, QUIET = "whole", "part", "either", "copy", "neither", "quiet"
WORDS: Final = (WHOLE, PART, EITHER, COPY, NEITHER, QUIET)


@dataclass(frozen=True, slots=True)
class Nested:
    """A class whose models keep the switch of their text part in a config within their config.

    `name`: the config's attribute. `path`: how a script comes by it in all releases that have the class. `sources`: what the
    names of its models on the hub look like. `asked`: which config its passes ask, by release: where they were run.
    """

    name: str
    path: str
    sources: re.Pattern[str]
    asked: Mapping[str, Specifier]

    def asks(self, *words: str) -> Specifier:
        """The releases whose passes ask one of these."""
        found = [self.asked[word] for word in words if word in self.asked]
        return Specifier.union(found) if found else Specifier.parse("<0")

    @property
    def generates_by_whole(self) -> bool:
        """Whether a generation_config is made of the whole's config: Idefics and its kin, whose config has a switch itself."""
        return WHOLE in self.asked and self.path == self.name

    def holders(self, releases: Sequence[str]) -> tuple[str, ...]:
        """The configs of a model in which a switch is heard by all of these releases; none where there are none such."""
        part = f"config.{self.path}"
        asked = [next((word for word, where in self.asked.items() if where.contains(one)), "") for one in releases]
        wanted = tuple(
            holder for holder, words in (("config", (WHOLE,)), (part, (PART, EITHER))) if any(word in words for word in asked)
        )
        heard = all(word in (WHOLE, PART, EITHER, QUIET) for word in asked)
        return wanted if heard else ()


@functools.cache
def nested_configs() -> Mapping[str, Nested]:
    """All such classes."""
    return dict(_read(_TABLE.read_text(encoding="utf-8")))


def nested_of(name: str, source: str) -> Nested | None:
    """How a class keeps its switch; of a class that loads any model, that of what is loaded, as far as its name tells."""
    known = nested_configs()
    if not name.startswith("Auto"):
        return known.get(name)
    last = source.rstrip("/").rpartition("/")[2].lower()
    found = [one for one in known.values() if one.sources.pattern != "-" and one.sources.search(last)]
    return found[0] if len(found) == 1 else None


def _read(text: str) -> Iterator[tuple[str, Nested]]:
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, path, sources, *runs = line.split()
        asked = [(release, word) for release, _, word in (run.partition("=") for run in runs)]
        yield (
            name,
            Nested("text_config" if path.endswith("()") else path, path, re.compile(sources), _spans(asked)),
        )


def _spans(asked: Sequence[tuple[str, str]]) -> dict[str, Specifier]:
    """From one release to the next that says the same, it is taken to be so; the last one goes on."""
    found: dict[str, list[Specifier]] = {}
    begin = ""
    for at, (release, word) in enumerate(asked):
        begin = begin or release
        after = asked[at + 1][1] if at + 1 < len(asked) else None
        if after != word:
            text = f">={begin}" if after is None else f">={begin},<={release}"
            found.setdefault(word, []).append(Specifier.parse(text))
            begin = ""
    return {word: Specifier.union(spans) for word, spans in found.items()}
