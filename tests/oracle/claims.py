"""What each rule claims about a run, as a predicate over what was seen, and what the sight of it proves.

An effect is told in words, or it is None: `line logged: …`, `wrong text`, `config.json says false`. A rule that runs
nothing (GCK0xx) has no claim. A new rule adds one function here; a card without one fails the tier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gcheck_lint.findings.diagnostics import Severity
from gcheck_lint.rulebook.cards import Card
from gcheck_lint.versions import Specifier

Seen = Mapping[str, Any]
INCOMPATIBLE = re.compile(
    r"is incompatible with gradient checkpointing\b|checkpointing`?\. Setting `use_cache|does not work with gradient"
)


@dataclass(frozen=True)
class Case:
    """One run: the version, what was seen, and the rows of the switch that the example is about."""

    version: str
    seen: Seen
    rows: frozenset[int]


Effect = Callable[[Case], "str | None"]
EFFECTS: dict[str, Effect] = {}


def effect(*codes: str) -> Callable[[Effect], Effect]:
    """Registers the effect of one or more rules."""

    def register(function: Effect) -> Effect:
        EFFECTS.update(dict.fromkeys(codes, function))
        return function

    return register


def newer(version: str, bound: str) -> bool:
    """Whether a version is `bound` or a later one."""
    return Specifier.parse(f">={bound}").contains(version)


# training with the cache on


@effect("GCK101", "GCK102", "GCK103")
def _line_in_training(case: Case) -> str | None:
    logged = lines(case.seen, INCOMPATIBLE, "script")
    return f"logged in training: {logged[0]}" if logged else None


@effect("GCK106")
def _not_shared(case: Case) -> str | None:
    shared = case.seen.get("shared", "right")
    return None if shared == "right" else f"gradients are {shared}"


@effect("GCK104")
def _nothing_switched(case: Case) -> str | None:
    raised = case.seen["raised"]
    if raised and "'use_cache'" in raised["text"]:
        return f"raises {raised['type']}: … {raised['text'].partition(' ')[2]}"
    trained = {int(model): count for model, count in case.seen["trained"].items()}
    in_time = [
        one
        for one in case.seen["changes"]
        if one["row"] in case.rows
        and trained.get(one["model"], 0) > one["forwards_before"]
        and one["switch"] == "config.use_cache"
    ]
    if not case.rows or in_time or not trained:
        return None
    # a config that was switched before its model was made shows in the model alone
    if all(one["config"] is False for one in case.seen["forwards"]) and not _of_a_model(case):
        return None
    return "no switch of the trained model changes"


def _of_a_model(case: Case) -> bool:
    """Whether a model was there already when the rows ran: each of them is a change, or should have been one."""
    return any(one["row"] >= min(case.rows) for one in case.seen["changes"])


# after training


@effect("GCK201")
def _saved_off(case: Case) -> str | None:
    for one in final_saves(case.seen):
        if one["config"] is False:
            again, bare = one.get("reloaded"), one.get("reloaded_without_generation_config")
            words = ["config.json says false"]
            if again:
                words.append(f"reloaded: {again['fed'] or again['text']}")
            if bare:
                words.append(f"without generation_config.json: {bare['fed'] or bare['text']}")
            return ", ".join(words)
    return None


@effect("GCK202")
def _without_cache(case: Case) -> str | None:
    slow = [one for one in case.seen["generations"] if one["fed"] == "whole sequence" and one["argument"] is not False]
    return "whole sequence in each step" if slow else None


@effect("GCK204")
def _still_without_cache(case: Case) -> str | None:
    saved = [one["reloaded"]["fed"] for one in final_saves(case.seen) if one.get("reloaded")]
    return "reloaded: whole sequence in each step" if "whole sequence" in saved else _without_cache(case)


@effect("GCK203", "GCK206")
def _generated_while_checkpointing(case: Case) -> str | None:
    hit = [one for one in case.seen["generations"] if one["training"] and one["checkpointing"]]
    for one in hit:
        if one["text"] == "raises":
            return f"raises {one['raised']}"
        if one["text"] == "wrong":
            return f"wrong text, {one['fed']} in each step"
    slow = [one for one in hit if one["fed"] == "whole sequence" and one["argument"] is not False]
    return "whole sequence in each step, right text" if slow else None


@effect("GCK205")
def _cache_passed(case: Case) -> str | None:
    raised = case.seen["raised"]
    if raised and raised["row"] in case.rows:
        return f"raises {raised['type']}: {raised['text'][:120]}"
    hit = [one for one in case.seen["forwards"] if one["past"] and one["training"] and one["checkpointing"]]
    dropped = lines(case.seen, re.compile("Caching is incompatible"), "script")
    return f"the cache is dropped: {dropped[0]}" if hit and dropped else None


# gradients


@effect("GCK301")
def _implicit(case: Case) -> str | None:
    warned = lines(case.seen, re.compile("use_reentrant parameter should be passed"))
    return "torch warns that `use_reentrant` is not passed" if warned else None


@effect("GCK302", "GCK307", "GCK405")
def _raises(case: Case) -> str | None:
    raised = case.seen["raised"]
    return f"raises {raised['type']}: {raised['text'][:120]}" if raised else None


@effect("GCK303", "GCK306", "GCK311")
def _gradients_lost(case: Case) -> str | None:
    gradients = case.seen["gradients"]
    if not gradients or not gradients["without_gradient"]:
        return None
    return f"{gradients['without_gradient']} of {gradients['trainable']} trained tensors get no gradient"


@effect("GCK312")
def _grad_refused(case: Case) -> str | None:
    raised = case.seen["raised"]
    refused = raised and raised["type"] == "RuntimeError" and "incompatible with .grad()" in raised["text"]
    return f"raises RuntimeError: {raised['text'][:120]}" if refused else None


@effect("GCK313")
def _statistics_twice(case: Case) -> str | None:
    passes, steps = case.seen.get("norm_passes", 0), case.seen["steps"]
    return f"BatchNorm is run {passes} times in train mode in {steps} step" if steps and passes > steps else None


@effect("GCK304")
def _nothing_checkpointed(case: Case) -> str | None:
    evaluated, calls = case.seen["evaluated_backwards"], case.seen["checkpoints"].get("script")
    if evaluated and not calls:
        return "backward in eval mode, no call of checkpoint()"
    if evaluated:  # scenario eval_backward: none of the calls is made in these
        return f"{evaluated} of {case.seen['backwards']} backward passes in eval mode"
    return None


@effect("GCK305")
def _checkpointed_for_nothing(case: Case) -> str | None:
    hit = [one for one in case.seen["forwards"] if one["training"] and one["checkpointing"] and not one["grad"]]
    return "checkpoint() is called without gradients" if hit and case.seen["checkpoints"].get("script") else None


@effect("GCK105")
def _filled_again(case: Case) -> str | None:
    off = case.seen.get("gradients_off")
    if off is not None and off > 1.0:  # percent: two runs of the same pass are never so far apart
        return f"no exception, and the gradients are {off} % off"
    raised = case.seen["raised"]
    twice = raised and ("CheckpointError" in raised["type"] or "size" in raised["text"])
    return f"raises {raised['type']}: {raised['text'][:120]}" if twice else None


# names


@effect("GCK401")
def _deprecated(case: Case) -> str | None:
    warned = lines(case.seen, re.compile(r"checkpointing\w*` is deprecated"))
    return warned[0] if warned else None


@effect("GCK402")
def _unknown_argument(case: Case) -> str | None:
    raised = case.seen["raised"]
    if raised and raised["type"] in {"TypeError", "AttributeError"} and raised["row"] in case.rows:
        return f"raises {raised['type']}: {raised['text'][:120]}"
    return None


@effect("GCK108")
def _load_refuses(case: Case) -> str | None:
    raised = case.seen["raised"]
    refused = raised and raised["type"] == "TypeError" and raised["text"].endswith("unexpected keyword argument 'use_cache'")
    return f"raises {raised['type']}: {raised['text'][:120]}" if refused else None


@effect("GCK410")
def _section_unheard(case: Case) -> str | None:
    trained = any(one["grad"] for one in case.seen["forwards"])
    return "no call of checkpoint() in the training" if trained and not case.seen["checkpoints"].get("script") else None


@effect("GCK406")
def _read_by_nobody(case: Case) -> str | None:
    trained = [one for one in case.seen["forwards"] if one["training"] and one["grad"]]
    off = case.rows and trained and not any(one["checkpointing"] for one in trained)
    return "checkpoint() is not called in the training" if off and not case.seen["checkpoints"].get("script") else None


@effect("GCK407")
def _left_on(case: Case) -> str | None:
    trained = [one for one in case.seen["forwards"] if one["training"] and one["grad"]]
    on = case.rows and any(one["checkpointing"] for one in trained) and case.seen["checkpoints"].get("script")
    return "checkpoint() is called in the training" if on else None


@effect("GCK408")
def _wrapper_has_none(case: Case) -> str | None:
    raised = case.seen["raised"]
    refused = raised and raised["type"] == "AttributeError" and "Parallel' object has no attribute" in raised["text"]
    return f"raises {raised['type']}: {raised['text'][:120]}" if refused else None


@effect("GCK409")
def _keywords_refused(case: Case) -> str | None:
    raised = case.seen["raised"]
    refused = raised and raised["type"] == "ValueError" and "Unexpected keyword arguments" in raised["text"]
    return f"raises {raised['type']}: {raised['text'][:120]}" if refused else None


@effect("GCK308")
def _marked_twice(case: Case) -> str | None:
    raised = case.seen["raised"]
    refused = raised and raised["type"] == "RuntimeError" and "mark a variable ready only once" in raised["text"]
    return f"raises {raised['type']}: {raised['text'][:120]}" if refused else None


@effect("GCK309")
def _other_shape(case: Case) -> str | None:
    raised = case.seen["raised"]
    refused = raised and raised["type"] == "CheckpointError"
    return f"raises {raised['type']}: {raised['text'][:120]}" if refused else None


@effect("GCK404")
def _switch_refuses(case: Case) -> str | None:
    raised = case.seen["raised"]
    refused = raised and raised["type"] == "TypeError" and "checkpointing_enable() got an unexpected keyword" in raised["text"]
    return f"raises {raised['type']}: {raised['text'][:120]}" if refused else None


@effect("GCK403")
def _silently_off(case: Case) -> str | None:
    raised = case.seen["raised"]
    if raised and "'gradient_checkpointing'" in raised["text"]:
        return f"raises {raised['type']}: … {raised['text'].partition(' ')[2]}"
    trained = [one for one in case.seen["forwards"] if one["training"] and one["grad"]]
    if trained and not any(one["checkpointing"] for one in trained):
        return "checkpointing is off in the training"
    return None


# what a sight proves

PROVEN, SILENT, ABSENT, OUTSIDE = "proven", "silent, and nothing happens", "nothing happens", "outside its target"
NOT_HERE, EXPLAINED, FAILS = "not reproducible here", "explained", "FAILS"

# what no environment can show: their cards say what was run besides, and none of them is worse than a warning
UNPROVEN = frozenset({"GCK309"})

# (code, pattern of the stand-in, versions) -> the reason, for what the rule knows and leaves out on purpose
EXPLANATIONS: tuple[tuple[str, str, str, str], ...] = (
    ("GCK309", "llama", ">=4.36", "it takes a DeepSpeed before 0.19.3, which no environment has; the card says what was run"),
    ("GCK102", "t5", ">=5.23", "t5 logs the line on 5.23.0 whatever the config says; the card says so"),
)


@dataclass(frozen=True)
class Verdict:
    """What one run says about a card: a word from the list above, what was seen, and why the word."""

    word: str
    effect: str = ""
    why: str = ""

    @property
    def fails(self) -> bool:
        return self.word == FAILS


def judge(card: Card, kind: str, target: str, case: Case, reported: Severity | None) -> Verdict:
    """Compares what gclint says for exactly this version with what was seen in it."""
    outside = not Specifier.parse(target).contains(case.version)
    if "cannot" in case.seen:
        return Verdict(OUTSIDE) if outside else Verdict(NOT_HERE, why=case.seen["cannot"])
    absent = missing(case.seen)
    if absent:
        return Verdict(NOT_HERE, why=absent)
    seen = EFFECTS[card.code](case)
    if outside:
        return Verdict(OUTSIDE, seen or "")
    verdict = _bad(card, case, seen, reported) if kind == "bad" else _harmless(card, kind, case, seen, reported)
    if verdict.fails:
        for code, family, versions, reason in EXPLANATIONS:
            stand_ins = case.seen["stands_in"].values()
            if code == card.code and family in stand_ins and Specifier.parse(versions).contains(case.version):
                return Verdict(EXPLAINED, seen or "", reason)
    return verdict


def _bad(card: Card, case: Case, seen: str | None, reported: Severity | None) -> Verdict:
    raised = case.seen["raised"]
    if seen is None and raised:
        return Verdict(FAILS, why=f"stops before: {raised['type']}: {raised['text'][:120]} (row {raised['row']})")
    if seen is None and idle(card, case.seen):
        return Verdict(FAILS, why=idle(card, case.seen))
    if reported is None:
        return Verdict(SILENT) if seen is None else Verdict(FAILS, seen, "it happens, and gclint is silent for this version")
    if seen is None:
        return Verdict(FAILS, why="gclint reports it for this version, and no run shows it")
    wrong = re.match(r"wrong|raises|\d+ of", seen) is not None
    if card.code == "GCK203" and wrong != (reported is Severity.ERROR):
        return Verdict(FAILS, seen, f"gclint calls it {reported} for this version")
    if card.code == "GCK201" and reported is Severity.INFO and "reloaded: whole" in seen:
        return Verdict(FAILS, seen, f"gclint calls it {reported} for this version")
    return Verdict(PROVEN, seen)


def _harmless(card: Card, kind: str, case: Case, seen: str | None, reported: Severity | None) -> Verdict:
    raised = case.seen["raised"]
    if raised:
        return Verdict(FAILS, why=f"raises {raised['type']}: {raised['text'][:120]} (row {raised['row']})")
    if reported is not None:
        return Verdict(FAILS, seen or "", "gclint reports it for this version")
    if seen is not None:
        return Verdict(FAILS, seen, "the effect is still there" if kind.startswith("fixed") else "the effect is there")
    why = idle(card, case.seen)
    return Verdict(FAILS, why=why) if why else Verdict(ABSENT)


def idle(card: Card, seen: Seen) -> str:
    """Why the absence of an effect says nothing in this run: what would show it was not done, or went wrong."""
    if card.code in {"GCK202", "GCK203", "GCK204"}:
        if not seen["generations"] and not (card.code == "GCK204" and seen["saved"]):
            return "nothing is generated"
        texts = [one["text"] for one in seen["generations"] if one["text"] != "right"]
        return f"a generated text is {texts[0]}" if texts else ""
    if card.code == "GCK201":
        return "" if seen["saved"] or seen["adapters"] else "nothing is saved"
    return "" if seen["steps"] else "nothing is trained"


def missing(seen: Seen) -> str:
    """A library or a class that this version does not have at all."""
    raised = seen["raised"]
    if raised and raised["type"] in {"ImportError", "ModuleNotFoundError"}:
        return raised["text"][:160]
    return ""


# shared with the evidence


def lines(seen: Seen, pattern: re.Pattern[str], phase: str | None = None) -> list[str]:
    """The log lines that a pattern finds."""
    return [one["text"] for one in seen["lines"] if pattern.search(one["text"]) and phase in {None, one["phase"]}]


def final_saves(seen: Seen) -> list[Mapping[str, Any]]:
    """The models that the script itself saves; what a trainer saves in between is none of them."""
    return [one for one in seen["saved"] if not re.search(r"checkpoint-\d+", one["folder"])]


def unnamed_lines(card: Card, case: Case) -> list[str]:
    """Log lines of this rule's kind that no message of its card has, for this version; the layer's name is free."""
    pattern = {"GCK101": INCOMPATIBLE, "GCK102": INCOMPATIBLE, "GCK103": INCOMPATIBLE, "GCK203": _DROPPED}.get(card.code)
    if pattern is None:
        return []
    known = [_unnamed(one.text) for one in card.messages if Specifier.parse(one.versions).contains(case.version)]
    logged = lines(case.seen, pattern, "generate" if card.code == "GCK203" else "script")
    return [line for line in logged if not any(text in _unnamed(line) for text in known)]


def messages_seen(card: Card, version: str, runs: list[Seen]) -> dict[str, bool]:
    """Each message that the card has for this version, and whether some run of the card printed it."""
    said = "\n".join(
        _unnamed(text)
        for seen in runs
        if "cannot" not in seen
        for text in (*(one["text"] for one in seen["lines"]), (seen["raised"] or {"text": ""})["text"])
    )
    due = [one for one in card.messages if Specifier.parse(one.versions).contains(version)]
    return {one.text: _unnamed(one.text) in said for one in due}


_DROPPED = re.compile("Caching is incompatible")


def _unnamed(line: str) -> str:
    return re.sub(r"checkpointing in \w+\.", "checkpointing in ….", line)
