"""src/gcheck_lint/prefilter/words.py out of cards, checks and knowledge: what triage and the start of a run go by.

A file that is ruled out by its bytes must cost neither the parse of a card nor of knowledge, so what that takes is written down
beforehand.
"""

from __future__ import annotations

import collections
import difflib
import itertools
from collections.abc import Iterable

from gcheck_lint import checks, knowledge
from gcheck_lint.checks import needs
from gcheck_lint.rulebook import cards

HEAD = '''"""What triage goes by, written by `tools/generate.py` out of cards, checks and knowledge: change those and run it."""

from __future__ import annotations

from typing import Final

'''
_COMMON = 10  # letters; what is shorter is in every other text
Nested = tuple[tuple[str, ...], ...]


def written() -> str:
    """The text of the module."""
    facts = knowledge.load()
    sinks = needs.words_in(needs.GENERATING, needs.TRAINING)

    def rows(need: needs.Need) -> Nested:
        """What the fewest files hold comes first, a place where a switch shows; then what many ask for, then what is cheap."""
        asked = collections.Counter(name for words in need.alternatives for name in words)
        cost = {name: sum(not any(part in one for part in gate) for one in _literals(name, facts)) for name in asked}

        def key(name: str) -> tuple[object, ...]:
            return name not in sinks, -asked[name], cost[name], name

        listed = (tuple(sorted(words, key=key)) for words in need.alternatives)
        return tuple(sorted(listed, key=lambda words: (words[0] not in sinks, words)))

    found = {code: check.needs for code, check in checks.registry().items()}
    whole = needs.union(found.values())
    own = {code: card for code, card in cards.load().items() if code not in found}
    names = needs.words_in(*found.values(), *needs.LEADING)
    words = [(name, _word(name, facts)) for name in names]
    gate = _gate(whole, facts)
    parts = [
        HEAD,
        "# code and name of every rule\n",
        _mapping("RULES", "dict[str, str]", ((code, repr(card.slug)) for code, card in cards.load().items())),
        "# what gclint says by itself, and not of a model: how bad it is\n",
        _mapping("SEVERITIES", "dict[str, str]", ((code, repr(str(card.severity))) for code, card in own.items())),
        "# every rule about models in a sentence\n",
        _mapping("SENTENCES", "dict[str, str]", ((code, repr(check.rule)) for code, check in checks.registry().items())),
        "# packages that knowledge speaks of\n",
        _set("PACKAGES", facts.packages()),
        "# packages whose functions leave models alone\n",
        _set("HARMLESS", facts.harmless_packages()),
        "# packages of libraries that work on models\n",
        _set("LIBRARIES", facts.model_packages()),
        "# the patterns of each word, and for each the literals of which one has to be there\n",
        _mapping("WORDS", "dict[str, tuple[tuple[tuple[bytes, ...], bytes], ...]]", words),
        "# for each rule the sets of words of which one has to be complete, or it can find nothing\n",
        _mapping("NEEDS", "dict[str, tuple[tuple[str, ...], ...]]", ((code, repr(rows(need))) for code, need in found.items())),
        "# the same for any rule\n",
        f"ANY_NEED: Final[tuple[tuple[str, ...], ...]] = {rows(whole)!r}\n\n",
        "# of which every text holds one that is enough for any rule: most hold none, and nothing else is looked for\n",
        f"GATE: Final[tuple[bytes | str, ...]] = {tuple(one if one in names else one.encode() for one in gate)!r}\n\n",
        "# words that make it worth looking into the modules that a file imports\n",
        f"LEADING: Final[tuple[str, ...]] = {needs.words_in(*needs.LEADING)!r}\n",
    ]
    return "".join(parts)


def _gate(whole: needs.Need, facts: knowledge.Knowledge) -> tuple[str, ...]:
    """Literals, and words that have none, such that each alternative has a word that cannot be without one of them.

    As few as can be had by going along. What many alternatives hang on comes first: it is likely to be there.
    """
    gate: set[str] = set()
    for words in sorted(whole.alternatives, key=lambda words: (len(words), sorted(words))):
        grown = []
        for name in sorted(words):
            patterns = needs.word(name, facts).patterns
            every = gate | (_literals(name, facts) if all(literals for literals, _ in patterns) else {name})
            grown.append({one for one in every if not any(other != one and other in one for other in every)})
        gate = min(grown, key=lambda ones: (len(ones), sorted(ones)))
    gate = _joined(gate)
    for one in sorted(gate):  # what stands for several may have made another one needless
        if all(any(map(_covers, itertools.repeat(gate - {one}), words, itertools.repeat(facts))) for words in whole.alternatives):
            gate.discard(one)

    def hang(one: str) -> int:
        return sum(any(_covers({one}, name, facts) for name in words) for words in whole.alternatives)

    return tuple(sorted(gate, key=lambda one: (-hang(one), one)))


def _covers(gate: set[str], name: str, facts: knowledge.Knowledge) -> bool:
    """Whether a word cannot be there without something of the gate."""
    literals = _literals(name, facts)
    whole = all(own for own, _ in needs.word(name, facts).patterns)
    return name in gate or (whole and all(any(one in literal for one in gate) for literal in literals))


def _literals(name: str, facts: knowledge.Knowledge) -> set[str]:
    return {literal for literals, _ in needs.word(name, facts).patterns for literal in literals}


def _joined(literals: set[str]) -> set[str]:
    """The same with fewer literals: what several have in common stands for them."""
    for one, other in itertools.combinations(sorted(literals), 2):
        match = difflib.SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
        if match.size >= _COMMON:
            return _joined({*(literals - {one, other}), one[match.a : match.a + match.size]})
    return literals


def _word(name: str, facts: knowledge.Knowledge) -> str:
    found = needs.word(name, facts).patterns
    return repr(tuple((tuple(one.encode() for one in literals), pattern.encode()) for literals, pattern in found))


def _mapping(name: str, kind: str, items: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"    {key!r}: {value},\n" for key, value in items)
    return f"{name}: Final[{kind}] = {{\n{rows}}}\n\n"


def _set(name: str, words: Iterable[str]) -> str:
    return f"{name}: Final = frozenset({{\n{''.join(f'    {word!r},{chr(10)}' for word in words)}}})\n\n"
