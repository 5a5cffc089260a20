"""GCK402: a name that a version of the target does not have. Evidence: S3, S14."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import ARGUMENTS, NAME_OF_MODEL, SWITCH
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import NameUsed


@check("GCK402", needs=ARGUMENTS & SWITCH | NAME_OF_MODEL, once=True)
def unsupported_checkpointing_argument(story: Story) -> Iterator[Finding]:
    """The script uses an argument or method of checkpointing that a target version does not have."""
    for used in story.events_of(NameUsed):
        name = used.name
        # what a class of the script accepts is its own matter, and an error that is caught is expected
        if name.missing is None or not used.own or used.guarded or not story.target.is_chosen:
            continue
        if not story.target.has_floor and (~story.affected(name.when_missing)).possible:
            continue
        verdict = story.judge(story.entry_of(used), story.when(used.condition), name.when_missing)
        if verdict is None:
            continue
        finding = Finding.at(used.site, "raises where it is missing", f"the library has no `{name.name}`", verdict)
        yield finding.remedy("require a version that has it, or remove it")
