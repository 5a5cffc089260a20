"""Which versions of the libraries a file can run with at all: those that have the names it imports and the keywords it passes."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.knowledge import Knowledge, keywords, names
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.surface import Passed, Surface
from gcheck_lint.versions import is_version

_LOADS = ("from_pretrained",)
PATCHING = ("unsloth",)  # its trainers take the keywords of other releases as well (unsloth/trainer.py of 2024.11 and later)


def proven(surface: Surface, knowledge: Knowledge) -> tuple[tuple[str, str], ...]:
    """The versions that a file can run with, by library; none of those that it says nothing of."""
    found: dict[str, list[str]] = {}
    for name in surface.imports:
        library, _, member = name.partition(".")
        for bound in names.bounds(library, member):
            found.setdefault(library, []).append(bound)
    patched = [word for word in PATCHING if word in surface.packages]
    for call in surface.calls:
        for library, bound in (*_of_call(call, knowledge), *(_of_keywords(call, knowledge) if not patched else ())):
            found.setdefault(library, []).append(bound)
    return tuple((library, ",".join(dict.fromkeys(bounds))) for library, bounds in sorted(found.items()))


def _of_call(call: Passed, knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    package, _, rest = call.name.partition(".")
    if rest.endswith("check_min_version") and package == "transformers" and is_version(call.first):
        yield package, f">={call.first}"  # it raises with an older one (utils/__init__.py of 4.36.2, 4.57.1 and 5.23.0)
    for of, keyword, library, versions, packages in knowledge.proofs:
        if keyword in call.keywords and package in packages and _kind_of(call, knowledge) == of:
            yield library, versions


def _of_keywords(call: Passed, knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    for keyword in sorted(call.keywords):
        bound = keywords.bound(call.name, keyword)
        # of a name that a rule speaks of it is a finding, and no proof, that some versions do not have it
        if bound is not None and knowledge.name("arguments", keyword) is None:
            yield bound


def _kind_of(call: Passed, knowledge: Knowledge) -> str:
    """What a call is of, as the files of knowledge say it: a kind that is built, or `model.from_pretrained`."""
    owner, _, last = call.name.rpartition(".")
    name = owner if last in _LOADS else call.name
    fact = knowledge.class_named(name)
    if fact is None or "trust_remote_code" in call.keywords:
        return ""  # a class that comes with the weights may take what it likes
    return f"{fact.kind.value}.{last}" if last in _LOADS and fact.kind is Kind.MODEL else fact.kind.value
