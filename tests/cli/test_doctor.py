"""`gclint config --doctor`: does Ruff leave the comments of gclint alone?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clients import command
from tests.support.forks import gclint
from tests.support.invocation import run

NAMED = "save()  # noqa: GCK201, E501\n"


def doctor(folder: Path, **files: str) -> tuple[int, str]:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("DOT", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    done = gclint(folder, "config", "--doctor")
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_doctor_without_comments(tmp_path: Path) -> None:
    code, said = doctor(tmp_path, trainDOTpy="save()  # noqa: E501\nx = 1  # gclint: ignore[GCK201]\n", ruffDOTtoml="")
    assert code == 0
    assert said.startswith("ok: no `# noqa` comment names a gclint rule")


def test_doctor_without_ruff(tmp_path: Path) -> None:
    code, said = doctor(tmp_path, trainDOTpy=NAMED, pyprojectDOTtoml="[project]\nname = 'x'\n")
    assert code == 0
    assert "Ruff is not configured here" in said


@pytest.mark.parametrize(
    ("name", "text", "sound"),
    [
        ("pyprojectDOTtoml", "[tool.ruff]\n", False),
        ("pyprojectDOTtoml", '[tool.ruff.lint]\nexternal = ["GCK"]\n', True),
        ("pyprojectDOTtoml", '[tool.ruff]\nexternal = ["G"]\n', True),
        ("pyprojectDOTtoml", '[tool.ruff.lint]\nexternal = ["GCK1", "V"]\n', False),
        ("ruffDOTtoml", '[lint]\nexternal = ["GCK201"]\n', True),
        ("ruffDOTtoml", "line-length = 100\n", False),
        ("DOTruffDOTtoml", '[lint]\nexternal = ["GCK"]\n', True),
    ],
)
def test_doctor_reads_what_ruff_reads(tmp_path: Path, name: str, text: str, sound: bool) -> None:
    code, said = doctor(tmp_path, trainDOTpy=NAMED, **{name: text})
    assert code == (0 if sound else 1)
    assert said.startswith("ok: " if sound else "problem: ")
    if not sound:
        assert "train.py:1: GCK201" in said
        assert ("    [tool.ruff.lint]\n" if name.startswith("py") else "    [lint]\n") in said
        assert '    external = ["GCK"]\n' in said


def test_doctor_takes_the_closest_file_and_what_it_extends(tmp_path: Path) -> None:
    base = '[lint]\nexternal = ["GCK"]\n'
    files = {"ruffDOTtoml": base, "a__trainDOTpy": NAMED, "b__trainDOTpy": NAMED, "b__ruffDOTtoml": 'extend = "../ruff.toml"\n'}
    assert doctor(tmp_path, **files)[0] == 0
    code, said = doctor(tmp_path, b__ruffDOTtoml="line-length = 100\n")
    assert code == 1
    assert "ok: ruff.toml" in said
    assert "problem: b/ruff.toml" in said


def test_the_remedy_is_one_for_ruff(tmp_path: Path) -> None:
    ruff = command("ruff")
    text = NAMED.replace("E501", "F401")
    (tmp_path / "pyproject.toml").write_text("[tool.ruff.lint]\nselect = ['RUF100', 'F401']\n", encoding="utf-8")
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    words = [ruff, "check", "--quiet", "--no-cache", "--fix", "train.py"]
    run(words, tmp_path)
    assert "GCK201" not in (tmp_path / "train.py").read_text(encoding="utf-8")  # the danger is real
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    with (tmp_path / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('external = ["GCK"]\n')
    run(words, tmp_path)
    assert (tmp_path / "train.py").read_text(encoding="utf-8") == "save()  # noqa: GCK201\n"
    assert doctor(tmp_path)[0] == 0
