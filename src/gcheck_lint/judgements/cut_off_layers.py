"""Trainings whose layers no gradient reaches, asked once for two rules: that of those that raise, and that of the silent ones."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Certainty, Fix, Safety
from gcheck_lint.judgements.reentrancy import is_plain
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.remedies.arguments import (
    can_be_not_reentrant,
    may_be_under_deepspeed,
    say_not_reentrant,
    words_for_not_reentrant,
)
from gcheck_lint.remedies.lines import let_gradients_through
from gcheck_lint.story.domain.events import CheckpointingSwitched, Trained, TrainerBuilt
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, When, once_each, sure_first

_RAISES, _SILENT, _TOWER = "frozen-reentrant", "partly-frozen-reentrant", "tower-reentrant"
_RAISES_WITHOUT_HEAD = "frozen-reentrant-without-head"  # none of its own: what comes behind it is the script's
_HOOK = "call `enable_input_require_grads()` on the model before it trains"


@dataclass(frozen=True, slots=True)
class Cut:
    """A training whose layers, or those of its towers, get no gradient. `site`: where checkpointing is switched on."""

    story: Story
    event: Trained
    subject: Subject
    verdict: Verdict
    raises: bool
    site: Site
    switch: CheckpointingSwitched | None

    @property
    def name(self) -> str:
        return self.subject.name

    @property
    def built(self) -> TrainerBuilt | None:
        """Where its trainer got it."""
        return self.story.trainer_built(self.event.trainer)

    @property
    def remedy(self) -> str:
        """What lets gradients through, as far as the versions in which it happens have it, and the hook reaches its layers."""
        choice, reached = words_for_not_reentrant(self.site, self.story, self.verdict.holds), self._reached
        if reached is False:
            return f"{choice}: `enable_input_require_grads()` does not reach its encoder or vision tower" if choice else ""
        if not can_be_not_reentrant(self.site, self.story, self.verdict.holds) or (reached and may_be_under_deepspeed(self.site)):
            return _HOOK
        if reached is None:
            others = (
                "where one embedding feeds all layers (T5, not BART or Whisper), `enable_input_require_grads()` works as well"
            )
            return f"{choice}; {others}"
        # with the hook alone a trainer that looks for unused parameters raises in several processes (GCK308)
        return f"{choice}; in a single process `enable_input_require_grads()` on the model works as well"

    @property
    def _reached(self) -> bool | None:
        return knowledge.load().hook_reaches(self.subject.state.model.made_by)

    def fix(self) -> Fix | None:
        """Checkpointing that is not reentrant, which goes with several processes; else the hook, where it reaches all layers."""
        if not self._reached:
            return say_not_reentrant(self.site, self.story)
        plain = say_not_reentrant(self.site, self.story, Safety.SAFE)
        return plain or let_gradients_through(self.switch, self.built)


def cut_trainings(story: Story, *, raising: bool) -> list[Cut]:
    """Trainings that are cut off, each switch once and the sure ones first. `raising`: no backward pass is possible at all."""
    found: dict[Site, Cut] = {}
    cuts = sure_first(_cuts(story))
    sure = {cut.site for cut in cuts if cut.verdict.certainty is Certainty.SURE}
    for cut in cuts:
        if cut.raises is raising and (cut.verdict.certainty is Certainty.SURE or cut.site not in sure):
            found.setdefault(cut.site, cut)
    return list(found.values())


def _cuts(story: Story) -> Iterator[Cut]:
    for event in story.events_of(Trained):
        for subject in story.subjects(event):
            here, behind = subject.here, subject.learning.behind_layers
            if not (here & _cut(subject)).possible:
                continue
            bare = subject.state.model.made_by in knowledge.load().bare
            effect = _RAISES_WITHOUT_HEAD if bare else _RAISES
            raising = story.judge_model(subject, lambda one: _cut(one) & ~one.learning.behind_layers, effect)
            if raising is not None and raising.certainty is Certainty.SURE:
                here &= ~raising.holds
            # a head that may share the frozen weights of the embeddings: it raises or is silent, and is cut off in any case
            silent = story.judge_model(subject, _cut, _SILENT, reached=here)
            if silent is not None and not (silent.holds & behind).possible:
                silent = None
            for verdict in (raising, silent):
                switches = [] if verdict is None else subject.checkpointing.sites(verdict.holds)
                if verdict is not None and switches:
                    call = story.switched_by_call(switches[-1])
                    yield Cut(story, event, subject, verdict, verdict is raising, switches[-1], call)


def _cut(subject: Subject) -> When:
    return subject.learning.cut_off


def starved_towers(story: Story) -> list[Cut]:
    """Trainings by transformers, or a loop of the script's own, in which layers of a tower get no gradient and others do."""
    return once_each(_towers(story), lambda one: one.site)


def _towers(story: Story) -> Iterator[Cut]:
    for event in story.events_of(Trained):
        if event.trainer is not None and not is_plain(story, event):
            continue
        for subject in story.subjects(event):
            verdict = story.judge_model(subject, lambda one: one.learning.starved_towers, _TOWER)
            switches = [] if verdict is None else subject.checkpointing.sites(verdict.holds)
            if verdict is not None and switches:
                call = story.switched_by_call(switches[-1])
                yield Cut(story, event, subject, verdict, False, switches[-1], call)
