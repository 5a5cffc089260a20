"""The command as a user meets it: what it writes, where, and how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import fakes
import pytest
from click.testing import CliRunner, Result

from gcheck_lint import __version__
from gcheck_lint.cli import gclint
from gcheck_lint.run import pipeline

Invoke = Callable[..., Result]
QUIET = fakes.FIXED


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs `gclint` in an empty folder, with the fake rules."""
    fakes.install(monkeypatch, GCK101=fakes.checkpointing, GCK201=fakes.saving)
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GCLINT_OUTPUT_FORMAT"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(gclint, list(args), input=stdin, catch_exceptions=False)

    return run


def script(name: str = "train.py", text: str = fakes.SCRIPT) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def test_full_report(invoke: Invoke) -> None:
    script()
    result = invoke()
    assert result.exit_code == 1
    assert result.stdout == (
        "GCK101 [*] `model` trains with the cache on\n"
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
    )
    assert result.stderr == ""


def test_clean(invoke: Invoke) -> None:
    script(text=QUIET)
    result = invoke("train.py")
    assert (result.exit_code, result.stdout) == (0, "All checks passed!\n")


def test_explicit_check_and_folder_named_like_a_command(invoke: Invoke) -> None:
    script("rules/train.py")
    assert "rules/train.py:2:1" in invoke("check", "--output-format", "concise", "rules").stdout
    assert "rules/train.py:2:1" in invoke("./rules", "--output-format=concise").stdout
    assert "checkpointing-with-cache" in invoke("rules").stdout


def test_sub_command_behind_an_option(invoke: Invoke) -> None:
    result = invoke("-q", "rules")
    assert result.exit_code == 2
    assert "a sub-command comes first: `gclint rules`" in result.stderr


def test_concise_and_grouped(invoke: Invoke) -> None:
    script("b/train.py")
    script("a.py")
    concise = invoke("--output-format", "concise", "-q")
    assert concise.stdout == (
        "a.py:2:1: GCK101 [*] `model` trains with the cache on\nb/train.py:2:1: GCK101 [*] `model` trains with the cache on\n"
    )
    grouped = invoke("--output-format", "grouped", "-q")
    assert grouped.stdout.startswith("a.py:\n  2:1 GCK101 [*] `model` trains with the cache on\n\nb/train.py:\n")


def test_json(invoke: Invoke) -> None:
    path = script().resolve()
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
            "url": None,
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
            "versions": "transformers >=4.53",
            "certainty": "sure",
        }
    ]


def test_json_of_nothing_is_an_empty_array(invoke: Invoke) -> None:
    script(text=QUIET)
    assert json.loads(invoke("--output-format", "json").stdout) == []
    assert invoke("--output-format", "json-lines").stdout == ""


def test_json_lines(invoke: Invoke) -> None:
    script("a.py")
    script("b.py")
    lines = invoke("--output-format", "json-lines").stdout.splitlines()
    assert [Path(json.loads(line)["filename"]).name for line in lines] == ["a.py", "b.py"]


