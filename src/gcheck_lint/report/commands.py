"""What somebody who has met one finding can type: the command that explains it, that shows how it comes about, that mends it."""

from __future__ import annotations

import shlex
from typing import Final

from gcheck_lint.findings.diagnostics import Diagnostic, Safety
from gcheck_lint.report.paint import clean
from gcheck_lint.rulebook import pages

_OF_RECIPES: Final = "GCK5"  # found in what starts a script
_UNTOLD: Final = frozenset({"GCK001", "GCK002"})  # of what can't be read there is no story
_SCRIPTS: Final = (".py", ".ipynb")


def story(diagnostic: Diagnostic) -> str:
    """What shows line by line how it comes to a finding; empty where nothing does that could be typed."""
    if diagnostic.code in _UNTOLD:
        return ""
    places = (place.path for place in diagnostic.related if place.path.endswith(_SCRIPTS))
    path = next(places, "") if diagnostic.code.startswith(_OF_RECIPES) else diagnostic.path
    return _typed("gclint story", path)


def fix(diagnostic: Diagnostic) -> str:
    """What applies its fix; empty where there is none that could be applied or typed."""
    if diagnostic.fix is None or diagnostic.fix.safety is Safety.DISPLAY:
        return ""
    return _typed("gclint --fix" if diagnostic.fix.safety is Safety.SAFE else "gclint --fix --unsafe-fixes", diagnostic.path)


def explanation(diagnostic: Diagnostic) -> str:
    """What explains its rule."""
    return f"gclint rule {diagnostic.code}"


def lines(diagnostic: Diagnostic) -> list[str]:
    """What a log says below a finding: what applies its fix, where its rule is explained, and what shows how it comes about."""
    typed = {"fix": fix(diagnostic), "more": explanation(diagnostic), "story": story(diagnostic)}
    said = {name: f"`{command}`" for name, command in typed.items() if command}
    said["more"] = pages.public(diagnostic.code) or said["more"]
    return [f"{name}: {words}" for name, words in said.items()]


def _typed(command: str, path: str) -> str:
    if path in ("", "-") or clean(path) != path or not path.isprintable() or "`" in path:
        return ""
    return f"{command} {shlex.quote(path if not path.startswith('-') else f'./{path}')}"
