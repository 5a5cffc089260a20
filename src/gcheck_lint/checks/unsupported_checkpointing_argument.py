"""GCK402: a name that a version of the target does not have. Evidence: S3, S14."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import ARGUMENTS, NAME_OF_MODEL, SWITCH
from gcheck_lint.story import Site, Story
from gcheck_lint.story.domain.events import NameUsed


@check("GCK402", needs=ARGUMENTS & SWITCH | NAME_OF_MODEL)
def unsupported_checkpointing_argument(story: Story) -> Iterator[Finding]:
    """An argument or a method of checkpointing is used that a version of the chosen target does not have."""
    reported: set[Site] = set()
    for used in story.events_of(NameUsed):
        name = used.name
        # what a class of the script accepts is its own matter, and an error that is caught is expected
        if name.missing is None or not used.own or used.guarded or not story.target.is_chosen or used.site in reported:
            continue
        felt = story.affected(name.when_missing)
        if (~felt).possible and not story.target.has_floor:
            continue
        harmed = story.when(used.condition) & felt
        verdict = story.judge(story.entry_of(used), harmed)
        outcome = None if verdict is None else story.worst_outcome(verdict, name.when_missing)
        if verdict is None or outcome is None:
            continue
        reported.add(used.site)
        yield found(
            used.site,
            f"the library has no `{name.name}`",
            outcome,
            verdict,
            Places(used.site),
            label="raises where it is missing",
            remedy="ask for a version that has it, or leave it out",
            fix=None,
        )
