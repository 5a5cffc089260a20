"""GCK202: after training, generate() runs on the live model with the cache off. Evidence: S7, S13, S16."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import SWITCH, TRAINING
from gcheck_lint.judgements.vain_restores import in_vain
from gcheck_lint.remedies.lines import restore_before
from gcheck_lint.story import Story, Subject, When
from gcheck_lint.story.domain.events import Generated

# the config that counts, and what is seen where it has the cache off
_EFFECTS = {"config": "generate-without-cache", "generation_config": "generate-without-generation-cache"}


@check("GCK202", needs=TRAINING & SWITCH)
def cache_off_generate(story: Story) -> Iterator[Finding]:
    """After training, the same live model generates while the script's own switch has the cache off."""
    for generated in story.events_of(Generated):
        cases = {where: _slow(story, generated, where) for where in _EFFECTS}
        reached = story.any(generated, lambda subject: subject.trained)
        verdict = story.judge(reached, cases["config"] | cases["generation_config"], *_EFFECTS.values())
        if verdict is None:
            continue
        off = [where for where, case in cases.items() if (case & verdict.holds).possible]
        subjects = story.subjects(generated)
        message = f"`{subjects[0].name}` generates with the cache off"
        finding = Finding.at(generated.site, "generates here, without the cache", message, verdict)
        for subject in subjects:
            cache = subject.cache
            offs = [*cache.sites(False, verdict.holds), *cache.sites_in_generation_config(False, verdict.holds)]
            finding = finding.place(offs, "the cache is switched off here")
            finding = finding.place(subject.training_sites(verdict.holds)[:1], "trained here")
        fix = restore_before(
            generated,
            off,
            goes_on=generated.in_training or story.returns_to_training(generated),
            training=story.any(generated, lambda subject: subject.mode.train & subject.checkpointing.on).possible,
        )
        yield finding.remedy(f"set `{off[0]}.use_cache = True` before it generates", fix)


def _slow(story: Story, generated: Generated, where: str) -> When:
    """When a trained model generates with the cache off in this config, and nothing else decides about its cache."""

    def rule(subject: Subject) -> When:
        off = subject.cache.off if where == "config" else subject.cache.off_in_generation_config
        decides = story.not_given(generated.use_cache) & ~subject.generates_wrong(generated.use_cache) & ~in_vain(subject)
        decides &= ~subject.has_own_methods
        return subject.trained & subject.cache.may_exist & off & story.affected(_EFFECTS[where]) & decides

    return story.any(generated, rule)
