"""How much of a recipe is followed. They are written by hand and small; what is larger is data, or meant to harm."""

from __future__ import annotations

from typing import Final

LARGEST: Final = 262_144  # bytes, and letters, of a file
DEPTH: Final = 64  # mappings and lists within each other; quotes and substitutions of a shell
NODES: Final = 50_000  # of one file, what aliases repeat counted again
DIGITS: Final = 400  # of a number
VARIABLE: Final = 16_384  # letters of what a variable holds
EXPANDED: Final = 524_288  # letters that all variables of a file come to, and
ELEMENT: Final = 8  # as many more for each time that one is put in
COMMANDS: Final = 2_000  # command lines of a file that start Python