def test_output_format_from_the_environment(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    script()
    monkeypatch.setenv("GCLINT_OUTPUT_FORMAT", "concise")
    assert invoke("-q").stdout.startswith("train.py:2:1: GCK101")


def test_fix_leads_on_to_the_second_finding(invoke: Invoke) -> None:
    path = script()
    result = invoke("--fix", "--show-fixes")
    assert result.exit_code == 0
    assert path.read_text() == fakes.FIXED
    assert "Fixed 2 findings:\n- train.py:\n    1 × GCK101 (checkpointing-with-cache)\n    1 × GCK201" in result.stdout
    assert result.stdout.endswith("Found 2 findings (2 fixed, 0 remaining).\n")
    assert invoke("--fix").stdout == "All checks passed!\n"


def test_exit_non_zero_on_fix(invoke: Invoke) -> None:
    script()
    assert invoke("--fix", "--exit-non-zero-on-fix").exit_code == 1
    assert invoke("--fix", "--exit-non-zero-on-fix").exit_code == 0


def test_exit_zero_and_fail_on(invoke: Invoke) -> None:
    script()
    assert invoke("--exit-zero").exit_code == 0
    assert invoke("--fail-on", "warning").exit_code == 1
    assert invoke("--fail-on", "error").exit_code == 0


def test_fix_only(invoke: Invoke) -> None:
    path = script(text=fakes.SCRIPT + "x = 1  # noqa: GCK201\n")
    result = invoke("--fix-only", "--unfixable", "GCK003")
    assert (result.exit_code, result.stdout) == (0, "Fixed 2 findings.\n")
    assert path.read_text() == fakes.FIXED + "x = 1  # noqa: GCK201\n"


def test_diff_writes_nothing(invoke: Invoke) -> None:
    path = script()
    result = invoke("--diff")
    assert result.exit_code == 1
    assert result.stdout.startswith("--- a/train.py\n+++ b/train.py\n@@ -1,4 +1,6 @@\n model = load()\n")
    assert "+model.config.use_cache = False\n" in result.stdout
    assert result.stderr == "Would fix 2 findings.\n"
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
    assert shown.stderr == f"Would fix {2 * len(names)} findings.\n"
    subprocess.run(["git", "apply", "-"], input=shown.stdout_bytes, check=True)
    for name in names:
        assert Path(name).read_bytes() == _patched(name, PATCHED[name], fakes.FIXED), name


def test_unsafe_fixes_are_held_back(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    path = script()
    fakes.install(monkeypatch, GCK101=fakes.unsafe(fakes.checkpointing))
    result = invoke("--fix")
    assert result.exit_code == 1
    assert path.read_text() == fakes.SCRIPT
    assert "GCK101 `model`" in result.stdout
    assert "note: This is an unsafe fix" in result.stdout
    assert "1 unsafe fix available with `--fix --unsafe-fixes`." in result.stdout
    assert invoke("--diff").stderr == "No fixes to apply (1 additional fix available with `--unsafe-fixes`).\n"
    assert invoke("--fix", "--unsafe-fixes").exit_code == 0
    assert "use_cache = False" in path.read_text()


def test_stdin(invoke: Invoke) -> None:
    result = invoke("-", "--stdin-filename", "src/train.py", "--output-format", "concise", "-q", stdin=fakes.SCRIPT)
    assert (result.exit_code, result.stdout) == (1, "src/train.py:2:1: GCK101 [*] `model` trains with the cache on\n")


def test_stdin_fix_writes_the_text_to_stdout(invoke: Invoke) -> None:
    crlf = fakes.SCRIPT.replace("\n", "\r\n").encode()
    result = invoke("-", "--fix", stdin=crlf)
    assert result.stdout_bytes == fakes.FIXED.replace("\n", "\r\n").encode()
    assert "2 fixed, 0 remaining" in result.stderr


def test_stdin_that_cannot_be_read_comes_back_unchanged(invoke: Invoke) -> None:
    data = b"use_cache = '\xff'\n"
    result = invoke("-", "--fix", stdin=data)
    assert result.stdout_bytes == data
    assert "GCK001" in result.stderr
    assert result.exit_code == 1


def test_stdin_left_out_by_force_exclude(invoke: Invoke) -> None:
    args = ("-", "--stdin-filename", "venv/train.py", "--force-exclude", "--fix")
    result = invoke(*args, stdin=fakes.SCRIPT)
    assert (result.exit_code, result.stdout) == (0, fakes.SCRIPT)


def test_missing_path(invoke: Invoke) -> None:
    script()
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
    script()
    assert invoke("--config", "ignore = ['GCK101']").exit_code == 0
    Path("other.toml").write_text('fail-on = "error"\n')
    assert invoke("--config", "other.toml").exit_code == 0
    assert invoke("--config", "other.toml", "--isolated").exit_code == 2
    assert invoke("--config", "missing.toml").exit_code == 2
    Path("pyproject.toml").write_text("[tool.gclint]\nignore = ['GCK101']\n")
    assert invoke().exit_code == 0
    assert invoke("--isolated").exit_code == 1


def test_selection(invoke: Invoke) -> None:
    script()
    assert invoke("--select", "checkpointing-with-cache").exit_code == 1
    assert invoke("--select", "GCK2,GCK0").exit_code == 0
    assert invoke("--ignore", "GCK1").exit_code == 0
    assert invoke("--per-file-ignores", "train.py:GCK101").exit_code == 0
    assert invoke("--per-file-ignores", "nonsense").exit_code == 2


def test_broken_file_is_a_finding(invoke: Invoke) -> None:
    script(text="model.config.use_cache = \n")
    result = invoke("--output-format", "concise")
    assert result.exit_code == 1
    assert result.stdout.startswith("train.py:1:")
    assert "GCK002 the file can't be parsed" in result.stdout


def test_broken_file_without_the_words_is_passed_over(invoke: Invoke) -> None:
    script(text="print 'hello'\n")
    assert invoke().exit_code == 0


def test_unreadable_file_is_a_finding(invoke: Invoke) -> None:
    Path("train.py").write_bytes(b"# coding: utf-9\n")
    result = invoke()
    assert result.exit_code == 1
    assert "GCK001 the file can't be read: unknown encoding: utf-9" in result.stdout


def test_internal_error_names_the_rule_and_the_rest_goes_on(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(module: object) -> list[fakes.Finding]:
        raise RuntimeError("boom")

    fakes.install(monkeypatch, GCK101=fakes.checkpointing, GCK201=fail)
    script()
    result = invoke("--output-format", "concise", "--exit-zero")
    assert result.exit_code == 2
    assert "train.py:2:1: GCK101" in result.stdout
    assert "GCK201 failed on train.py" in result.stderr
    assert "boom" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in invoke("-v").stderr


def test_a_story_that_gives_up_is_told_and_leaves_comments_alone(invoke: Invoke) -> None:
    script(text="use_cache = 'monster'\nx = 1  # noqa: GCK101\n")
    result = invoke()
    assert (result.exit_code, result.stdout) == (0, "1 file could not be fully checked.\n")
    assert result.stderr == "warning: train.py was not checked: it is a monster\n"


def test_a_failing_story_is_told_and_leaves_comments_alone(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    import gcheck_lint.story

    def fail(module: object, target: object, program: object) -> object:
        raise RecursionError("too deep")

    monkeypatch.setattr(gcheck_lint.story, "interpret", fail)
    script(text=fakes.SCRIPT + "x = 1  # noqa: GCK101\n")
    result = invoke()
    assert (result.exit_code, result.stdout) == (2, "1 file could not be fully checked.\n")
    assert "error: story failed on train.py" in result.stderr


def test_possible_findings_are_counted_and_shown_on_demand(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    from gcheck_lint.findings.diagnostics import Certainty

    fakes.install(monkeypatch, GCK101=fakes.changed(fakes.checkpointing, certainty=Certainty.POSSIBLE))
    path = script()
    result = invoke()
    assert result.exit_code == 0
    assert result.stdout == "All checks passed!\n1 possible finding is not shown (`--possible` shows them).\n"
    shown = invoke("--possible")
    assert shown.exit_code == 1
    assert "this is possible, not sure" in shown.stdout
    assert json.loads(invoke("--possible", "--output-format=json").stdout)[0]["certainty"] == "possible"
    invoke("--possible", "--fix")
    assert path.read_text() == fakes.SCRIPT


def test_statistics(invoke: Invoke) -> None:
    script("a.py")
    script("b.py")
    assert invoke("--statistics", "-q").stdout == "2\tGCK101\t[*] checkpointing-with-cache\n"
    assert json.loads(invoke("--statistics", "--output-format", "json").stdout) == [
        {"code": "GCK101", "name": "checkpointing-with-cache", "count": 2, "fixable": True, "fixable_count": 2}
    ]


def test_output_file(invoke: Invoke) -> None:
    script()
    result = invoke("--output-file", "reports/out.json", "--output-format", "json", "--color", "always")
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(Path("reports/out.json").read_text())[0]["code"] == "GCK101"


def test_show_files_and_settings(invoke: Invoke) -> None:
    script("b.py")
    script("a b.py")
    assert invoke("--show-files").stdout == "a b.py\nb.py\n"
    shown = invoke("--show-settings", "--ignore", "GCK101").stdout
    assert 'ignore = ["GCK101"]  # --ignore\n' in shown
    assert "GCK101," not in shown.splitlines()[-1]


def test_add_noqa(invoke: Invoke) -> None:
    path = script()
    result = invoke("--add-noqa")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Added 1 noqa directive.\n")
    assert "model.gradient_checkpointing_enable()  # noqa: GCK101\n" in path.read_text()
    assert invoke().stdout == "All checks passed!\n"


def test_colors(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    script()
    assert "\x1b[" not in invoke().stdout
    assert "\x1b[" in invoke("--color", "always").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in invoke().stdout
    assert "\x1b[" not in invoke("--color", "never").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in invoke().stdout


def test_rule(invoke: Invoke) -> None:
    assert invoke("rule", "GCK101").stdout == invoke("rule", "checkpointing-with-cache").stdout
    assert invoke("rule", "GCK101").stdout.startswith("# GCK101 checkpointing-with-cache\n")
    assert json.loads(invoke("rule", "gck101", "--output-format", "json").stdout)["name"] == "checkpointing-with-cache"
    codes = [item["code"] for item in json.loads(invoke("rule", "--all", "--output-format", "json").stdout)]
    assert codes == sorted(codes)
    assert "GCK201" in codes
    wrong = invoke("rule", "cache-of-saved")
    assert wrong.exit_code == 2
    assert "did you mean `cache-off-saved`?" in wrong.stderr
    assert invoke("rule").exit_code == 2


def test_a_rule_says_itself_its_versions_and_what_was_seen(invoke: Invoke) -> None:
    text = invoke("rule", "GCK203").stdout
    assert "Rule: " in text
    assert "Observed with the examples of the card on transformers" in text
    (one,) = [item for item in json.loads(invoke("rule", "--all", "--output-format", "json").stdout) if item["code"] == "GCK203"]
    assert one["rule"]
    assert one["versions"].startswith("|")
    assert "5.23.0" in one["observed"]["seen"]
    assert any("wrong text" in effect for effect in one["observed"]["effects"])
    about_files = json.loads(invoke("rule", "GCK002", "--output-format", "json").stdout)
    assert (about_files["rule"], about_files["observed"]) == (None, None)


def test_config_command(invoke: Invoke) -> None:
    Path("pyproject.toml").write_text("[tool.gclint]\ntarget-transformers = '>=4.53'\n")
    shown = invoke("config").stdout
    assert 'target-transformers = ">=4.53"  # pyproject.toml [tool.gclint] target-transformers\n' in shown
    explained = invoke("config", "target-transformers").stdout
    assert 'Now: ">=4.53" (pyproject.toml [tool.gclint] target-transformers)' in explained
    assert invoke("config", "target-transformer").exit_code == 2


def test_version_and_help(invoke: Invoke) -> None:
    assert invoke("--version").stdout == f"gclint {__version__}\n"
    shown = invoke("--help")
    assert shown.exit_code == 0
    assert "--unsafe-fixes" in shown.stdout
    assert "story" in shown.stdout
    assert invoke("--no-such-option").exit_code == 2


def run(*args: str, cwd: Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["rules"], ["rule", "GCK101"], ["config"], ["clean"], ["."]])
def test_libcst_is_not_imported_without_need(args: list[str], tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("print('no word of ours')\n")
    result = run("-X", "importtime", "-m", "gcheck_lint", *args, cwd=tmp_path)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "libcst" not in result.stderr


def test_a_clean_file_brings_next_to_no_imports(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("import torch\n\nmodel.train()\n")
    result = run("-X", "importtime", "-m", "gcheck_lint", "--isolated", "plain.py", cwd=tmp_path)
    assert result.returncode == 0, result.stderr[-2000:]
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")}
    needless = {"difflib", "json", "libcst", "multiprocessing", "packaging", "subprocess", "tempfile", "tomli", "traceback"}
    ours = {"apply", "cards", "checks", "dependencies", "diagnostics", "knowledge", "notebook", "report.text", "suppress"}
    assert sorted(imported & (needless | {f"gcheck_lint.{name}" for name in ours})) == []


def test_a_named_file_without_permission_is_a_finding(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    script()

    def deny(path: str) -> bytes:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(pipeline, "read_bytes", deny)
    result = invoke("train.py", "--output-format", "concise", "-q")
    assert (result.exit_code, result.stdout) == (1, "train.py:1:1: GCK001 the file can't be read: Permission denied\n")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may enter every folder")
def test_folders_without_permission(invoke: Invoke) -> None:
    script("closed/train.py")
    script("half/train.py")
    script("open/train.py")
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
    script()
    result = invoke("--fix", "")  # mostly an unset variable of a shell script
    assert (result.exit_code, result.stderr) == (2, "error: no such file or directory: ''\n")
    assert Path("train.py").read_text() == fakes.SCRIPT


@pytest.mark.parametrize("args", [["--fix"], ["--fix-only"], ["--diff"], ["-"]])
def test_add_noqa_goes_alone(invoke: Invoke, args: list[str]) -> None:
    script()
    result = invoke("--add-noqa", *args, stdin=fakes.SCRIPT)
    assert result.exit_code == 2
    assert "--add-noqa writes comments into files" in result.stderr
    assert Path("train.py").read_text() == fakes.SCRIPT


def test_show_files_and_settings_of_stdin(invoke: Invoke) -> None:
    assert invoke("-", "--show-files", "--stdin-filename", "a/b.py").stdout == "a/b.py\n"
    assert invoke("-", "--show-settings").stdout.startswith("# no settings file\nselect = ")


def test_extend_belongs_into_a_file(invoke: Invoke) -> None:
    result = invoke("--config", "extend = 'other.toml'")
    assert result.exit_code == 2
    assert "`extend` belongs into a settings file" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("args", ["rules", "bad.py", "-o /dev/full bad.py", "story bad.py"])
def test_output_that_cannot_be_written(args: str, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import transformers\nmodel.gradient_checkpointing_enable()\nmodel.use_cache = 1\n")
    command = f"{sys.executable} -m gcheck_lint {args} > /dev/full"
    result = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("error: cannot write ")
    assert result.stderr.count("\n") == 1


def test_closed_streams(tmp_path: Path) -> None:
    for command in ("rules >&-", "rules 2>&-", "- <&-", ". >&- 2>&-"):
        result = subprocess.run(
            f"{sys.executable} -m gcheck_lint {command}", shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (result.returncode, "Traceback" in result.stderr) == (0, False), command


def test_a_reader_that_leaves_is_no_finding(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with os.fdopen(write, "wb") as stdout:
        result = subprocess.run(
            [sys.executable, "-m", "gcheck_lint", "rule", "--all"],
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
        )
    assert (result.returncode, result.stderr) == (141, b"")


def test_broken_pipe_ends_quietly(tmp_path: Path) -> None:
    command = f"{sys.executable} -m gcheck_lint rule --all | head -n 1"
    result = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.stderr == ""
