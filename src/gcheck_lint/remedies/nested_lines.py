"""What moves a switch of the cache from the config of a whole model to that of its text part, which is asked."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.python.syntax import Site
from gcheck_lint.text.spans import Edit


def onto_part(sites: Sequence[Site], part: str) -> Fix | None:
    """`….config.use_cache = …` becomes `….config.text_config.use_cache = …`, wherever it is set; `part`: that path."""
    within = part.removeprefix("config")
    edits = []
    for site in dict.fromkeys(sites):
        node = site.node
        if site.inner is not None or not isinstance(node, cst.Attribute) or not isinstance(node.value, cst.Attribute):
            return None
        if node.attr.value != "use_cache" or node.value.attr.value != "config" or site.module is not sites[0].module:
            return None
        end = site.module.extent(node.value)[1]
        edits.append(Edit(site.path, end, end, within))
    return Fix(f"Set `{part}.use_cache`", tuple(edits), Safety.SAFE, "cache off") if edits else None
