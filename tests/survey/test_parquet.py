"""A Parquet data set of files: grouped into repositories over row groups and files, and never written outside of them."""

from __future__ import annotations

from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from gcheck_lint.errors import UsageError
from gcheck_lint.survey import outcome, parquet, sources
from tests.support.invocation import gclint
from tests.support.samples import CLEAN, DEFECT
from tests.survey.results import checked, rows

FILES = [
    ("b/two", "train.py", DEFECT),
    ("a/one", "src/deep/train.py", DEFECT),
    ("a/one", "requirements.txt", "transformers==4.40.0\n"),
    ("c/three", "clean.py", CLEAN),
    ("b/two", "other.py", DEFECT),
    ("b/two", "../../escaped.py", DEFECT),
    ("c/three", ".git/config", "[core]\n"),
]


def written(folder: Path, *names: str) -> Path:
    """The files in two Parquet files, with two rows in a row group."""
    for number, part in enumerate((FILES[:4], FILES[4:])):
        table = pyarrow.table(dict(zip(names, map(list, zip(*part, strict=True)), strict=True)))
        place = folder / f"year={number}" / "part.parquet"
        place.parent.mkdir(parents=True)
        pyarrow.parquet.write_table(table, place, row_group_size=2)
    return folder


def test_repositories_lie_in_row_groups_of_several_files(tmp_path: Path) -> None:
    found = sources.find(str(written(tmp_path / "data", "repository", "path", "content")), outcome.Columns())
    places = {one.name: [(Path(its.file).parent.name, its.group) for its in one.rows] for one in found}
    assert places == {
        "b/two": [("year=0", 0), ("year=1", 0)],
        "a/one": [("year=0", 0), ("year=0", 1)],
        "c/three": [("year=0", 1), ("year=1", 1)],
    }


@pytest.mark.parametrize("kept", [parquet._KEPT, 0], ids=["whole row groups", "in pieces"])
def test_files_lie_where_they_belong(kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_KEPT", kept)
    columns = outcome.Columns("repo", "name", "text")
    found = sources.find(str(written(tmp_path / "data", "repo", "name", "text")), columns)
    failures = [parquet.lay_out(one, columns, tmp_path / "out" / str(number)) for number, one in enumerate(found)]
    there = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert there == {"0/train.py", "0/other.py", "1/src/deep/train.py", "1/requirements.txt", "2/clean.py"}
    refused = {(one["repository"], one["path"]) for its in failures for one in its}
    assert refused == {("b/two", "../../escaped.py"), ("c/three", ".git/config")}


def test_columns_are_there(tmp_path: Path) -> None:
    data = str(written(tmp_path / "data", "repo", "name", "text"))
    with pytest.raises(UsageError, match=r"no column `repository`.*it has repo, name, text"):
        sources.find(data, outcome.Columns())


@pytest.mark.parametrize("path", ["", "/etc/passwd", "//x", "a/../../b", "a\0b", "..", ".", None])
def test_no_path_leads_out(path: str | None, tmp_path: Path) -> None:
    (tmp_path / "repository").mkdir()
    assert parquet._put(tmp_path / "repository", path, b"text") is not None
    assert [one.name for one in tmp_path.rglob("*")] == ["repository"]


def test_survey_of_a_data_set(tmp_path: Path) -> None:
    data = written(tmp_path / "data", "repo", "path", "text")
    words = ("--repository-column", "repo", "--content-column", "text", "--workers", "2")
    done = gclint(tmp_path, "survey", str(data), "--out", "out", *words)
    assert done.returncode == 0, done.stderr
    laid_out = tmp_path / "plain"
    for repository, path, text in FILES[:5]:
        place = laid_out / repository / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    by_name = {one["repository"]: one for one in rows(tmp_path / "out", "repositories")}
    assert {name: one["files"] for name, one in by_name.items()} == {"a/one": 1, "b/two": 2, "c/three": 1}
    assert dict(by_name["a/one"]["versions"]) == {"transformers": "==4.40.0"}
    found = rows(tmp_path / "out", "findings")
    for name in by_name:
        its = sorted((one["path"], one["code"], one["row"]) for one in found if one["repository"] == name)
        assert its == [(path, code, row) for path, code, row, *_ in checked(laid_out / name)]
    again = gclint(tmp_path, "survey", str(data), "--out", "out", *words, "--ignore", "GCK203")
    assert "3 of 3 repositories, 0 of them unchanged" in again.stderr  # other options, other findings
    assert "GCK203" not in {one["code"] for one in rows(tmp_path / "out", "findings")}
