"""GCK202: after training, generate() runs on the live model with the cache off. Evidence: S7, S13, S16."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.story import Story, Subject, When
from gcheck_lint.story.events import Generated
from gcheck_lint.story.repairs import restore_before


@check("GCK202")
def cache_off_generate(story: Story) -> Iterator[Finding]:
    """After training, the same live model generates while the script's own switch has the cache off."""
    for generated in story.events_of(Generated):
        for where, effect in (
            ("config", "generate-without-cache"),
            ("generation_config", "generate-without-generation-cache"),
        ):
            impact = story.target.impact(effect)
            if impact is None:
                continue

            def slow(subject: Subject, where: str = where, generated: Generated = generated) -> When:
                off = subject.cache_off if where == "config" else subject.generation_cache_off
                passed = story.not_given(generated.use_cache)
                return subject.trained & off & passed & ~(subject.in_train_mode & subject.checkpointing)

            verdict = story.judge(story.any(generated, lambda subject: subject.trained), story.any(generated, slow))
            if verdict is None:
                continue
            harmed = [subject for subject in story.subjects(generated) if slow(subject).possible] or story.subjects(generated)
            places = Places(generated.site)
            for subject in harmed:
                value = subject.state.cache if where == "config" else subject.state.generation_cache
                places.add(story.sites_of(value, False, verdict.holds), "the cache is switched off here")
                places.add(story.trainings_of(subject.state.model, verdict.holds)[:1], "trained here")
            yield found(
                generated.site,
                f"`{harmed[0].state.model.made_by or 'the model'}` generates with the cache off",
                impact,
                verdict,
                places,
                label="generates here, without the cache",
                remedy=f"set `{where}.use_cache = True` before it generates",
                fix=restore_before(generated, where=where, goes_on=generated.in_training or story.returns_to_training(generated)),
            )
            break
