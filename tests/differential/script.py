"""What the generator hands over: a script, the modules beside it, how it can be started, and which idioms it is made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Given = tuple[str, ...]  # what stands on the command line for one option; nothing when it is left out
IN_FILE = "file:"  # before a name that the user has set elsewhere: in a configuration file, or in the environment


@dataclass(frozen=True)
class Script:
    """`options` has for each option of the script the ways to give it."""

    text: str
    modules: Mapping[str, str] = field(default_factory=dict)
    options: tuple[tuple[Given, ...], ...] = ()
    idioms: tuple[str, ...] = ()

    def command_lines(self) -> Iterator[Given]:
        """Every choice that a user has."""
        for chosen in itertools.product(*self.options):
            yield tuple(word for given in chosen for word in given)
