"""A survey from its SOURCE to its data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gcheck_lint.records import dataclass
from gcheck_lint.run import cache
from gcheck_lint.survey import cluster, datasets, summary
from gcheck_lint.survey.outcome import Columns, Job, Limits, Repository
from gcheck_lint.survey.state import State

if TYPE_CHECKING:
    from gcheck_lint.config.settings import Resolver

Tick = Callable[["Progress"], None]


@dataclass(slots=True)
class Progress:
    """How far a survey has got, in repositories."""

    total: int
    done: int = 0
    unchanged: int = 0
    failed: int = 0
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """What is to be surveyed, and how. `said`: the options of the command that the resolver is made of."""

    repositories: Sequence[Repository]
    out: Path
    resolver: Resolver
    said: str
    limits: Limits
    columns: Columns
    workers: int
    scheduler: str | None = None

    def conduct(self, tick: Tick) -> Progress:
        """Checks what is not known yet, and writes the data sets, also when it is interrupted. `tick` is told after each."""
        state = State(self.out)
        state.begin()
        progress = Progress(len(self.repositories))
        try:
            state.keep_only({one.name for one in self.repositories})
            try:
                self._check(state, progress, tick)
            finally:
                self._write(state)
        finally:
            state.end()
        return progress

    def _check(self, state: State, progress: Progress, tick: Tick) -> None:
        for outcome in cluster.outcomes(self._jobs(state), self.scheduler, min(self.workers, len(self.repositories))):
            if outcome.unchanged:
                progress.unchanged += 1
                outcome = state.get(outcome.name) or outcome
            else:
                state.put(outcome)
            progress.done += 1
            progress.failed += not outcome.row
            progress.findings += len(outcome.findings)
            tick(progress)

    def _jobs(self, state: State) -> Iterator[Job]:
        own = f"{cache.own()}\0{self.said}"
        for one in self.repositories:
            yield Job(one, self.resolver, self.limits, self.columns, own, state.key(one.name))

    def _write(self, state: State) -> None:
        tally = summary.Tally()
        for outcome in datasets.write(self.out, state, [one.name for one in self.repositories]):
            tally.add(outcome)
        summary.write(self.out, tally, len(self.repositories))
