"""What the VS Code extension brings along of the project: the licence, the script of the tutorial, and pictures of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import finding_picture
import story_picture

ROOT: Final = Path(__file__).resolve().parent.parent
FILES: Final[dict[str, Callable[[str], str]]] = {
    "editors/vscode/LICENSE": lambda _: (ROOT / "LICENSE").read_text(encoding="utf-8"),
    "editors/vscode/media/example.py": lambda _: finding_picture.script(),
    "editors/vscode/media/finding.svg": finding_picture.written,
    "editors/vscode/media/story-light.svg": story_picture.light,
    "editors/vscode/media/story-dark.svg": story_picture.dark,
}
