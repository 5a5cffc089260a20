"""What a program has to say at least before a rule can find anything in it. Each check states its needs, made of words.

A word is an identifier, or a trait of the text such as the call of a method that trains (`@training`). Its pattern comes from
what knowledge says about methods, functions and libraries, so a new method there is found here, too. `tools/generate.py` writes
all of it into `prefilter.words`, since a file that is ruled out must cost neither the checks nor knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gcheck_lint.knowledge import Knowledge
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.records import dataclass

# an argument anywhere in a call's parentheses, at most three deep
_IN_CALL = r"\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*?(?:{argument})"

# of what torch.autograd has, all but that which asks for no gradients
_NO_ASKING = r"(?:[Ff]unction|Variable|graph|profiler|gradcheck|forward_ad|(?:set_)?detect_anomaly)\b"
_AUTOGRAD = rf"autograd\b(?!\.{_NO_ASKING}|\s+import\s+{_NO_ASKING}\s*(?:\n|#|as\b))(?<!\wautograd)"


@dataclass(frozen=True, slots=True)
class Need:
    """Any of the alternatives, each with all of its words."""

    alternatives: frozenset[frozenset[str]]

    def __and__(self, other: Need) -> Need:
        return Need(frozenset(one | two for one in self.alternatives for two in other.alternatives))

    def __or__(self, other: Need) -> Need:
        joined = self.alternatives | other.alternatives
        return Need(frozenset(one for one in joined if not any(other < one for other in joined)))


def said(name: str) -> Need:
    """That a word occurs."""
    return Need(frozenset({frozenset({name})}))


CACHE = said("@cache")
CHECKPOINTING = said("@checkpointing")
CHECKPOINTING_CALL = said("@checkpointing call")
CHECKPOINTING_SET = said("@checkpointing set")
GRAD_MODE = said("@grad mode")
CHECKPOINTED_CALL = said("@checkpointed call") & said("@checkpoint module")
LAYER = said("GradientCheckpointingLayer")
PAST = said("past_key_values")
TRAINER = said("@trainer")
TRAINING = said("@training")
GENERATING = said("@generating")
ARGUMENTS = said("@arguments")
NAME_OF_MODEL = said("@name of model")
LOADED_WITH_CHECKPOINTING = said("@loaded with checkpointing")
LOADED_WITH_CACHE = said("@loaded with cache")
BUILT_WITH_CACHE = said("@built with cache")
CACHE_ATTRIBUTE = said("@cache attribute")
BACKWARD_WITH_INPUTS = said("@backward with inputs")
SHARED_CACHE = said("@shared cache")
SWITCH = CACHE | CHECKPOINTING
# checkpointing that is on somewhere: by its method, through a config, or by a trainer that is told to
CHECKPOINTED = CHECKPOINTING_CALL | CHECKPOINTING_SET | TRAINING & CHECKPOINTING
# what makes it worth looking into the modules that a file imports
LEADING = (CACHE, CHECKPOINTING, GENERATING, TRAINER, TRAINING)


@dataclass(frozen=True, slots=True)
class Word:
    """How it is found: patterns, each with literals of which one has to be there (none: nothing is cheaper to look for)."""

    patterns: tuple[tuple[tuple[str, ...], str], ...]


def word(name: str, facts: Knowledge) -> Word:
    """The patterns of a word; of an identifier, the identifier."""
    if not name.startswith("@"):
        # a pattern that begins with a name is found many times faster: what stands before it is looked at after it
        return Word((((name,), rf"{re.escape(name)}\b(?<!\w{re.escape(name)})"),))
    cache = str(facts.arguments["cache"])
    match name:
        case "@cache":
            return _anywhere([cache])
        case "@checkpointing":
            calls, named = _checkpointing_calls(facts), map(str, facts.arguments["checkpointing"])
            unasked = sorted(facts.packages_with("checkpointing-by-default"))
            imports = tuple(((package,), rf"\b(?:from|import)\s+{re.escape(package)}\b") for package in unasked)
            return Word((*_anywhere([*named, *calls]).patterns, *imports))
        case "@checkpointing call":
            return _anywhere(_checkpointing_calls(facts))
        case "@checkpointing set":
            switches = tuple(map(str, facts.arguments["checkpointing"]))
            return Word(tuple(((switch,), _set(re.escape(switch))) for switch in switches))
        case "@checkpointed call":
            return _anywhere(f"{name}(" for name in facts.functions_that("checkpoint a call"))
        case "@checkpoint module":
            imported = r"\btorch\.utils\s+import\s[^\n]*\bcheckpoint\b"
            return Word(((("utils.checkpoint",), r"\butils\.checkpoint\b"), (("torch.utils",), imported)))
        case "@grad mode":
            return _anywhere(facts.functions_that("grad mode"))
        case "@arguments":
            classes, packages = facts.argument_words()
            whole = tuple(word(package, facts).patterns[0] for package in packages)
            return Word((*_anywhere(classes).patterns, *whole))
        case "@name of model":
            names = sorted(facts.names_of_models())
            either = _either(names)
            # a model's own class speaks of itself
            spoken = tuple(f".{name}" for name in names), rf"\.(?<!\bself\.){either}\b"
            return Word((spoken, (tuple(names), rf"getattr\([^)\n]*[\"']{either}[\"']")))
        case "@loaded with checkpointing":
            switches = tuple(map(str, facts.arguments["checkpointing"]))
            arguments = _IN_CALL.format(argument=_either(switches))
            return Word(((switches, rf"\.{_either(facts.methods_that('load'))}\b{arguments}"),))
        case "@shared cache":
            return _anywhere(words for one in facts.sharing for words in one.words)
        case "@trainer":
            return _anywhere(facts.class_words(Kind.TRAINER))
        case "@training":
            return _after_dot(facts.methods_that("train", "backward", "fit"))
        case "@generating":
            called = _after_dot(facts.methods_that("generate")).patterns
            return Word((*called, *_anywhere(facts.functions_that("pipeline")).patterns))
        case "@built with cache":
            return _given(cache, facts.methods_that("build from config"))
        case "@loaded with cache":
            return _given(cache, facts.methods_that("load"), not_of=("Config.",), not_spread_by=("super().",))
        case "@autograd":
            return Word(((("autograd",), _AUTOGRAD),))
        case "@backward with inputs":
            return _given("inputs", facts.methods_that("backward"))
        case "@cache attribute":
            name = re.escape(cache)
            # a class of the script, or a config, may have such an attribute of its own
            owned = rf"(?<!\bself\.{name})(?<!config\.{name})"
            assigned = rf"\.{name}{owned}\s*(?::[^=\n]+)?=(?!=)"
            return Word((((f".{cache}",), assigned), ((cache,), rf"setattr\([^)]*[\"']{name}[\"']")))
        case _:
            raise ValueError(f"no such word: {name}")


def union(needs: Iterable[Need]) -> Need:
    """What is needed for any rule to find something."""
    whole = Need(frozenset())
    for need in needs:
        whole |= need
    return whole


def words_in(*needs: Need) -> tuple[str, ...]:
    """The words of some needs, each once."""
    return tuple(sorted({name for need in needs for alternative in need.alternatives for name in alternative}))


def _given(keyword: str, methods: Iterable[str], not_of: Iterable[str] = (), not_spread_by: Iterable[str] = ()) -> Word:
    """Methods that are given something: as a keyword, or in what may hold it (`**` and what a name stands for).

    `not_of`: what stands before a method of another kind of object; `not_spread_by`: where a `**` says nothing.
    """
    either, name = _either(methods), re.escape(keyword)
    kind = "".join(rf"(?<!{re.escape(one)})" for one in not_of)
    spread = "".join(rf"(?<!{re.escape(one)})" for one in not_spread_by)
    given, unpacked = _IN_CALL.format(argument=name), _IN_CALL.format(argument=r"\*\*")
    named = rf"\.{kind}{either}\b(?:(?!\s*\(|\*)|{given})"  # `.method*` stands in a text
    return Word((((keyword,), named), ((keyword,), rf"\.{kind}{spread}{either}\b{unpacked}")))


def _checkpointing_calls(facts: Knowledge) -> list[str]:
    return [*facts.methods_that("checkpointing"), *facts.functions_that("prepare kbit")]


def _set(name: str) -> str:
    """A keyword, a name or an attribute set to what is not plainly off. A model's own class sets it on itself and on its modules.

    What stands before the name is looked at after it: a pattern that begins with a name is found many times faster.
    """
    return rf"{name}(?:(?<![.\w]{name})|(?<=\.{name})(?<!\bself\.{name})(?<!\bmodule\.{name}))\s*=(?!=)(?!\s*False)"


def _anywhere(names: Iterable[str]) -> Word:
    """Names in any place, also as a part of others: without those that hold another one."""
    listed = sorted(set(names))
    kept = tuple(name for name in listed if not any(other != name and other in name for other in listed))
    return Word(tuple(((name,), re.escape(name)) for name in kept))


def _after_dot(names: Iterable[str]) -> Word:
    """Names after a dot, or in quotes, where an attribute is looked up so. One pattern for all: a dot is quickly found."""
    listed = sorted(set(names))
    return Word((((), rf"\.{_either(listed)}\b"), (("getattr(",), rf"getattr\([^)\n]*[\"']{_either(listed)}[\"']")))


def _either(names: Iterable[str]) -> str:
    listed = [re.escape(name) for name in sorted(set(names))]
    return listed[0] if len(listed) == 1 else f"(?:{'|'.join(listed)})"  # a plain name is found faster
