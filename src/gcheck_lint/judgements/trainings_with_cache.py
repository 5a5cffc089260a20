"""Trainings that run with checkpointing and the cache both on, asked once for the rules that tell them apart.

A run for which the user has switched the script's own checkpointing flag off is only possibly one of them: what still switches
checkpointing on there (PEFT's preparation of a quantised model) is not what its author meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.judgements.shared_caches import sharing_of, without_shared
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.remedies.lines import is_made_of_others, restore_before
from gcheck_lint.story.domain.events import (
    ON_THE_MODEL,
    CacheSwitched,
    CheckpointingSwitched,
    Event,
    Generated,
    Ineffective,
    Saved,
    Trained,
)
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, When, sure_first

_EFFECT = "training-with-cache"
_AGAIN = ", and `True` again before it is saved"
_MOVED = "set `use_cache` on the config that the model reads (GCK104); that fix resolves this finding as well"
_SHARED = "no change is needed: its layers share keys and values through the cache, which must stay on up to 5.5"
_ADVICE = "no change is needed; to silence the log line, set `{}` before it trains, and `True` before it is saved or generates"


@dataclass(frozen=True, slots=True)
class Training:
    """A training that is harmed: how surely, on which versions, and the places that make it.

    `follows`: where checkpointing is on the cache never is off, so that turning the switch round puts it right.
    """

    story: Story
    event: Trained
    subject: Subject
    verdict: Verdict
    switches: list[Site]
    forced: list[Site]
    follows: bool

    @property
    def name(self) -> str:
        return self.subject.name

    @property
    def holders(self) -> tuple[str, ...]:
        """The configs of the model in which a switch is heard; none where a line would not do, or nobody knows which counts."""
        nested = self.subject.model_state.nested
        if nested is None:
            return ("config",)
        releases = self.story.releases(self.verdict.holds)
        return nested.holders(releases if self.story.target.is_chosen else releases[-1:])

    def switched_by_call(self) -> CheckpointingSwitched | None:
        """The first call that switched checkpointing on; None when a trainer's arguments did."""
        for site in self.switches:
            call = self.story.switched_by_call(site)
            if call is not None:
                return call
        return None

    def switched_by_arguments(self) -> Site | None:
        """The place of the trainer's argument that switched it on."""
        return next((site for site in self.switches if self.story.switched_by_call(site) is None), None)

    def meant_off(self) -> Site | None:
        """A switch on the model itself that everybody comes by who comes to the training: on the config it would end this.

        Of a model with a config within its config: one on the whole's config, where the passes ask the one within.
        """
        for switch in self.switched_elsewhere():
            if self._comes_by(switch, self.event):
                return switch.site
        for event in self.story.events_of(Ineffective):
            if event.why == ON_THE_MODEL and event.off and event.order < self.event.order and self.subject.is_also_of(event):
                return event.site if self._comes_by(event, self.event) else None
        return None

    def switches_of_whole(self) -> list[Site]:
        """Where the script sets the switch of the whole's config, on or off; nowhere where the other one is not always asked."""
        whole = [config for _, config in self.story.alternatives(self.subject.model_state.config or ABSENT)]
        found = [event.site for event in self.story.events_of(CacheSwitched) if event.config in whole]
        return found if self.heard_in_part else []

    def switched_elsewhere(self) -> list[CacheSwitched]:
        """Switches on the config of the whole, where its passes ask the one of their text part."""
        if self.subject.model_state.nested is None:
            return []
        found = [event for event in self.story.events_of(CacheSwitched) if event.order < self.event.order]
        whole = [config for _, config in self.story.alternatives(self.subject.model_state.config or ABSENT)]
        return [
            event
            for event in found
            if event.config in whole and self.subject.is_also_of(event) and not self.story.value_is(event.value, False).never
        ]

    def remedied(self, off: Fix | None) -> tuple[str, Fix | None]:
        """What is to be done about the log line, in words and as a fix that sets the switch.

        What is saved after the training gets its own line in the same edit. Where the switch would be stored in the place of a
        log line, or be asked by a generation, the fix is only advice. Of a model that needs its cache, there is none.
        """
        if sharing_of(self.subject) is not None:
            return _SHARED, None
        restores = self._restores()
        if self._is_stored or restores is None:
            if self.meant_off() is not None and not is_made_of_others(self.event):
                return _MOVED, None
            return _ADVICE.format(self._switch), None if off is None else replace(off, safety=Safety.DISPLAY)
        words = f"set `{self._switch}` before it trains"
        if off is None or not restores:
            return words + _AGAIN * bool(restores), off
        joined = off.together_with(restores)
        return f"{words}{_AGAIN}", replace(joined, title=f"{joined.title} before it is saved")

    @property
    def part(self) -> str:
        """The path to the config of the text part, if the model has one."""
        nested = self.subject.model_state.nested
        return "config" if nested is None else f"config.{nested.path}"

    @property
    def heard_in_part(self) -> bool:
        """Whether that config is asked by all releases that count."""
        nested, target = self.subject.model_state.nested, self.story.target
        releases = target.releases() if target.is_chosen else target.releases()[-1:]
        return nested is not None and nested.holders(releases) == (self.part,)

    @property
    def where_heard(self) -> str:
        """Where the switch of the text part is to be set."""
        nested = self.subject.model_state.nested
        releases = self.story.releases(self.verdict.holds)
        if self.heard_in_part or nested is None or nested.holders(releases) == (self.part,):
            return f"set it on `{self.part}`, which it reads"
        return f"set it on `{self.part}`, which newer releases read; older releases copied it"

    @property
    def _switch(self) -> str:
        """What silences the line."""
        return "` and `".join(f"{holder}.use_cache = False" for holder in self.holders or (self.part,))

    def turned_round(self, flip: Fix | None) -> Fix | None:
        """An explicit switch that is turned round: only advice where the model generates afterwards with what it says.

        A model that keeps its switch in a config within its config is left alone: which of them is asked hangs on the version.
        """
        if flip is None or not self.follows or is_made_of_others(self.event) or sharing_of(self.subject) is not None:
            return None
        asked = (one for one in self.story.events_of(Generated) if self._comes_later(one) and not one.uses_no_cache)
        decides = self.story.affected("generate-without-cache")
        if any((self.story.not_given(one.use_cache) & decides).possible for one in asked):
            return replace(flip, safety=Safety.DISPLAY)
        return flip

    @property
    def _is_stored(self) -> bool:
        """Whether a trainer writes checkpoints with the config meanwhile. An adapter is written without it."""
        return self.event.trainer is not None and not self.subject.state.adapter and not self._keeps_no_checkpoints()

    def _restores(self) -> list[Fix] | None:
        """What puts the switch back before each save after it; None where that can't be said in a line."""
        found: list[Fix] = []
        before: list[Saved] = []
        if any(self._comes_later(event) for event in self.story.events_of(Generated)):
            return None
        for event in filter(self._comes_later, self.story.events_of(Saved)):
            if not event.writes_config or self._is_adapter_in(event) or any(self._comes_by(one, event) for one in before):
                continue
            framed = event.in_training or self.story.returns_to_training(event)
            fix = None if framed or self.story.comes_after(event, Trained, CacheSwitched) else restore_before(event, self.holders)
            if fix is None:
                return None
            before.append(event)
            found.append(fix)
        return found

    def _comes_later(self, event: Event) -> bool:
        return event.order > self.event.order and self.subject.is_also_of(event)

    def _comes_by(self, first: Event, later: Event) -> bool:
        """Whether whoever comes to the later event has come by the first one, or both are one statement."""
        when = self.story.when
        return first.site == later.site or (first.entry == later.entry and (when(later.condition) & ~when(first.condition)).never)

    def _is_adapter_in(self, event: Event) -> bool:
        return all(state.adapter for state in event.states if state.model is self.subject.state.model)

    def _keeps_no_checkpoints(self) -> bool:
        """Whether the trainer's arguments say `save_strategy="no"`, whatever flags there are."""
        assert self.event.trainer is not None
        given = self.story.alternatives(self.event.trainer.fields.get("args", ABSENT))
        said = [one.fields.get("save_strategy") if isinstance(one, AbstractObject) else None for _, one in given]
        return bool(said) and all(isinstance(one, Constant) and one.value == "no" for one in said)


