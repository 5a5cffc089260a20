"""A stream of bytes in, the messages that the cards list out."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterable

import pytest

from gcheck_lint.logs import causes, lines, phrases, scan
from gcheck_lint.rulebook import cards

CACHE = "`use_cache=True` is incompatible with gradient checkpointing. Setting `use_cache=False`."
FROZEN = "element 0 of tensors does not require grad and does not have a grad_fn"
DROPPED = "Caching is incompatible with gradient checkpointing in Gemma3DecoderLayer. Setting `past_key_values=None`."
MESSAGES = [(card.code, one.text) for card in cards.load().values() for one in card.messages]


def read(text: str | bytes | Iterable[bytes]) -> scan.Log:
    pieces = [text.encode()] if isinstance(text, str) else [text] if isinstance(text, bytes) else text
    return scan.scan(pieces, phrases.load())


def found(text: str | bytes | Iterable[bytes]) -> list[causes.Cause]:
    return causes.find([("log", read(text))], phrases.load())


def codes(text: str | bytes | Iterable[bytes]) -> set[str]:
    return {code for one in found(text) for code in one.codes}


def only(text: str | bytes | Iterable[bytes]) -> causes.Cause:
    (one,) = found(text)
    return one


@pytest.mark.parametrize(("code", "text"), MESSAGES, ids=lambda one: one[:60])
@pytest.mark.parametrize(
    "around",
    [
        "{}\n",
        "{}",
        "2026-01-02 10:00:00,123 - WARNING - transformers.modeling - {}\n",
        "[WARNING|modeling_llama.py:1023] 2026-01-02 10:00:00,123 >> {}\n",
        "/x/lib/python3.11/site-packages/torch/utils/checkpoint.py:429: UserWarning: {} For more\n  warnings.warn(\n",
        "[rank1]: RuntimeError: {}\n",
        "  3%|▎         | 3/100 [00:01<00:40,  2.4it/s]\r  4%|▍   | 4/100 [00:01<00:40,  2.4it/s]{}\r  5%|▌",
        "\x1b[33mWARNING\x1b[0m {}\n",
    ],
)
def test_each_message_of_each_card(code: str, text: str, around: str) -> None:
    assert code in codes(around.format(text))
    assert code in codes(f"step 1\nloss 2\n{around.format(text)}\nstep 3\n")


@pytest.mark.parametrize(("code", "text"), MESSAGES, ids=lambda one: one[:60])
def test_in_lines_of_json(code: str, text: str) -> None:
    assert code in codes(json.dumps({"rank": 3, "level": "WARNING", "message": f"\x1b[33m{text}\x1b[0m"}) + "\n")
    assert code in codes(json.dumps({"exc_info": f"Traceback (most recent call last):\nRuntimeError: {text}\n"}))


@pytest.mark.parametrize(("code", "text"), MESSAGES, ids=lambda one: one[:60])
def test_wrapped(code: str, text: str) -> None:
    words = text.split(" ")
    for at in range(1, len(words)):
        left, right = " ".join(words[:at]), " ".join(words[at:])
        if found(right):  # it is another message by itself
            continue
        assert code in codes(f"WARNING {left}\n         {right}\nloss\n"), at
        assert code in codes(f"[10:00:00] WARNING  {left}   modeling_llama.py:1023\n                    {right}\n"), at
        assert code in codes(f"[rank0]: {left}\n[rank0]: {right}\n"), at


def test_wherever_the_pieces_end() -> None:
    text = f"step\n[rank2]: {CACHE}\n{'x' * 20}\n\x1b[31m{FROZEN}\x1b[0m\n".encode()
    whole = read(text)
    for at in range(len(text)):
        log = read([text[:at], text[at:]])
        assert (log.heard, log.lines) == (whole.heard, whole.lines), at
    assert read([text[at : at + 1] for at in range(len(text))]).heard == whole.heard


def test_over_long_pieces() -> None:
    noise = b"{'loss': 1.25, 'gradient_checkpointing': True, 'use_cache': True}\n" * 3_000
    data = b"".join(noise + f"[rank{number}]: {CACHE}\n".encode() for number in range(20))
    one = only(data[at : at + 50_000] for at in range(0, len(data), 50_000))
    (place,) = one.places
    assert (one.count, place.first, place.last, place.ranks) == (20, 3_001, 60_020, tuple(range(20)))


def test_repeats_ranks_and_rows() -> None:
    one = only(f"a\n[rank1]: {CACHE}\nb\n[default0]:{CACHE}\nc\n[rank1]: {CACHE}...\n" + f"{CACHE[:-1]}...\n")
    (place,) = one.places
    assert one.codes[0] == "GCK101"
    assert (place.first, place.last, place.count, place.ranks) == (2, 7, 4, (0, 1))


def test_the_layer_is_any() -> None:
    assert "GCK203" in codes(DROPPED)


def test_a_longer_message_is_another_one() -> None:
    assert "GCK106" in codes(CACHE)
    assert "GCK106" not in codes(f"{CACHE}..")


def test_versions_narrow_the_rule() -> None:
    for name in (
        "- `transformers` version: 4.57.1",
        "transformers==4.57.1",
        "transformers version: 4.57.1",
        "transformers 4.57.1",
    ):
        assert read(f"{name}\n").versions == {"4.57.1"}, name
    for name in (
        "sentence-transformers==2.2.2",
        '"transformers_version": "4.31.0"',
        "/envs/transformers-4.57.1/lib",
        "transformers:",
    ):
        assert read(f"{name}\n").versions == set(), name
    assert "GCK106" in codes(f"transformers version: 4.57.1\n{CACHE}\n")
    assert "GCK106" not in codes(f"transformers version: 5.23.0\n{CACHE}\n")
    one = only(f"transformers version: 5.23.0\n{CACHE[:-1].replace('=', ' = ')}...\n")
    assert one.foreign
    assert one.codes == ("GCK101",)


def test_what_people_tell() -> None:
    for text in (
        "RuntimeError: gradient_checkpointing requires use_cache=False",
        "`gradient_checkpointing` requires `use_cache=False`",
    ):
        one = only(text)
        assert one.folk
        assert one.codes[0] == "GCK101"
        assert {"GCK102", "GCK103"} <= set(one.codes), "the rules of the line that is really logged"


TRACEBACK = f"""\
Traceback (most recent call last):
  File "/home/me/train.py", line 7, in first
    raise KeyError
