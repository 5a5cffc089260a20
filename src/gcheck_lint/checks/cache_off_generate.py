"""GCK202: after training, generate() runs on the live model with the cache off. Evidence: S7, S13, S16."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import SWITCH, TRAINING
from gcheck_lint.judgements.faults import Place, faults
from gcheck_lint.judgements.saves_without_cache import always_off
from gcheck_lint.judgements.unread_bases import question_of_base
from gcheck_lint.judgements.vain_restores import in_vain
from gcheck_lint.remedies.lines import restore_before
from gcheck_lint.story import Story, Subject, Verdict, When
from gcheck_lint.story.domain.events import CacheSwitched, Generated, Trained

# the config that counts, and what is seen where it has the cache off
_EFFECTS = {"config": "generate-without-cache", "generation_config": "generate-without-generation-cache"}


@check("GCK202", needs=TRAINING & SWITCH)
def cache_off_generate(story: Story) -> Iterator[Finding]:
    """After training, the same live model generates while the script's own switch has the cache off."""
    for fault in faults(_places(story)):
        generated, verdict = fault.first.event, fault.first.verdict
        subjects = story.told(story.subjects(generated), verdict)
        message = f"`{subjects[0].name}` generates with the cache off"
        finding = Finding.at(generated.site, "generates here, without the cache", message, verdict)
        told = verdict.told
        offs = [site for one in subjects for site in one.cache.off_sites(told)]
        finding = finding.place(offs or fault.first.origins, "the cache is switched off here")
        finding = finding.place([site for one in subjects for site in one.training_sites(told)[:1]], "trained here")
        finding = finding.place([other.event.site for other in fault.others], "generates here, too")
        off, question = _off(story, generated, verdict)[0], question_of_base(subjects[0], verdict)
        yield finding.remedy(f"set `{off}.use_cache = True` before it generates{question}", fault.fix)


def _places(story: Story) -> Iterator[Place[Generated]]:
    """Each generate() that is slow."""
    for generated in story.events_of(Generated):
        reached = story.any(generated, lambda subject: subject.trained)
        slow = _slow(story, generated, "config") | _slow(story, generated, "generation_config")
        effects = ["generate-briefly-without-cache"] if generated.is_brief else _EFFECTS.values()
        verdict = story.judge(reached, slow, *effects)
        if verdict is None or generated.uses_no_cache:
            continue
        offs = tuple(site for subject in story.subjects(generated) for site in subject.cache.off_sites(verdict.holds))
        goes_on = generated.in_training or story.returns_to_training(generated)
        training = story.any(generated, lambda subject: subject.mode.train & subject.checkpointing.on).possible
        off, always, fix = _off(story, generated, verdict), always_off(story, generated), None
        if not story.comes_after(generated, Trained, CacheSwitched):
            fix = restore_before(generated, off, goes_on=goes_on, training=training, always_off=always)
        yield Place(generated, verdict, offs, fix, lasts=not goes_on)


def _off(story: Story, generated: Generated, verdict: Verdict) -> list[str]:
    """The configs that have the cache off, of those that count."""
    return [where for where in _EFFECTS if (_slow(story, generated, where) & verdict.holds).possible]


def _slow(story: Story, generated: Generated, where: str) -> When:
    """When a trained model generates with the cache off in this config, and nothing else decides about its cache."""

    def rule(subject: Subject) -> When:
        off = subject.cache.off if where == "config" else subject.cache.off_in_generation_config
        decides = story.not_given(generated.use_cache) & ~subject.generates_wrong(generated.use_cache) & ~in_vain(subject)
        decides &= ~subject.has_own_methods & subject.cache.is_asked_for
        return subject.trained & subject.cache.may_exist & off & story.affected(_EFFECTS[where]) & decides

    return story.any(generated, rule)
