"""The stories of a rule's first wrong example and of what its fix makes of it, as pictures for the rule's page."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from gcheck_lint import story as stories
from gcheck_lint.config.settings import Settings
from gcheck_lint.errors import GclintError
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.recipes import reading
from gcheck_lint.recipes.model import Recipe
from gcheck_lint.report import explained, lanes, markup, picture
from gcheck_lint.report.stories import Told, render
from gcheck_lint.rulebook.cards import DEFAULT_TARGET, Card
from gcheck_lint.run import aims, parsing, pipeline, recipes, telling
from gcheck_lint.run.recipe_binding import Binder, Script
from gcheck_lint.story import Story
from gcheck_lint.text.source import UnreadableError

_KINDS: Final = {"bad": "wrong", "fixed": "fixed"}
# the page's own scheme, which a button chooses, and not that of the system
STYLE: Final = f"""\
.gclint {{ {markup.LIGHT} --page: var(--md-default-bg-color); }}
[data-md-color-scheme="slate"] .gclint {{ {markup.DARK} --page: var(--md-default-bg-color); }}
{picture.UNCOLOURED}"""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A story with the findings that are marked in it. `caption` says of what, `command` what prints the story; may be empty."""

    caption: str
    story: Story
    findings: tuple[Diagnostic, ...]
    command: str = ""

    @property
    def happened(self) -> list[object]:
        """What the lanes and the words of its picture say."""
        return [
            (group.name, row.told, row.states, row.deeds)
            for group in lanes.groups(self.story, self.findings)
            for row in group.rows
        ]


def of(card: Card) -> list[Timeline]:
    """Of the first wrong example in which something happens, and of the right one below it if something else happens there."""
    with tempfile.TemporaryDirectory() as folder:
        made = list(_recipes(card, Path(folder)) if card.recipes else _scripts(card, Path(folder)))
    return made[:1] if [one.happened for one in made[:1]] == [one.happened for one in made[1:]] else made


def html(timelines: Sequence[Timeline]) -> str:
    """The pictures, and below each the words of `gclint story`, for whoever can't see it or point at it."""
    parts: list[str] = []
    for one in timelines:
        drawn = picture.inline(Told("train.py", one.story, findings=one.findings), has_list=False, is_narrow=True)
        label = escape(one.caption.rstrip(":").replace("`", ""))
        caption = re.sub("`(.+?)`", r"<code>\1</code>", escape(one.caption))
        words = f"$ {one.command}\n{render(one.story)}" if one.command else render(one.story)
        parts += [
            f"<p>{caption}</p>",
            f'<div class="gclint gclint-wide gclint-timeline" role="group" aria-label="Timeline: {label}">{drawn}</div>',
            '<details class="note"><summary>The same as text</summary>',
            f'<div class="highlight"><pre><code>{escape(words)}\n</code></pre></div></details>',
        ]
    return "\n".join(parts)


def _scripts(card: Card, folder: Path) -> Iterator[Timeline]:
    for number, fence in enumerate(card.fences):
        if fence.kind != "bad":
            continue
        after = card.fences[number + 1 : number + 2]
        made = []
        for one in (fence, *(next_ for next_ in after if next_.kind.startswith("fixed"))):
            path, settings = folder / "train.py", Settings(target_transformers=one.target)
            path.write_text(explained.bare(one), encoding="utf-8")
            try:
                story = telling.tell(str(path), settings)
            except (GclintError, UnreadableError):
                break  # what the rule is about: it can't be read
            if not lanes.groups(story):
                break
            # what the fix makes of it has none: the tests of the cards see to that
            found = pipeline.check(story.module.source, settings).diagnostics if one.kind == "bad" else ()
            own = tuple(finding for finding in found if finding.code == card.code)
            target = f" --target-transformers '{one.target}'" if one.target != DEFAULT_TARGET else ""
            made.append(Timeline(explained.caption(one.kind, one.target), story, own, f"gclint story{target} train.py"))
        if made:
            yield from made
            return


def _recipes(card: Card, folder: Path) -> Iterator[Timeline]:
    """The script of a recipe, under what the recipe gives to its options."""
    for one in card.recipes:
        if one.kind == "good":
            continue
        script, recipe = folder / "train.py", folder / "recipes" / "small.yaml"
        recipe.parent.mkdir(exist_ok=True)
        text = "".join(line.partition("  # expect:")[0].rstrip("\n") + "\n" for line in one.text.splitlines())
        script.write_text(explained.bare(one.script), encoding="utf-8")
        recipe.write_text(text, encoding="utf-8")
        settings = Settings(target_transformers=one.script.target)
        report = pipeline.check_file(str(script), settings)
        if report.asks is None:
            raise ValueError(f"{card.code}: the script of its recipe takes no options")
        given = reading.read(str(recipe), text)
        start = next(Binder(folder, [Script(script, report.asks)], {recipe: given}, _unread).starts())
        module = parsing.parsed(str(script))
        target = stories.Target.of(**aims.wanted(str(script), settings, module.source))
        told = stories.interpret(module, target, pipeline.program(), binding=start.binding)
        joined = recipes.joined([report], {report.path: settings}, None)
        found = (finding for each in joined for finding in each.diagnostics if finding.code == card.code)
        yield Timeline(f"The script, started with the recipe that is {_KINDS[one.kind]}:", told, tuple(found))


def _unread(path: Path) -> Sequence[Recipe]:
    """Reads what a recipe names: of an example that is nothing."""
    raise ValueError(f"the recipe of an example names {path.name}")
