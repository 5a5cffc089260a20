"""src/gcheck_lint/config/releases.py out of knowledge: what a target is held against before any knowledge is read."""

from __future__ import annotations

from gcheck_lint import knowledge

HEAD = '''"""The oldest and the newest release of each library that knowledge knows, written by `tools/generate.py`."""

from __future__ import annotations

from typing import Final

'''


def written() -> str:
    """The text of the module."""
    facts = knowledge.load()
    parts = [HEAD]
    for name, at in (("OLDEST", 0), ("NEWEST", -1)):
        rows = "".join(f'    "{library}": "{facts.releases(library)[at]}",\n' for library in sorted(facts.versioned()))
        parts.append(f"{name}: Final[dict[str, str]] = {{\n{rows}}}\n")
    return "".join(parts)
