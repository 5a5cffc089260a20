"""Shell scripts held against bash: what is read of them is what it passes to a program that writes it down."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gcheck_lint.recipes.model import UNKNOWN
from gcheck_lint.recipes.reading import read

BASH = shutil.which("bash")
WORDS = st.sampled_from(
    [
        "a",
        "x.y/z",
        "'a b'",
        '"a b"',
        '""',
        "''",
        "a'b c'd",
        'a"$V"b',
        "$V",
        '"$V"',
        "${V}",
        "${V:-d}",
        "${U:-d}",
        '"${U:-d e}"',
        "${U:-'d e'}",
        "$W",
        '"$W"',
        "p$W",
        "${W}q",
        '"${A[@]}"',
        "${A[@]}",
        "$A",
        '"${A[1]}"',
        '"p${A[@]}q"',
        "\\$V",
        '"\\$V\\n"',
        "a\\ b",
        "$'a b'",
        "a#b",
        "\\\n",
        '"a\\\nb"',
        "${V:+alt}",
        "${E:-x}",
        "${E-x}",
        "$E",
        '"$E"',
        "'$V'",
        "\\#",
        "1>/dev/null",
        "2>&1",
        "${V}${V}",
        "'it'\\''s'",
        "${L[@]}",
        "é",
        "~x",
        "@b'c d'",
        "$D",
    ]
)
SETTING = (
    'V=v1\nW="  two  words "\nA=(one "two three")\nA+=(four)\nE=\nL=()\nunset U\nread -r -d "" D <<EOF\nd1 $V \\\n  d2\nEOF\n'
)


@pytest.mark.skipif(BASH is None, reason="needs bash")
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=7), min_size=1, max_size=8))
def test_bash_passes_what_is_read(tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]]) -> None:
    text = SETTING + "".join(f"python t.py {' '.join(words)}\n" for words in lines)
    told = bash(tmp_path_factory, text)
    found = [[one.value for one in recipe.positionals] for recipe in read("run.sh", text)]
    assert told == found


BLOCKS = st.recursive(
    st.sampled_from(
        [
            "X=1",
            "X=2",
            "Y=$X",
            "X+=3",
            "Z=(a $X)",
            "Z+=(b)",
            "export X=4",
            'X="$X 5"',
            'python t.py "$X" "$Y"',
            'python t.py "${Z[@]}"',
        ]
    ),
    lambda inner: st.tuples(
        st.sampled_from(["if", "else", "group", "subshell", "for", "and", "never", "function", "case", "while"]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=12,
)


def laid_out(block: str | tuple[str, list[object]]) -> str:
    if isinstance(block, str):
        return block
    kind, inner = block
    body = "\n".join(laid_out(one) for one in inner)  # type: ignore[arg-type]
    return {
        "if": f"if true; then\n{body}\nfi",
        "else": f"if false; then\n:\nelse\n{body}\nfi",
        "group": f"{{\n{body}\n}}",
        "subshell": f"(\n{body}\n)",
        "for": f"for i in 1; do\n{body}\ndone",
        "and": f"true && {{\n{body}\n}}",
        "never": f"false && {{\n:\n{body}\n}}".replace("python t.py", ":"),
        "function": f"f() {{\n:\n{body}\n}}\nX=9\nf",
        "case": f"case x in\n  y) : ;;\n  *)\n{body}\n  ;;\nesac",
        "while": f"while true; do\n{body}\nbreak\ndone",
    }[kind]


@pytest.mark.skipif(BASH is None, reason="needs bash")
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
@given(st.lists(BLOCKS, min_size=1, max_size=6))
def test_what_is_known_is_what_bash_passes(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[str | tuple[str, list[object]]]
) -> None:
    """A value that is told is the one that is passed, whatever blocks it goes through; others are unknown."""
    text = "X=0\nY=0\nZ=()\n" + "\n".join(map(laid_out, blocks)) + "\n"
    found = read("run.sh", text)
    told = bash(tmp_path_factory, text)
    assert len(found) == len(told), text
    for recipe, words in zip(found, told, strict=True):
        values = [one.value for one in recipe.positionals]
        if recipe.is_open:
            continue
        assert len(values) == len(words), text
        assert all(value in (UNKNOWN, word) for value, word in zip(values, words, strict=True)), (text, values, words)


def bash(folders: pytest.TempPathFactory, text: str) -> list[list[str]]:
    """What a script passes to `python t.py`, by a program of that name that writes it down."""
    folder = folders.mktemp("bash")
    stub, log = folder / "python", folder / "log"
    stub.write_text(f'#!{BASH}\nshift\nfor one; do printf "%s\\0" "$one" >> "{log}"; done\nprintf "\\1\\0" >> "{log}"\n')
    stub.chmod(0o755)
    log.touch()
    (folder / "run.sh").write_text(text)
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([str(BASH), "run.sh"], cwd=folder, env=environment, capture_output=True, timeout=60, check=False)
    assert not done.stderr, (text, done.stderr)
    calls: list[list[str]] = [[]]
    for word in Path(log).read_bytes().decode().split("\0")[:-1]:
        if word == "\1":
            calls.append([])
        else:
            calls[-1].append(word)
    return calls[:-1]