KeyError

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/home/me/train.py", line 40, in <module>
    main()
    ~~~~^^
  File "/home/me/loops.py", line 12, in main
    loss.backward()
  File "/x/lib/python3.11/site-packages/torch/_tensor.py", line 581, in backward
    torch.autograd.backward(
RuntimeError: {FROZEN}
"""


@pytest.mark.parametrize("prefix", ["", "[rank3]: ", "2026-01-02T10:00:00Z "])
def test_the_lines_of_a_traceback(prefix: str) -> None:
    text = "".join(f"{prefix}{line}\n" for line in TRACEBACK.splitlines())
    assert only(f"step\n{text}{CACHE[3:]}\n").frames == [("/home/me/train.py", 40), ("/home/me/loops.py", 12)]


def test_a_traceback_of_two_processes_at_once() -> None:
    mixed = "".join(f"[rank0]: {line}\n[rank1]: {line}\n" for line in TRACEBACK.splitlines())
    one = only(mixed)
    assert one.frames == [("/home/me/train.py", 40), ("/home/me/loops.py", 12)]
    assert one.places[0].ranks == (0, 1)


def test_a_traceback_in_json() -> None:
    assert only(json.dumps({"exc_info": TRACEBACK})).frames == [("/home/me/train.py", 40), ("/home/me/loops.py", 12)]


def test_what_stands_below_a_traceback_is_not_of_it() -> None:
    text = TRACEBACK.replace(FROZEN, "something else")
    assert only(f"{text}{CACHE}\n").frames == []


def test_a_warning_names_its_line() -> None:
    text = "use_reentrant parameter should be passed explicitly"
    assert only(f"/home/me/model.py:31: UserWarning: {text}\n").frames == [("/home/me/model.py", 31)]
    assert only(f"/x/site-packages/torch/utils/checkpoint.py:31: UserWarning: {text}\n").frames == []


def test_other_encodings() -> None:
    data = f"a\n{CACHE}\n".encode("utf-16")
    assert "GCK101" in codes(data)
    assert "GCK101" in codes(data[at : at + 1] for at in range(len(data)))


def test_most_logs_say_nothing() -> None:
    assert found("gradient_checkpointing=True use_cache=False\ngot an unexpected keyword argument 'foo'\n") == []
    assert read("").lines == 0
    assert read("a").lines == read("a\n").lines == 1


def test_memory_has_a_bound() -> None:
    """A line that never ends, and one of nothing but words that messages begin with."""
    for piece in (
        b"x" * (1 << 20),
        b"incompatible " * 80_000,
        f"{CACHE} ".encode() * 10_000,
        b"\x1b" * (1 << 20),
        b"\n" * (1 << 20),
    ):
        tracemalloc.start()
        read(piece for _ in range(8))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 40e6, (piece[:20], peak)


def test_a_rank_by_many_launchers() -> None:
    told = {
        b"[rank3]: x": 3, b"[default7]:x": 7, b"[rank: 2] x": 2, b"[1,5]<stderr>:x": 5, b'{"rank": 4, "m": 1}': 4, b"12: x": 12,
        b"RANK=1 x": 1, b"[2026-01-01] [INFO] x": None, b"franks: 3": None,
    }  # fmt: skip
    assert {line: lines.rank(line) for line in told} == told
