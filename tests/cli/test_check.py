"""`gclint check` as a user meets it: what it writes, where, and how it exits."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from gcheck_lint.rulebook import pages
from gcheck_lint.text import reading
from tests.support import fakes
from tests.support.invocation import Invoke

QUIET = fakes.FIXED


def test_full_report(invoke: Invoke) -> None:
    fakes.script()
    result = invoke()
    assert result.exit_code == 1
    assert result.stdout == (
        "warning[GCK101] [*]: `model` trains with the cache on\n"
        " --> train.py:2:1\n"
        "  |\n"
        "2 | model.gradient_checkpointing_enable()\n"
        "  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here\n"
        "3 | train(model)\n"
        '4 | model.save_pretrained("out")\n'
        "  | ---------------------------- saved here\n"
        "  |\n"
        "  = note: affects transformers >=4.53\n"
        "help: Turn the cache off\n"
        "  |\n"
        "2 | model.gradient_checkpointing_enable()\n"
        "3 + model.config.use_cache = False\n"
        "4 | train(model)\n"
        "  |\n"
        "\n"
        "Found 1 finding (1 warning).\n"
        "[*] 1 fixable with `--fix`.\n"
        "`gclint rule GCK101` explains it, with versions and fixes; `gclint story train.py` shows how it comes about.\n"
        "No versions are set: assuming transformers >=4.46.3 (`--target-transformers` sets them).\n"
    )
    assert result.stderr == ""


def test_clean(invoke: Invoke) -> None:
    fakes.script(text=QUIET)
    result = invoke("train.py")
    assert (result.exit_code, result.stdout) == (0, "All checks passed!\n")


def test_concise_and_grouped(invoke: Invoke) -> None:
    fakes.script("b/train.py")
    fakes.script("a.py")
    concise = invoke("--output-format", "concise", "-q")
    assert concise.stdout == (
        "a.py:2:1: warning[GCK101] [*]: `model` trains with the cache on\n"
        "b/train.py:2:1: warning[GCK101] [*]: `model` trains with the cache on\n"
    )
    grouped = invoke("--output-format", "grouped", "-q")
    assert grouped.stdout.startswith("a.py:\n  2:1 warning[GCK101] [*]: `model` trains with the cache on\n\nb/train.py:\n")


def test_json(invoke: Invoke) -> None:
    path = fakes.script().resolve()
    result = invoke("--output-format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            "filename": str(path),
            "code": "GCK101",
            "name": "checkpointing-with-cache",
            "message": "`model` trains with the cache on",
            "severity": "warning",
            "location": {"row": 2, "column": 1},
            "end_location": {"row": 2, "column": 38},
            "cell": None,
            "noqa_row": 2,
            "url": pages.url("GCK101"),
            "fix": {
                "applicability": "safe",
                "message": "Turn the cache off",
                "edits": [
                    {
                        "content": "\nmodel.config.use_cache = False",
                        "location": {"row": 2, "column": 38},
                        "end_location": {"row": 2, "column": 38},
                        "filename": str(path),
                    }
                ],
            },
            "related": [
                {
                    "message": "saved here",
                    "location": {"row": 4, "column": 1},
                    "end_location": {"row": 4, "column": 29},
                    "filename": str(path),
                }
            ],
            "help": "Turn the cache off",
            "condition": "",
            "versions": "transformers >=4.53",
            "certainty": "sure",
        }
    ]


def test_json_of_nothing_is_an_empty_array(invoke: Invoke) -> None:
    fakes.script(text=QUIET)
    assert json.loads(invoke("--output-format", "json").stdout) == []
    assert invoke("--output-format", "json-lines").stdout == ""


def test_json_lines(invoke: Invoke) -> None:
    fakes.script("a.py")
    fakes.script("b.py")
    lines = invoke("--output-format", "json-lines").stdout.splitlines()
    assert [Path(json.loads(line)["filename"]).name for line in lines] == ["a.py", "b.py"]


def test_output_format_from_the_environment(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.script()
    monkeypatch.setenv("GCLINT_OUTPUT_FORMAT", "concise")
    assert invoke("-q").stdout.startswith("train.py:2:1: warning[GCK101]")


def test_fix_leads_on_to_the_second_finding(invoke: Invoke) -> None:
    path = fakes.script()
    result = invoke("--fix", "--show-fixes")
    assert result.exit_code == 0
    assert path.read_text() == fakes.FIXED
    assert result.stdout == (
        "Fixed 1 finding:\n"
        "- train.py:\n"
        "    1 × GCK101 (checkpointing-with-cache)\n"
        "    1 × GCK201 (cache-off-saved), which appeared in between\n"
        "\n"
        "Found 1 finding (1 fixed, 0 remaining).\n"
    )
    assert invoke("--fix").stdout == "All checks passed!\n"


def test_exit_non_zero_on_fix(invoke: Invoke) -> None:
    fakes.script()
    assert invoke("--fix", "--exit-non-zero-on-fix").exit_code == 1
    assert invoke("--fix", "--exit-non-zero-on-fix").exit_code == 0


def test_exit_zero_and_fail_on(invoke: Invoke) -> None:
    fakes.script()
    assert invoke("--exit-zero").exit_code == 0
    assert invoke("--fail-on", "warning").exit_code == 1
    assert invoke("--fail-on", "error").exit_code == 0


def test_fix_only(invoke: Invoke) -> None:
    path = fakes.script(text=fakes.SCRIPT + "x = 1  # noqa: GCK201\n")
    result = invoke("--fix-only", "--unfixable", "GCK003")
    assert (result.exit_code, result.stdout) == (0, "Fixed 1 finding.\n")
    assert path.read_text() == fakes.FIXED + "x = 1  # noqa: GCK201\n"


def test_diff_writes_nothing(invoke: Invoke) -> None:
    path = fakes.script()
    result = invoke("--diff")
    assert result.exit_code == 1
    assert result.stdout.startswith("--- a/train.py\n+++ b/train.py\n@@ -1,4 +1,6 @@\n model = load()\n")
    assert "+model.config.use_cache = False\n" in result.stdout
    assert result.stderr == "Would fix 1 finding.\n"
    assert path.read_text() == fakes.SCRIPT
    assert invoke("--diff", "--exit-zero").exit_code == 0
    assert invoke("--diff", "--select", "GCK201").exit_code == 0


PATCHED = {
    "src/deep/train.py": b"%s",
    "no final newline.py": b"%s",
    "crlf.py": b"%s",
    "cr.py": b"%s",
    "bom.py": b"\xef\xbb\xbf%s",
    "latin1.py": b"# coding: latin-1\n# \xe4\xf6\n%s",
    "form feed.py": b"\x0c\n%s",
    "separators.py": b"x = '\xe2\x80\xa8 \xc2\x85 \x1c'\n%s",
    'quote".py': b"%s",
    "tab\t.py": b"%s",
    "line\nbreak.py": b"%s",
    "\x1b[31mred.py": b"%s",
    "back\\slash.py": b"%s",
    "-dash.py": b"%s",
    "r\xe4t.py": b"%s",
}


def _patched(name: str, wrapping: bytes, text: str) -> bytes:
    newline = {"crlf.py": "\r\n", "cr.py": "\r"}.get(name, "\n")
    text = text.rstrip() if name.startswith("no final") else text
    return wrapping % text.replace("\n", newline).encode()


@pytest.mark.parametrize("folder", [".", "src"])
def test_diff_is_a_patch_that_git_takes(invoke: Invoke, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    Path("src/deep").mkdir(parents=True)
    monkeypatch.chdir(folder)
    names = [name for name in PATCHED if folder == "." or "/" not in name]
    for name in names:
        Path(name).write_bytes(_patched(name, PATCHED[name], fakes.SCRIPT))
    shown = invoke("--diff", "--no-respect-gitignore")
    assert shown.stderr == f"Would fix {len(names)} finding{'s' * (len(names) > 1)}.\n"
    subprocess.run(["git", "apply", "-"], input=shown.stdout_bytes, check=True)
    for name in names:
        assert Path(name).read_bytes() == _patched(name, PATCHED[name], fakes.FIXED), name


def test_unsafe_fixes_are_held_back(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fakes.script()
    fakes.install(monkeypatch, GCK101=fakes.unsafe(fakes.checkpointing))
    result = invoke("--fix")
    assert result.exit_code == 1
    assert path.read_text() == fakes.SCRIPT
    assert "warning[GCK101]: `model`" in result.stdout
    assert "note: This fix is unsafe" in result.stdout
    assert "1 unsafe fix available with `--fix --unsafe-fixes`." in result.stdout
    assert invoke("--diff").stderr == "No fixes to apply (1 additional fix available with `--unsafe-fixes`).\n"
    assert invoke("--fix", "--unsafe-fixes").exit_code == 0
    assert "use_cache = False" in path.read_text()


def test_missing_path(invoke: Invoke) -> None:
    fakes.script()
    result = invoke("train.py", "nowhere.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nowhere.py" in result.stderr


def test_no_files(invoke: Invoke) -> None:
    result = invoke()
    assert result.exit_code == 0
    assert result.stderr == "warning: no Python files found under the given paths\n"


def test_unknown_rule_and_key(invoke: Invoke) -> None:
    result = invoke("--select", "GCK10l")
    assert result.exit_code == 2
    assert "unknown rule `GCK10l` in --select; did you mean `GCK101`?" in result.stderr
    Path("pyproject.toml").write_text("[tool.gclint]\nselekt = []\n")
    result = invoke()
    assert result.exit_code == 2
    assert "unknown key `selekt` in pyproject.toml [tool.gclint]" in result.stderr
    assert "did you mean `select`?" in result.stderr


def test_config_option(invoke: Invoke) -> None:
    fakes.script()
    assert invoke("--config", "ignore = ['GCK101']").exit_code == 0
    Path("other.toml").write_text('fail-on = "error"\n')
    assert invoke("--config", "other.toml").exit_code == 0
    assert invoke("--config", "other.toml", "--isolated").exit_code == 2
    assert invoke("--config", "missing.toml").exit_code == 2
    Path("pyproject.toml").write_text("[tool.gclint]\nignore = ['GCK101']\n")
    assert invoke().exit_code == 0
    assert invoke("--isolated").exit_code == 1


def test_selection(invoke: Invoke) -> None:
    fakes.script()
    assert invoke("--select", "checkpointing-with-cache").exit_code == 1
    assert invoke("--select", "GCK2,GCK0").exit_code == 0
    assert invoke("--ignore", "GCK1").exit_code == 0
    assert invoke("--per-file-ignores", "train.py:GCK101").exit_code == 0
    assert invoke("--per-file-ignores", "nonsense").exit_code == 2


def test_broken_file_is_a_finding(invoke: Invoke) -> None:
    fakes.script(text="model.config.use_cache = \n")
    result = invoke("--output-format", "concise")
    assert result.exit_code == 1
    assert result.stdout.startswith("train.py:1:")
    assert "error[GCK002]: the file cannot be parsed" in result.stdout


def test_what_is_wrong_is_said_in_the_words_of_python(invoke: Invoke) -> None:
    fakes.script(text="model.config.use_cache = True\nx = a b\ntrainer.train()\n")
    assert (
        "train.py:2:7: error[GCK002]: the file cannot be parsed: invalid syntax\n" in invoke("--output-format", "concise").stdout
    )


def test_broken_file_without_the_words_is_passed_over(invoke: Invoke) -> None:
    fakes.script(text="print 'hello'\n")
    assert invoke().exit_code == 0


def test_unreadable_file_is_a_finding(invoke: Invoke) -> None:
    Path("train.py").write_bytes(b"# coding: utf-9\n")
    result = invoke()
    assert result.exit_code == 1
    assert "error[GCK001]: the file cannot be read: unknown encoding: utf-9" in result.stdout


def test_internal_error_names_the_rule_and_the_rest_goes_on(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(module: object) -> list[fakes.Finding]:
        raise RuntimeError("boom")

    fakes.install(monkeypatch, GCK101=fakes.checkpointing, GCK201=fail)
    fakes.script()
    result = invoke("--output-format", "concise", "--exit-zero")
    assert result.exit_code == 2
    assert "train.py:2:1: warning[GCK101]" in result.stdout
    assert "GCK201 failed on train.py" in result.stderr
    assert "boom" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in invoke("-v").stderr


def test_a_story_that_gives_up_is_told_and_leaves_comments_alone(invoke: Invoke) -> None:
    fakes.script(text="use_cache = 'monster'\nx = 1  # noqa: GCK101\n")
    result = invoke()
    assert (result.exit_code, result.stdout, result.stderr) == (0, "All checks passed!\n", "")
    assert "train.py: 2 parts were too complex to follow" in invoke("-v").stderr


def test_a_failing_story_is_told_and_leaves_comments_alone(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    import gcheck_lint.story

    def fail(module: object, target: object, program: object) -> object:
        raise KeyError("a bug")

    monkeypatch.setattr(gcheck_lint.story, "interpret", fail)
    fakes.script(text=fakes.SCRIPT + "x = 1  # noqa: GCK101\n")
    result = invoke()
    assert (result.exit_code, result.stdout) == (2, "1 file could not be fully checked.\n")
    assert "error: story failed on train.py" in result.stderr


def test_possible_findings_are_counted_and_shown_on_demand(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    from gcheck_lint.findings.diagnostics import Certainty

    fakes.install(monkeypatch, GCK101=fakes.changed(fakes.checkpointing, certainty=Certainty.POSSIBLE))
    path = fakes.script()
    result = invoke()
    assert result.exit_code == 0
    assert result.stdout.startswith("All checks passed!\n1 possible finding is not shown (`--possible` shows them).\nNo versions")
    shown = invoke("--possible")
    assert shown.exit_code == 1
    assert "this finding is possible, not sure" in shown.stdout
    assert json.loads(invoke("--possible", "--output-format=json").stdout)[0]["certainty"] == "possible"
    invoke("--possible", "--fix")
    assert path.read_text() == fakes.SCRIPT


def test_statistics(invoke: Invoke) -> None:
    fakes.script("a.py")
    fakes.script("b.py")
    assert invoke("--statistics", "-q").stdout == "2\tGCK101\t[*] checkpointing-with-cache\n"
    assert json.loads(invoke("--statistics", "--output-format", "json").stdout) == [
        {"code": "GCK101", "name": "checkpointing-with-cache", "count": 2, "fixable": True, "fixable_count": 2}
    ]


def test_output_file(invoke: Invoke) -> None:
    fakes.script()
    result = invoke("--output-file", "reports/out.json", "--output-format", "json", "--color", "always")
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(Path("reports/out.json").read_text())[0]["code"] == "GCK101"


def test_show_files_and_settings(invoke: Invoke) -> None:
    fakes.script("b.py")
    fakes.script("a b.py")
    assert invoke("--show-files").stdout == "a b.py\nb.py\n"
    shown = invoke("--show-settings", "--ignore", "GCK101").stdout
    assert 'ignore = ["GCK101"]  # --ignore\n' in shown
    assert "GCK101," not in shown.splitlines()[-1]


def test_colors(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.script()
    assert "\x1b[" not in invoke().stdout
    assert "\x1b[" in invoke("--color", "always").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in invoke().stdout
    assert "\x1b[" not in invoke("--color", "never").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in invoke().stdout


def test_a_named_file_without_permission_is_a_finding(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.script()

    def deny(path: str) -> bytes:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(reading, "read_linted", deny)
    result = invoke("train.py", "--output-format", "concise", "-q")
    assert (result.exit_code, result.stdout) == (1, "train.py:1:1: error[GCK001]: the file cannot be read: Permission denied\n")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may enter every folder")
def test_folders_without_permission(invoke: Invoke) -> None:
    fakes.script("closed/train.py")
    fakes.script("half/train.py")
    fakes.script("open/train.py")
    Path("closed").chmod(0)
    Path("half").chmod(0o400)
    try:
        assert "cannot read closed: Permission denied" in invoke("closed").stderr
        assert invoke("closed/train.py").exit_code == 2
        assert invoke("half").exit_code == 0
        assert invoke("--show-files").stdout == "open/train.py\n"
    finally:
        Path("closed").chmod(0o700)
        Path("half").chmod(0o700)


def test_an_empty_path_is_no_folder(invoke: Invoke) -> None:
    fakes.script()
    result = invoke("--fix", "")  # mostly an unset variable of a shell script
    assert (result.exit_code, result.stderr) == (2, "error: no such file or directory: ''\n")
    assert Path("train.py").read_text() == fakes.SCRIPT


def test_extend_belongs_into_a_file(invoke: Invoke) -> None:
    result = invoke("--config", "extend = 'other.toml'")
    assert result.exit_code == 2
    assert "`extend` only works in a settings file" in result.stderr
