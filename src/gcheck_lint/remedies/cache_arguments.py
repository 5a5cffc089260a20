"""What sets the switch that a load does not take: an assignment to the config that has it."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.python import edits
from gcheck_lint.python.syntax import Site
from gcheck_lint.remedies.names import call_around
from gcheck_lint.story.domain.events import CacheRefused
from gcheck_lint.story.query import Story
from gcheck_lint.story.verdicts import When
from gcheck_lint.text.spans import Edit

_GROUP = "cache argument"


def words_for_config(refused: CacheRefused) -> str:
    """Where the switch is to be set instead."""
    if refused.beside:
        where = f"the config's `{refused.part}`" if refused.part else "the config"
        return f"remove it, and set `use_cache` on {where} before loading"
    if not refused.part:
        return "remove it"
    return f"remove it, and set `config.{refused.part}.use_cache` on the loaded model"


def onto_config(refused: CacheRefused, story: Story, holds: When) -> Fix | None:
    """The argument becomes an assignment: before the load on a config that it is given, else after it on the model's own.

    Unsafe where some version builds the part from a copy of its config, so that the switch goes unheard.
    """
    node, site = refused.site.node, refused.site
    if site.inner is not None or not isinstance(node, cst.Arg) or node.keyword is None:
        return None
    call = call_around(site, node)
    away = None if call is None else edits.drop_argument(site.module, call, node)
    if call is None or away is None:
        return None
    value = edits.naming(Site(site.module, node.value))
    text = None if value is None else edits.written(Site(site.module, node.value))
    if refused.beside:
        return None if value is None or text is None else _before(site, call, away, refused.part, text)
    if not refused.part:
        return Fix("Remove the argument", away, Safety.SAFE, _GROUP)
    statement = site.module.statement(node)
    if value is None or text is None or not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        return None
    named = edits.naming(Site(site.module, statement.targets[0].target))
    if statement.value is not call or named is None:
        return None
    line = f"{named.text}.config.{refused.part}.use_cache = {text}"
    after = edits.insert_after(site, line)
    heard = not story.releases(holds & ~story.when(refused.heard))
    safety = Safety.SAFE if heard and value.pure else Safety.UNSAFE
    return None if after is None else Fix(f"Set `{line}` after it", (*away, *after), safety, _GROUP)


def _before(site: Site, call: cst.Call, away: tuple[Edit, ...], part: str, text: str) -> Fix | None:
    """On the config that the load is given."""
    given = next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == "config"), None)
    named = None if given is None else edits.naming(Site(site.module, given.value))
    if named is None or not named.pure or not edits.runs_always(site):
        return None
    line = f"{'.'.join(filter(None, (named.text, part)))}.use_cache = {text}"
    before = edits.insert_before(site, line)
    return None if before is None else Fix(f"Set `{line}` before it", (*before, *away), Safety.SAFE, _GROUP)
