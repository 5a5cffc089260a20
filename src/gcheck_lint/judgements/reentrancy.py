"""Whether checkpointing is reentrant, asked for two rules: where nobody says it, and where layers get their input by keyword."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.python import edits
from gcheck_lint.python.syntax import Site
from gcheck_lint.remedies.names import call_around
from gcheck_lint.story.domain.events import CallCheckpointed, LayersCheckpointed, Trained
from gcheck_lint.story.domain.model_state import BY_DEFAULT
from gcheck_lint.story.effects.checkpointing_requests import FIELD
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, once_each
from gcheck_lint.text.spans import Edit

_WARNED = "implicit-reentrant"
_LOST, _LOST_BY_DEFAULT = "keyword-hidden-states", "keyword-hidden-states-by-default"
_NEW = "activation_checkpointing"
_ENABLING = (f"{FIELD}_enable", f"{_NEW}_enable")
_SAID = '{"use_reentrant": False}'


@dataclass(frozen=True, slots=True)
class ByDefault:
    """A training whose checkpointing is as reentrant as its libraries have it. `site`: where it is switched on."""

    event: Trained
    subject: Subject
    verdict: Verdict
    site: Site

    @property
    def name(self) -> str:
        return self.subject.name


def trainings_by_default(story: Story) -> list[ByDefault]:
    """Each switch once, the sure ones first. Silent where nobody has said how old a version may be: new ones do not warn."""
    if not story.target.has_floor:
        return []
    return once_each(_by_default(story), lambda one: one.site)


def _by_default(story: Story) -> Iterator[ByDefault]:
    for event in story.events_of(Trained):
        if event.trainer is not None and not _is_plain(story, event):
            continue
        for subject in story.subjects(event):
            checkpointing = subject.checkpointing
            unsaid = checkpointing.on & checkpointing.reentrant_by_default & subject.mode.train & ~subject.learning.cut_off
            verdict = story.judge(subject.here, unsaid, _WARNED)
            switches = [] if verdict is None else checkpointing.sites(verdict.holds)
            if verdict is not None and switches:
                yield ByDefault(event, subject, verdict.unless_off("checkpointing"), switches[-1])


def _is_plain(story: Story, event: Trained) -> bool:
    """Whether a trainer is transformers' own: what the arguments of other libraries say by default is theirs."""
    library = None if event.trainer is None else event.trainer.fields.get("@library")
    return str(getattr(library, "value", "")).startswith("transformers.")


def say_not_reentrant(training: ByDefault, story: Story) -> Fix | None:
    """The argument, beside the switch. Unsafe, for it changes how the layers run."""
    node, site = training.site.node, training.site
    if site.inner is not None:
        return None
    if isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value in (FIELD, _NEW):
        call, of, name = call_around(site, node), "arguments", f"{node.keyword.value}_kwargs"
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _ENABLING:
        method = node.func.attr.value
        call, of, name = node, f"model.{method}", f"{method.removesuffix('_enable')}_kwargs"
    else:
        return None
    known = knowledge.load().name(of, name)
    if known is not None and known.missing is not None and story.affected(known.when_missing).possible:
        return None
    given = {arg.keyword.value for arg in call.args if arg.keyword is not None} if call is not None else set()
    if call is None or given & {f"{FIELD}_kwargs", f"{_NEW}_kwargs"} or (call is node and node.args):
        return None
    beside = node if isinstance(node, cst.Arg) else None
    made = edits.add_argument(Site(site.module, call), f"{name}={_SAID}", beside)
    return None if made is None else Fix(f"Pass `{name}={_SAID}`", made, Safety.UNSAFE, "reentrant")


def say_of_call(call: CallCheckpointed) -> Fix | None:
    """`use_reentrant=False` as the call's last argument."""
    node = call.site.node
    given = {arg.keyword.value for arg in node.args if arg.keyword is not None} if isinstance(node, cst.Call) else set()
    if call.site.inner is not None or "use_reentrant" in given:
        return None
    made = edits.add_argument(call.site, "use_reentrant=False")
    return None if made is None else Fix("Pass `use_reentrant=False`", made, Safety.UNSAFE, "reentrant")


def loses_gradients(story: Story, event: LayersCheckpointed) -> Verdict | None:
    """Whether the layers are checkpointed reentrantly, because the script says so or because nobody does; None when not."""
    said = story.value_is(event.reentrant, True) & story.affected(_LOST)
    unsaid = story.value_is(event.reentrant, BY_DEFAULT.value) & story.affected(_LOST_BY_DEFAULT)
    return story.judge(story.when(event.condition), said | unsaid, _LOST, _LOST_BY_DEFAULT)


def by_position(call: Site, name: str) -> Fix | None:
    """The layer's first argument without its name, where it is the first one that is written."""
    node = call.node
    if call.inner is not None or not isinstance(node, cst.Call) or not node.args or node.args[0].keyword is None:
        return None
    first = node.args[0]
    start, end = call.module.extent(first)[0], call.module.extent(first.value)[0]
    text = call.module.source.text[start:end]
    if "#" in text or first.keyword is None or first.keyword.value != name or name not in text:
        return None
    return Fix("Pass it by position", (Edit(call.path, start, end, ""),), Safety.UNSAFE, "position")
