"""GCK401: an old name of checkpointing where the whole target has the new one. Evidence: S3, scenario renamed_arguments."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import ARGUMENTS, CHECKPOINTING, NAME_OF_MODEL
from gcheck_lint.remedies.names import rename
from gcheck_lint.story import Site, Story
from gcheck_lint.story.domain.events import NameUsed


@check("GCK401", needs=ARGUMENTS & CHECKPOINTING | NAME_OF_MODEL)
def deprecated_checkpointing_name(story: Story) -> Iterator[Finding]:
    """A `gradient_checkpointing…` name is used, and all of the target has its `activation_checkpointing…` name and warns."""
    reported: set[Site] = set()
    for used in story.events_of(NameUsed):
        name = used.name
        if name.deprecated is None or used.site in reported:
            continue
        felt = story.affected(name.when_deprecated)
        if (~felt).possible:
            continue
        verdict = story.judge(story.entry_of(used), story.when(used.condition) & felt)
        outcome = None if verdict is None else story.worst_outcome(verdict, name.when_deprecated)
        if verdict is None or outcome is None:
            continue
        reported.add(used.site)
        yield found(
            used.site,
            f"`{name.name}` is the old name of `{name.new}`",
            outcome,
            verdict,
            Places(used.site),
            label="goes with version 6",
            remedy=f"call it `{name.new}`",
            fix=rename(used, story),
        )
