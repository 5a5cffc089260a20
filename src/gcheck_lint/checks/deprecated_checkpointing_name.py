"""GCK401: an old name of checkpointing where the whole target has the new one. Evidence: S3, scenario renamed_arguments."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import ARGUMENTS, CHECKPOINTING, NAME_OF_MODEL
from gcheck_lint.remedies.names import rename
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import NameUsed


@check("GCK401", needs=ARGUMENTS & CHECKPOINTING | NAME_OF_MODEL, once=True)
def deprecated_checkpointing_name(story: Story) -> Iterator[Finding]:
    """A `gradient_checkpointing…` name is used, and all target versions have the `activation_checkpointing…` name."""
    for used in story.events_of(NameUsed):
        name = used.name
        if name.deprecated is None or (~story.affected(name.when_deprecated)).possible:
            continue
        verdict = story.judge(story.entry_of(used), story.when(used.condition), name.when_deprecated)
        if verdict is None:
            continue
        finding = Finding.at(used.site, "removed in version 6", f"`{name.name}` is the old name of `{name.new}`", verdict)
        yield finding.remedy(f"rename it to `{name.new}`", rename(used, story))
