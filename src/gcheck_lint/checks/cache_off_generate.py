"""GCK202: after training, generate() runs on the live model with the cache off. Evidence: S7, S13, S16."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import SWITCH, TRAINING
from gcheck_lint.judgements.faults import Place, faults
from gcheck_lint.judgements.restores import always_off, effects_of, off_at, settable, slow
from gcheck_lint.judgements.unread_bases import question_of_base
from gcheck_lint.remedies.lines import restore_before
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import CacheSwitched, Generated, Trained


@check("GCK202", needs=TRAINING & SWITCH)
def cache_off_generate(story: Story) -> Iterator[Finding]:
    """After training, the same model generates while the script has the cache switched off."""
    for fault in faults(_places(story)):
        generated, verdict = fault.first.event, fault.first.verdict
        subjects = story.told(story.subjects(generated), verdict)
        message = f"`{subjects[0].name}` generates with its KV cache switched off"
        finding = Finding.at(generated.site, "generates here, without the cache", message, verdict)
        told = verdict.told
        offs = [site for one in subjects for site in one.cache.off_sites(told)]
        finding = finding.place(offs or fault.first.origins, "the cache is switched off here")
        finding = finding.place([site for one in subjects for site in one.training_sites(told)[:1]], "trained here")
        finding = finding.place([other.event.site for other in fault.others], "generates here, too")
        switches = "` and `".join(f"{where}.use_cache = True" for where in off_at(story, generated, verdict.holds))
        question = question_of_base(subjects[0], verdict)
        yield finding.remedy(f"set `{switches}` before it generates{question}", fault.fix)


def _places(story: Story) -> Iterator[Place[Generated]]:
    """Each generate() that is slow."""
    for generated in story.events_of(Generated):
        reached = story.any(generated, lambda subject: subject.trained)
        harmed = slow(story, generated, "config") | slow(story, generated, "generation_config")
        verdict = story.judge(reached, harmed, *effects_of(story, generated), event=generated)
        if verdict is None or generated.uses_no_cache:
            continue
        offs = tuple(site for subject in story.subjects(generated) for site in subject.cache.off_sites(verdict.holds))
        goes_on = generated.in_training or story.returns_to_training(generated)
        training = story.any(generated, lambda subject: subject.mode.train & subject.checkpointing.on).possible
        off, always, fix = settable(story, off_at(story, generated, verdict.holds)), always_off(story, generated), None
        if off and not story.comes_after(generated, Trained, CacheSwitched):
            fix = restore_before(generated, off, goes_on=goes_on, training=training, always_off=always)
        yield Place(generated, verdict, offs, fix, lasts=not goes_on)
