"""Completion: what is offered, in the shells that are there."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest

from gcheck_lint.cli import entry
from gcheck_lint.run import pipeline
from tests.support.clients import missing
from tests.support.invocation import gclint, run


def complete(folder: Path, line: str, word: str = "") -> list[str]:
    """What click hands to a shell: bash's protocol, without a shell. `line` are the words before the one that is typed."""
    words = f"gclint {line} {word}".split()
    count = len(f"gclint {line}".split())
    done = gclint(folder, _GCLINT_COMPLETE="bash_complete", COMP_WORDS=" ".join(words), COMP_CWORD=str(count))
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(autouse=True)
def here(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("", encoding="utf-8")


TWENTIES = [code for code in sorted(pipeline.known_rules()) if code.startswith("GCK20")]


@pytest.mark.parametrize(
    ("line", "word", "found"),
    [
        ("", "", ["file,"]),
        ("", "tr", ["file,tr"]),
        ("", "ru", ["plain,rule", "plain,rules"]),
        ("", "com", ["plain,completion"]),
        ("train.py", "ru", ["file,ru"]),
        ("check", "--diff-b", ["plain,--diff-base"]),
        ("", "--diff-b", ["plain,--diff-base"]),
        ("--output-format", "rd", ["plain,rdjson", "plain,rdjsonl"]),
        ("--select", "GCK101,GCK20", [f"plain,GCK101,{code}" for code in TWENTIES]),
        ("rule", "gck20", [f"plain,{code}" for code in TWENTIES]),
        ("rule", "cache-off-s", ["plain,cache-off-saved"]),
        ("config", "target-tr", ["plain,target-transformers", "plain,target-trl"]),
        ("config", "src", ["file,src"]),
        ("completion", "", ["plain,bash", "plain,zsh", "plain,fish", "plain,powershell"]),
        ("--color", "al", ["plain,always"]),
    ],
)
def test_what_is_offered(tmp_path: Path, line: str, word: str, found: list[str]) -> None:
    assert complete(tmp_path, line, word) == found


def test_a_file_is_offered_where_a_command_begins_alike(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text("", encoding="utf-8")
    assert complete(tmp_path, "", "ru") == ["plain,rule", "plain,rules", "file,ru"]


def needs_shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(name, f"apt-get install {name}")
    return found


def test_bash(tmp_path: Path) -> None:
    script = (
        "source <(gclint completion bash)\n"
        "complete -p gclint\n"
        'COMP_WORDS=(gclint ru); COMP_CWORD=1; _gclint_completion gclint; echo "${COMPREPLY[@]}"\n'
    )
    done = run([needs_shell("bash"), "--norc", "-c", script], tmp_path)
    assert done.stdout.splitlines() == ["complete -o nosort -F _gclint_completion gclint", "rule rules"], done.stderr


def test_fish(tmp_path: Path) -> None:
    script = 'gclint completion fish | source; complete -C "gclint ru"; complete -C "gclint tr"'
    done = run([needs_shell("fish"), "--no-config", "-c", script], tmp_path, HOME=str(tmp_path))
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["rule", "rules", "train.py"], done.stderr


def test_zsh(tmp_path: Path) -> None:
    # a terminal of its own, since zsh completes in its line editor only
    script = (
        "zmodload zsh/zpty\n"
        "zpty shell zsh -f -i\n"
        """zpty -w shell 'PS1=; autoload -Uz compinit; compinit -D; source <(gclint completion zsh); echo READ""Y'\n"""
        "zpty -r shell line '*READY*'\n"
        """zpty -w -n shell $'echo gclint; gclint completion f\\t && echo DON""E\\n'\n"""
        "zpty -r shell line '*DONE*'\n"
        "print -r -- $line\n"
    )
    done = run([needs_shell("zsh"), "-f", "-c", script], tmp_path, HOME=str(tmp_path), TERM="dumb")
    assert "complete --no-files --command gclint" in done.stdout, done.stdout + done.stderr


def in_powershell(folder: Path, line: str, word: str) -> list[str]:
    """What its script asks for, and takes for an answer: a line for each, its help behind a tab."""
    done = gclint(folder, _GCLINT_COMPLETE="powershell_complete", COMP_WORDS=line, COMP_WORD=word)
    assert done.returncode == 0, done.stderr
    return [text for text in done.stdout.splitlines() if text]


@pytest.mark.parametrize(
    ("line", "word", "found"),
    [
        ("gclint ru", "ru", ["rule", "rules"]),
        ("gclint --output-format rd", "rd", ["rdjson", "rdjsonl"]),
        ("gclint rule gck20", "gck20", TWENTIES),
        ("gclint 'my file.py' --diff-b", "--diff-b", ["--diff-base"]),
        ("gclint tr", "tr", []),  # files are PowerShell's own business
        ("gclint ", "", []),
    ],
)
def test_what_powershell_is_told(tmp_path: Path, line: str, word: str, found: list[str]) -> None:
    assert [text.split("\t")[0] for text in in_powershell(tmp_path, line, word)] == found
    assert all(text.count("\t") <= 1 for text in in_powershell(tmp_path, line, word))


def test_powershell(tmp_path: Path) -> None:
    script = gclint(tmp_path, "completion", "powershell").stdout
    assert script.startswith("Register-ArgumentCompleter -Native -CommandName gclint -ScriptBlock {")
    assert "%(" not in script  # nothing is left to be filled in
    assert all(script.count(one) == script.count(other) for one, other in ("{}", "()", "[]"))
    shell = shutil.which("pwsh")
    if shell is None:
        pytest.skip("no pwsh: the script was only read")
    program = (
        "gclint completion powershell | Out-String | Invoke-Expression; "
        "[System.Management.Automation.CommandCompletion]::CompleteInput('gclint ru', 9, $null)"
        ".CompletionMatches.CompletionText"
    )
    done = run([shell, "-NoProfile", "-Command", program], tmp_path)
    assert done.stdout.split() == ["rule", "rules"], done.stderr


def test_every_sub_command_is_guarded(tmp_path: Path) -> None:
    names = entry.gclint.list_commands(click.Context(entry.gclint))
    assert {"check", "rule", "clean"} < set(names)
    for name in set(names) - {"check"}:
        done = gclint(tmp_path, "-q", name)
        assert f"a sub-command comes first: `gclint {name}`" in done.stderr, name
    assert gclint(tmp_path, "completion", "tcsh").returncode == 2
