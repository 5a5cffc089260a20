"""GCK201: after training, a save writes a config with the cache off. Evidence: S4, S5, S8, S18."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
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

        def written_off(subject: Subject) -> When:
            off = subject.trained & subject.cache_off & subject.may_have_cache & ~subject.is_adapter
            return off & ~subject.saved_with_cache_later()

        def maybe(subject: Subject) -> When:
            return subject.trained & (subject.cache_off | subject.cache_unknown) & subject.may_have_cache & ~subject.is_adapter

        verdict = story.judge(
            story.any(save, lambda subject: subject.trained), story.any(save, written_off), story.any(save, maybe)
        )
        if verdict is None:
            continue
        harmed = [subject for subject in story.subjects(save) if written_off(subject).possible] or story.subjects(save)
        outcome_id = _outcome_id(story, save, harmed, story.when(verdict.holds))
        outcome = story.worst_outcome(verdict, outcome_id)
        if outcome is None:
            continue
        places = Places(save.site)
        for subject in harmed:
            places.add(story.sites_of(subject.state.cache, False, verdict.holds), "the cache is switched off here")
            places.add(story.trainings_of(subject.state.model, verdict.holds)[:1], "trained here")
        name = harmed[0].state.model.made_by or "the model"
        yield found(
            save.site,
            f"`{name}` is saved with `use_cache: false` in its config",
            outcome,
            verdict,
            places,
            label="saved here with the cache off",
            remedy="set `config.use_cache = True` before the save",
            fix=restore_before(
                save,
                ("config", "generation_config") if outcome_id == _BOTH else ("config",),
                goes_on=story.returns_to_training(save),
            ),
        )


def _outcome_id(story: Story, save: Saved, harmed: list[Subject], holds: When) -> str:
    """Whether generation_config.json is off as well, where that is what counts: surely, perhaps, or not."""
    if all(subject.state.model.made_by.endswith("Classification") for subject in harmed):
        return "cache-off-on-disk-of-classifier"
    kept = story.any(save, lambda subject: subject.generation_cache_off) & holds
    if not kept.possible:
        return "cache-off-on-disk"
    decides = ~story.affected("generate-without-cache")
    return "cache-off-on-disk-since-load" if (holds & decides & ~kept).possible else _BOTH
