"""Trainings whose layers no gradient reaches, asked once for two rules: that of those that raise, and that of the silent ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Certainty, Fix
from gcheck_lint.python.syntax import Site
from gcheck_lint.remedies.lines import let_gradients_through
from gcheck_lint.story.domain.events import CheckpointingSwitched, Trained, TrainerBuilt
from gcheck_lint.story.domain.releases import WorstOutcome
from gcheck_lint.story.domain.values import AbstractObject
from gcheck_lint.story.query import Story, Verdict, sure_first

_RAISES, _SILENT = "frozen-reentrant", "partly-frozen-reentrant"


@dataclass(frozen=True, slots=True)
class Cut:
    """A training whose layers get no gradient. `site`: where checkpointing is switched on."""

    story: Story
    event: Trained
    model: AbstractObject
    verdict: Verdict
    outcome: WorstOutcome
    raises: bool
    site: Site
    switch: CheckpointingSwitched | None

    @property
    def name(self) -> str:
        """The model's class, as the script loads it."""
        return self.model.made_by or "the model"

    @property
    def built(self) -> TrainerBuilt | None:
        """Where its trainer got it."""
        return None if self.event.trainer is None else self.story.trainer_built(self.event.trainer)

    def fix(self) -> Fix | None:
        """The hook, for models whose layers all get their input through it."""
        if not knowledge.load().is_hooked(self.model.made_by):
            return None
        return let_gradients_through(self.switch, self.built)


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
            here, cut = subject.here, subject.cut_off
            if not (here & cut).possible:
                continue
            raising = story.judge(here, cut & ~subject.learns_behind_layers & story.affected(_RAISES))
            if raising is not None and raising.certainty is Certainty.SURE:
                here &= ~story.when(raising.holds)
            # a head that may share the frozen weights of the embeddings: it raises or is silent, and is cut off in any case
            silent = story.judge(here, cut & story.affected(_SILENT))
            if silent is not None and not (story.when(silent.holds) & subject.learns_behind_layers).possible:
                silent = None
            for outcome_id, verdict in ((_RAISES, raising), (_SILENT, silent)):
                outcome = None if verdict is None else story.worst_outcome(verdict, outcome_id)
                if verdict is None or outcome is None:
                    continue
                switches = subject.switch_sites(verdict.holds)
                if not switches:
                    continue
                site = switches[-1]
                call = story.switched_by_call(site)
                yield Cut(story, event, subject.state.model, verdict, outcome, outcome_id == _RAISES, site, call)