def trainings_with_cache(story: Story, *, forced: bool) -> list[Training]:
    """Trainings with both on, the sure ones first. `forced`: the script itself says `use_cache=True`, else nobody does."""
    return sure_first(_trainings(story, forced=forced))


def _trainings(story: Story, *, forced: bool) -> Iterator[Training]:
    for event in story.events_of(Trained):
        for subject in story.subjects(event):
            verdict = story.judge_model(
                subject, partial(_with_cache, forced), _EFFECT, maybe=_perhaps_with_cache(forced, subject)
            )
            if verdict is None:
                continue
            switches = subject.checkpointing.sites(verdict.holds)
            sites = subject.cache.sites(True, verdict.holds) or story.sites_of(event.forward_cache, True, verdict.holds)
            follows = not (subject.here & subject.checkpointing.on & subject.cache.off).possible
            yield Training(story, event, subject, verdict.unless_off("checkpointing"), switches, sites, follows)


def _with_cache(forced: bool, subject: Subject) -> When:
    """A model trains with both on."""
    event = _training_of(subject)
    exists = subject.cache.exists | subject.cache.is_believed
    return _gives_way(event, subject) & exists & (_forced(event, subject) if forced else _as_loaded(event, subject))


def _perhaps_with_cache(forced: bool, subject: Subject) -> When:
    """The same, as far as anybody knows."""
    event = _training_of(subject)
    on = _forced(event, subject) if forced else _as_loaded(event, subject) | _perhaps_on(event, subject)
    return _gives_way(event, subject) & subject.cache.may_exist & on


def _training_of(subject: Subject) -> Trained:
    assert isinstance(subject.event, Trained)
    return subject.event


def _gives_way(event: Trained, subject: Subject) -> When:
    """Its checkpointing is on, and would switch off a cache that is on as well."""
    harmed = subject.checkpointing.on & subject.mode.train & subject.checkpointing.gives_way
    harmed &= ~subject.story.when(event.passes_cache_off) & ~without_shared(subject)  # more is wrong then (GCK106)
    return harmed & ~subject.learning.by_prefix  # what carries the prefix is a cache: it must not be switched off


def _perhaps_on(event: Trained, subject: Subject) -> When:
    """Nobody can tell what the config says, and nobody has passed anything; that the script has forced it is no guess."""
    return subject.cache.unknown & subject.story.not_given(event.forward_cache)


def _as_loaded(event: Trained, subject: Subject) -> When:
    """Nobody says anything of the cache: neither the script, nor the forward call, nor the arguments."""
    return subject.cache.as_loaded & subject.story.not_given(event.forward_cache)


def _forced(event: Trained, subject: Subject) -> When:
    """The script has forced the cache on: in the config and nothing passed, or in the call itself."""
    story = subject.story
    return (subject.cache.forced_on & story.not_given(event.forward_cache)) | story.value_is(event.forward_cache, True)
