"""GCK202: after training, generate() runs on the live model with the cache off. Evidence: S7, S13, S16."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import SWITCH, TRAINING
from gcheck_lint.judgements.vain_restores import in_vain
from gcheck_lint.remedies.lines import restore_before
from gcheck_lint.story import Story, Subject, When
from gcheck_lint.story.domain.events import Generated

_EFFECTS = {"config": "generate-without-cache", "generation_config": "generate-without-generation-cache"}


@check("GCK202", needs=TRAINING & SWITCH)
def cache_off_generate(story: Story) -> Iterator[Finding]:
    """After training, the same live model generates while the script's own switch has the cache off."""
    for generated in story.events_of(Generated):

        def off(where: str, generated: Generated = generated) -> When:
            def switched(subject: Subject) -> When:
                is_off = subject.cache_off if where == "config" else subject.generation_cache_off
                is_off &= story.affected(_EFFECTS[where])
                felt = story.not_given(generated.use_cache) & ~subject.generates_wrong(generated.use_cache) & ~in_vain(subject)
                return subject.trained & subject.may_have_cache & is_off & felt

            return story.any(generated, switched)

        cases = {where: off(where) for where in _EFFECTS}
        verdict = story.judge(story.any(generated, lambda subject: subject.trained), cases["config"] | cases["generation_config"])
        if verdict is None:
            continue
        felt = [where for where, case in cases.items() if (case & story.when(verdict.holds)).possible]
        outcome = story.worst_outcome(verdict, *(_EFFECTS[where] for where in felt))
        if outcome is None:
            continue
        places = Places(generated.site)
        for each in story.subjects(generated):
            for value in (each.state.cache, each.state.generation_cache):
                places.add(story.sites_of(value, False, verdict.holds), "the cache is switched off here")
            places.add(story.trainings_of(each.state.model, verdict.holds)[:1], "trained here")
        yield found(
            generated.site,
            f"`{generated.states[0].model.made_by or 'the model'}` generates with the cache off",
            outcome,
            verdict,
            places,
            label="generates here, without the cache",
            remedy=f"set `{felt[0]}.use_cache = True` before it generates",
            fix=restore_before(
                generated,
                felt,
                goes_on=generated.in_training or story.returns_to_training(generated),
                training=story.any(generated, lambda subject: subject.in_train_mode & subject.checkpointing).possible,
            ),
        )
