"""Findings are those of `gclint check`, one repository costs no other, and a survey goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

from tests.support.invocation import gclint
from tests.support.samples import DEFECT
from tests.survey.results import checked, rows


def test_findings_are_those_of_check(many: Path, tmp_path: Path) -> None:
    done = gclint(tmp_path, "survey", str(many), "--out", "out", "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert "4 of 4 repositories" in done.stderr
    found = rows(tmp_path / "out", "findings")
    for name in ("faulty", "clean", "started"):
        its = sorted(
            (one["path"], one["code"], one["row"], one["column"], one["message"]) for one in found if one["repository"] == name
        )
        assert its == checked(many / name), name
    assert {one["repository"] for one in found} == {"faulty", "started"}
    by_name = {one["repository"]: one for one in rows(tmp_path / "out", "repositories")}
    assert set(by_name) == {"faulty", "clean", "started"}
    assert (by_name["faulty"]["files"], by_name["faulty"]["parsed"], by_name["faulty"]["cut"]) == (2, 2, 0)
    assert by_name["faulty"]["findings"] == sum(dict(by_name["faulty"]["by_rule"]).values()) > 0
    assert dict(by_name["started"]["versions"]) == {"transformers": "==4.40.0"}
    (failure,) = rows(tmp_path / "out", "failures")
    assert (failure["repository"], failure["kind"]) == ("unsettled", "settings")
    assert "no-such-key" in failure["reason"]


def test_goes_on_and_does_again_what_has_changed(many: Path, tmp_path: Path) -> None:
    words = ("survey", str(many), "--out", "out", "--workers", "2")
    gclint(tmp_path, *words)
    (many / "clean" / "train.py").write_text(DEFECT, encoding="utf-8")
    again = gclint(tmp_path, *words)
    assert "4 of 4 repositories, 2 of them unchanged" in again.stderr  # a repository with wrong settings has no key
    assert {one["repository"] for one in rows(tmp_path / "out", "findings")} == {"faulty", "started", "clean"}


def test_a_list_of_paths_and_addresses(many: Path, tmp_path: Path) -> None:
    listing = tmp_path / "listing.txt"
    listing.write_text(f"# two of them\nmany/started\nfile://{many}/faulty\nfile://{many}/none.git\n", encoding="utf-8")
    done = gclint(tmp_path, "survey", str(listing), "--out", "out", "--workers", "2")
    assert done.returncode == 0, done.stderr
    cloned = f"{many}/faulty"
    found = {one["repository"]: one for one in rows(tmp_path / "out", "repositories")}
    assert set(found) == {"many/started", cloned}
    assert found[cloned]["place"] == f"file://{many}/faulty"
    its = sorted((one["path"], one["code"]) for one in rows(tmp_path / "out", "findings") if one["repository"] == cloned)
    assert its == sorted((path, code) for path, code, *_ in checked(many / "faulty"))
    (failure,) = rows(tmp_path / "out", "failures")
    assert (failure["repository"], failure["kind"]) == (f"{many}/none", "source")


def test_one_that_takes_too_long_is_a_failure(many: Path, tmp_path: Path) -> None:
    for number in range(800):
        (many / "clean" / f"train_{number}.py").write_text(f"NUMBER = {number}\n{DEFECT}", encoding="utf-8")
    done = gclint(tmp_path, "survey", str(many), "--out", "out", "--workers", "2", "--repository-timeout", "6")
    assert done.returncode == 0, done.stderr
    kinds = {one["repository"]: one["kind"] for one in rows(tmp_path / "out", "failures")}
    assert kinds == {"clean": "time", "unsettled": "settings"}
    assert {one["repository"] for one in rows(tmp_path / "out", "repositories")} == {"faulty", "started"}


def test_what_makes_no_sense_is_refused(many: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it", encoding="utf-8")
    for words, told in (
        ((many, "--out", "mine"), "is not a survey"),
        ((many / "faulty", "--out", "out"), "is a single repository"),
        (("none", "--out", "out"), "no such file or directory"),
        ((many, "--out", "out", "--scheduler", "no-such-protocol://here"), "no scheduler answers"),
    ):
        done = gclint(tmp_path, "survey", *map(str, words))
        assert done.returncode == 2, done.stderr
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_one_that_takes_too_much_memory_is_said(tmp_path: Path) -> None:
    """A tree of this script takes more than there is, and the process goes on without it or ends: both are told."""
    (tmp_path / "many" / "large").mkdir(parents=True)
    large = "".join(f"x_{number} = {{'a': [1, 2, (3, 4)], 'b': {{'c': model}}}}\n" for number in range(18_000))
    (tmp_path / "many" / "large" / "train.py").write_text(DEFECT + large, encoding="utf-8")
    done = gclint(tmp_path, "survey", str(tmp_path / "many"), "--out", "out", "--workers", "1", "--repository-memory", "500")
    assert done.returncode == 0, done.stderr
    (failure,) = rows(tmp_path / "out", "failures")
    assert failure["kind"] in {"memory", "process", "file"}
    assert "memory" in failure["reason"]
