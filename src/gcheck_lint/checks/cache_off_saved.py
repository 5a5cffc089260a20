"""GCK201: after training, a save writes a config with the cache off. Evidence: S4, S5, S8, S18."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import SWITCH, TRAINING
from gcheck_lint.remedies.lines import restore_before
from gcheck_lint.story import Story, Subject, When
from gcheck_lint.story.domain.events import Saved

_BOTH = "generation-cache-off-on-disk"


@check("GCK201", needs=TRAINING & SWITCH)
def cache_off_saved(story: Story) -> Iterator[Finding]:
    """After training, a save writes `use_cache: false` that the script itself has set, and no later save puts it right."""
    for save in story.events_of(Saved):
        if not save.writes_config or save.in_training:
            continue
        harmed = [subject for subject in story.subjects(save) if _written_off(subject).possible] or story.subjects(save)

        def effect(holds: When, save: Saved = save, harmed: list[Subject] = harmed) -> str:
            return _effect(story, save, harmed, holds)

        verdict = story.judge(
            story.any(save, lambda subject: subject.trained),
            story.any(save, _written_off),
            maybe=story.any(save, _maybe_off),
            chosen=effect,
        )
        if verdict is None:
            continue
        message = f"`{harmed[0].name}` is saved with `use_cache: false` in its config"
        finding = Finding.at(save.site, "saved here with the cache off", message, verdict)
        for subject in harmed:
            finding = finding.place(subject.cache.sites(False, verdict.holds), "the cache is switched off here")
            finding = finding.place(subject.training_sites(verdict.holds)[:1], "trained here")
        holders = ("config", "generation_config") if effect(verdict.holds) == _BOTH else ("config",)
        fix = restore_before(save, holders, goes_on=story.returns_to_training(save))
        yield finding.remedy("set `config.use_cache = True` before the save", fix)


def _written_off(subject: Subject) -> When:
    return _saved(subject) & subject.cache.off & ~subject.cache.on_in_later_save()


def _maybe_off(subject: Subject) -> When:
    return _saved(subject) & (subject.cache.off | subject.cache.unknown)


def _saved(subject: Subject) -> When:
    return subject.trained & subject.cache.may_exist & ~subject.is_adapter


def _effect(story: Story, save: Saved, harmed: list[Subject], holds: When) -> str:
    """Whether generation_config.json is off as well, where that is what counts: surely, perhaps, or not."""
    if all(subject.name.endswith("Classification") for subject in harmed):
        return "cache-off-on-disk-of-classifier"
    kept = story.any(save, lambda subject: subject.cache.off_in_generation_config) & holds
    if not kept.possible:
        return "cache-off-on-disk"
    decides = ~story.affected("generate-without-cache")
    return "cache-off-on-disk-since-load" if (holds & decides & ~kept).possible else _BOTH
