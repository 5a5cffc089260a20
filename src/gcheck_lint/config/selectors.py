"""Which rules a list like `GCK1, cache-off-saved, ALL` means, and which list wins.

As in ruff: the more exact selector wins, `ignore` wins a tie, and a later layer (the command line) that selects
starts over. The rules are handed in as a mapping from code to name: this stays below everything that knows rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gcheck_lint.config.keys import ALL
from gcheck_lint.errors import SettingsError
from gcheck_lint.records import dataclass

_EXACT = 1_000  # above every length of a prefix


@dataclass(frozen=True, slots=True)
class Selector:
    """A code, a name, the beginning of a code or `ALL`, and the rules that it stands for."""

    text: str
    codes: frozenset[str]
    weight: int

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Choice:
    """What one layer of settings says. `select` None: it leaves the choice of the layers before it alone."""

    select: tuple[Selector, ...] | None = None
    extend: tuple[Selector, ...] = ()
    ignore: tuple[Selector, ...] = ()


def parse(text: str, known: Mapping[str, str], origin: str) -> Selector:
    """Reads one selector. Raises SettingsError when no rule answers to it; `origin` says where it was written."""
    word = text.strip()
    code = word.upper()
    if code == ALL:
        return Selector(ALL, frozenset(known), 0)
    if code in known:
        return Selector(code, frozenset({code}), _EXACT)
    for known_code, name in known.items():
        if name == word.lower():
            return Selector(name, frozenset({known_code}), _EXACT)
    family = frozenset(known_code for known_code in known if code and known_code.startswith(code))
    if family:
        return Selector(code, family, len(code))
    raise SettingsError(f"unknown rule `{word}` in {origin}{suggest(word, [*known, *known.values(), ALL])}", text)


def resolve(choices: Iterable[Choice], known: Mapping[str, str]) -> frozenset[str]:
    """The rules that are on after all layers, the first one first."""
    chosen: set[str] = set()
    for choice in choices:
        if choice.select is not None:
            chosen.clear()
        wanted = (*(choice.select or ()), *choice.extend)
        for code in known:
            for_it, against_it = _weight(wanted, code), _weight(choice.ignore, code)
            if for_it > against_it:
                chosen.add(code)
            elif against_it >= 0:
                chosen.discard(code)
    return frozenset(chosen)


def suggest(word: str, candidates: Iterable[str]) -> str:
    """`; did you mean ...?` when something like `word` is among the candidates, else nothing."""
    near = nearest(word, candidates)
    return f"; did you mean `{near}`?" if near else ""


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate that is most like a word; empty where none is."""
    import difflib  # only for an error's last words

    # not difflib.get_close_matches: of equally near ones it takes the last, and GCK10l is to be GCK101
    near, best = "", 0.6
    for candidate in candidates:
        ratio = difflib.SequenceMatcher(None, candidate.lower(), word.lower()).ratio()
        if ratio > best:
            near, best = candidate, ratio
    return near


def _weight(selectors: Sequence[Selector], code: str) -> int:
    return max((selector.weight for selector in selectors if code in selector.codes), default=-1)
