"""Hatchling's hook: the README as the page of a package, where its links have to be whole addresses."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)\s]+)\)")
_LOADED = re.compile(r'\b(src|srcset)="(?!https?://)([^"\s]+)"')


class Readme(MetadataHookInterface):
    """Reads README.md, and leads its links to the repository as soon as there is one."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Sets `readme`."""
        root = Path(self.root)
        sys.path.insert(0, str(root / "tools"))
        import addresses

        text = (root / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute(text, addresses.read(root).repository)}


def absolute(text: str, repository: str) -> str:
    """The page with whole addresses; as it is without a repository."""

    def link(found: re.Match[str]) -> str:
        kind = "raw" if found[1] else "blob"
        return f"{found[1]}[{found[2]}]({repository}/{kind}/main/{found[3]})"

    if not repository:
        return text
    return _LOADED.sub(rf'\1="{repository}/raw/main/\2"', _LINK.sub(link, text))
