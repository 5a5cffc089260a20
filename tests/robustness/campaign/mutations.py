"""Bytes and texts changed at random, as a broken editor, a bad merge or somebody with bad intentions would change them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

LETTERS: Final = (
    *"abcxyz019 _-.,:;#'\"\\/()[]{}<>=!~^*+@%&|$?`\t\n\r",
    "\0", "\x0c", "\x1b", "\x7f", "\x85", "\xa0", "\u200b", "\u2028", "\u202e", "\ufeff", "\ud800", "ä", "漢", "𝕏", "\U0010ffff",
)  # fmt: skip
TOKENS: Final = (
    "model", "trainer", "use_cache", "gradient_checkpointing", "True", "False", "None", "if x:\n    ", "for a in b:\n    ", "def f(a):\n    ",
    "class C(B):\n    ", "return ", "yield ", "await ", "lambda: ", "with a as b:\n    ", "try:\n    ", "except E:\n    ", "else:\n    ", "import a\n",
    "from . import b\n", "*args", "**kwargs", "f'{x!r:>{y}}'", "'''", '"""', "\\\n", "# noqa: GCK201", "# gclint: ignore[GCK203]", "# gclint: disable",
    "# coding: latin-1\n", "# coding: utf-16\n", "# coding: hex\n", "%%bash\n", "!pip install transformers==4.40\n", "%pip install trl", "get_ipython()",
    "model.train()", "model.eval()", "trainer.train()", "model.generate(x)", "model.save_pretrained('o')", "match a:\n case {'x': [b, *c]}: ", ":= 1",
    "\r\n", "\r", "\t", "    ", "((((((((", "]]]]", "{{{{", "0x", "1e999", "9" * 300, "...", "@d\n", "global x", "nonlocal y", "del model", "assert x, y",
)  # fmt: skip


def mutated(random: Random, text: str, others: Sequence[str] = (), tokens: Sequence[str] = TOKENS) -> str:
    """A text with one to six changes."""
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        text = _changed(random, text, others, tokens)
    return text


def _changed(random: Random, text: str, others: Sequence[str], tokens: Sequence[str]) -> str:
    start = random.randint(0, len(text))
    end = min(len(text), start + random.choice((0, 1, 1, 2, 5, 20, 100)))
    match random.randrange(10):
        case 0 | 1:
            return text[:start] + "".join(random.choices(LETTERS, k=random.choice((1, 1, 2, 5)))) + text[end:]
        case 2 | 3:
            return text[:start] + random.choice(tokens) + text[end:]
        case 4:
            return text[:start] + text[end:]
        case 5:
            return text[:end] + text[start:end] * random.choice((1, 2, 10)) + text[end:]
        case 6:
            return _lines(random, text)
        case 7 if others:
            other = random.choice(others)
            there = random.randint(0, len(other))
            return text[:start] + other[there : there + random.choice((10, 100, 1000))] + text[end:]
        case 8:
            return text[:start]
        case _:
            newline = random.choice(("\r\n", "\r", "\n"))
            return text.replace("\n", newline) if random.random() < 0.3 else text[:start] + newline + text[start:]


def _lines(random: Random, text: str) -> str:
    """Lines deleted, doubled, moved, or put deeper or less deep."""
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    first = random.randrange(len(lines))
    some = lines[first : first + random.choice((1, 1, 2, 5))]
    rest = lines[:first] + lines[first + len(some) :]
    match random.randrange(5):
        case 0:
            return "".join(rest)
        case 1:
            return "".join(lines[:first] + some + lines[first:])
        case 2:
            at = random.randint(0, len(rest))
            return "".join(rest[:at] + some + rest[at:])
        case 3:
            return "".join(lines[:first] + [f"    {line}" for line in some] + lines[first + len(some) :])
        case _:
            return "".join(lines[:first] + [line.removeprefix("    ") for line in some] + lines[first + len(some) :])


def mutated_bytes(random: Random, data: bytes) -> bytes:
    """Bytes with a few of them changed."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        at = random.randint(0, len(changed))
        match random.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                changed[at:at] = random.randbytes(random.choice((1, 2, 4)))
            case 2:
                del changed[at : at + random.choice((1, 2, 10, 100))]
            case _:
                changed[at : at + 2] = random.choice(
                    (b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\xc3", b"\xed\xa0\x80", b"\r", b"\x0c")
                )
    return bytes(changed)


def letters(random: Random, most: int) -> str:
    """Any text."""
    return "".join(random.choices(LETTERS, k=random.randint(0, most)))


def value(random: Random, words: Sequence[str], deep: int = 3) -> Any:
    """Any value of JSON or TOML."""
    match random.randrange(9 if deep else 6):
        case 0:
            return random.choice((True, False))
        case 1:
            return random.choice((0, 1, -1, 2**31, 2**63, -(2**64), 10**400, 1.5, -0.0, float("inf"), float("nan")))
        case 2 | 3:
            return random.choice(words)
        case 4:
            return mutated(random, random.choice(words), words, words)
        case 5:
            return letters(random, 8)
        case 6:
            return [value(random, words, deep - 1) for _ in range(random.randrange(4))]
        case 7:
            return {random.choice(words): value(random, words, deep - 1) for _ in range(random.randrange(4))}
        case _:
            return None


def replaced(random: Random, told: Any, words: Sequence[str]) -> Any:
    """A value with one of its parts replaced by another one, left out or doubled."""
    if isinstance(told, dict) and told and random.random() < 0.85:
        name = random.choice(list(told))
        if random.random() < 0.15:
            return {key: one for key, one in told.items() if key != name}
        if random.random() < 0.1:
            return {**told, random.choice(words): told[name]}
        return {**told, name: replaced(random, told[name], words)}
    if isinstance(told, list) and told and random.random() < 0.85:
        at = random.randrange(len(told))
        if random.random() < 0.15:
            return told[:at] + told[at + 1 :]
        if random.random() < 0.1:
            return told[: at + 1] + told[at:]
        return [*told[:at], replaced(random, told[at], words), *told[at + 1 :]]
    if isinstance(told, int) and not isinstance(told, bool) and random.random() < 0.5:
        return told + random.choice((-1, 1, 10, -(10**6), 10**9))
    return value(random, words, 2)
