"""GCK201: after training, a save writes a config with the cache off. Evidence: S4, S5, S8, S18."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import SWITCH, TRAINING
from gcheck_lint.judgements.faults import faults
from gcheck_lint.judgements.saves_without_cache import harmed_by, off_at, saves_without_cache
from gcheck_lint.judgements.unread_bases import question_of_base
from gcheck_lint.story import Story


@check("GCK201", needs=TRAINING & SWITCH)
def cache_off_saved(story: Story) -> Iterator[Finding]:
    """After training, a save writes a `use_cache: false` that the script set, and no later save corrects it."""
    for fault in faults(saves_without_cache(story)):
        save, verdict = fault.first.event, fault.first.verdict
        harmed = story.told(harmed_by(story, save), verdict)
        message = f"`{story.called(harmed_by(story, save), verdict)}` is saved with `use_cache: false`"
        finding = Finding.at(save.site, "saved here with the cache off", message, verdict)
        for subject in harmed:
            finding = finding.place(subject.cache.written_sites(verdict.told), "the cache is switched off here")
            finding = finding.place(subject.training_sites(verdict.told)[:1], "trained here")
        finding = finding.place([other.event.site for other in fault.others], "saved here, too")
        switches = "` and `".join(
            f"{holder}.use_cache = True" for holder in off_at(story, save, harmed_by(story, save), verdict.holds)
        )
        question = question_of_base(harmed[0], verdict)
        yield finding.remedy(f"set `{switches}` before the save{question}", fault.fix)
