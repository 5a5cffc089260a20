"""Hatchling's hook: the wheel holds the rule pages, rendered as it is built."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSIDE = "gcheck_lint/rulebook/pages"


class RulePages(BuildHookInterface):  # type: ignore[type-arg]
    """Renders them into a folder of its own for the time of the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Names the pages to the builder. An editable install has none: its links lead to the cards."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path[:0] = [str(root / "src"), str(root / "tools")]
        import rule_pages

        self.folder = tempfile.TemporaryDirectory()
        for page in rule_pages.written(Path(self.folder.name)):
            build_data["force_include"][str(page)] = f"{INSIDE}/{page.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Clears up."""
        if version != "editable":
            self.folder.cleanup()
