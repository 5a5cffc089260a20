"""The GitHub action: its shell runs here as on a runner, on a pull request as `actions/checkout` leaves it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.support.invocation import run
from tests.support.paths import ROOT
from tests.support.repositories import git, repository
from tests.support.samples import CLEAN, DEFECT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
DEFAULTS = {name: said["default"] for name, said in ACTION["inputs"].items()}
TRAP = "raise SystemExit('executed')\n"


@dataclass
class Runner:
    """Runs a step of the action in a checkout."""

    temp: Path
    checkout: Path

    def step(self, name: str, **said: str) -> subprocess.CompletedProcess[str]:
        (step,) = (one for one in ACTION["runs"]["steps"] if one["name"] == name)
        inputs = {
            **DEFAULTS,
            "python": sys.executable,
            **{key.replace("_", "-"): value for key, value in said.items() if key.islower()},
        }
        environment = {
            key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], value)
            for key, value in step["env"].items()
        }
        (self.temp / "output").write_text("", encoding="utf-8")
        return run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            self.checkout,
            RUNNER_TEMP=str(self.temp),
            GITHUB_ACTION_PATH=str(ROOT),
            GITHUB_OUTPUT=str(self.temp / "output"),
            **environment,
            **{key: value for key, value in said.items() if key.isupper()},
        )

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.temp / "output").read_text(encoding="utf-8").splitlines())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the runner after the first step, which ran in a repository that would like to be executed."""
    temp, trap = tmp_path_factory.mktemp("runner"), tmp_path_factory.mktemp("trap")
    for name in ("venv", "pip", "json", "hatchling"):
        (trap / f"{name}.py").write_text(TRAP, encoding="utf-8")
    done = Runner(temp, trap).step("Install gclint")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("gclint ")
    return temp


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with an old finding, and a pull request that brings another one."""
    made = repository(tmp_path / "origin", old=DEFECT, new=CLEAN, json=TRAP)
    git(made, "switch", "--quiet", "--create", "pull")
    (made / "new.py").write_text(DEFECT, encoding="utf-8")
    git(made, "commit", "--quiet", "--all", "--message", "second")
    git(made, "switch", "--quiet", "main")
    (made / "other.py").write_text(CLEAN, encoding="utf-8")
    git(made, "add", "--all")
    git(made, "commit", "--quiet", "--message", "third")
    git(made, "switch", "--quiet", "--create", "merge")
    git(made, "merge", "--quiet", "--no-ff", "--no-edit", "pull")
    git(made, "update-ref", "refs/pull/1/merge", "HEAD")
    git(made, "switch", "--quiet", "main")
    git(made, "branch", "--quiet", "-D", "merge")
    return made


def checkout(origin: Path, folder: Path, depth: int) -> Path:
    """What actions/checkout makes of a pull request."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", origin.as_uri())
    refs = ["+refs/pull/1/merge:refs/remotes/pull/1/merge"]
    refs += [] if depth else ["+refs/heads/*:refs/remotes/origin/*"]
    git(folder, "fetch", "--quiet", "--no-tags", *([f"--depth={depth}"] if depth else []), "origin", *refs)
    git(folder, "checkout", "--quiet", "refs/remotes/pull/1/merge")
    return folder


PULL = {"GITHUB_BASE_REF": "main", "GITHUB_REF": "refs/pull/1/merge"}


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_comments_only_where_the_pull_request_has_changed_something(
    depth: int, origin: Path, tmp_path: Path, installed: Path
) -> None:
    runner = Runner(installed, checkout(origin, tmp_path / "work", depth))
    done = runner.step("Run gclint", **PULL)
    assert done.returncode == 1, done.stderr
    assert set(re.findall(r"file=([\w.]+)", done.stdout)) == {"new.py"}
    assert "executed" not in done.stdout + done.stderr
    # code scanning gets everything
    log = json.loads(Path(runner.outputs["sarif"]).read_text(encoding="utf-8"))
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in log["runs"][0]["results"]]
    assert set(places) == {"new.py", "old.py"}
    assert int(runner.outputs["findings"]) == len(places)
    # and so does the page, with the picture of each script
    page = Path(runner.outputs["report"]).read_text(encoding="utf-8")
    assert [name for name in ("<h2>new.py</h2>", "<h2>old.py</h2>") if name not in page] == []
    assert page.count('<svg class="gclint"') == 2


def test_comments_everywhere_where_history_is_missing(origin: Path, tmp_path: Path, installed: Path) -> None:
    work = checkout(origin, tmp_path / "work", 1)
    git(work, "remote", "set-url", "origin", (tmp_path / "nowhere").as_uri())
    done = Runner(installed, work).step("Run gclint", **PULL)
    assert done.returncode == 1
    assert "::warning::gclint comments on all lines" in done.stdout
    assert set(re.findall(r"file=([\w.]+)", done.stdout)) == {"new.py", "old.py"}


def test_push_is_checked_as_a_whole(origin: Path, tmp_path: Path, installed: Path) -> None:
    done = Runner(installed, checkout(origin, tmp_path / "work", 1)).step("Run gclint", GITHUB_REF="refs/heads/main")
    assert done.returncode == 1
    assert set(re.findall(r"file=([\w.]+)", done.stdout)) == {"new.py", "old.py"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"fail_on": "never"}, 0),
        ({"fail_on": "error"}, 1),
        ({"fail_on": "error", "args": "--ignore\nGCK203"}, 0),
        ({"paths": "other.py"}, 0),
        ({"paths": "other.py\nold.py"}, 1),
        ({"fail_on": "sometimes"}, 2),
        ({"args": "--no-such-option"}, 2),
        ({"paths": "$(touch made)"}, 2),
    ],
)
def test_inputs(said: dict[str, str], code: int, origin: Path, tmp_path: Path, installed: Path) -> None:
    work = checkout(origin, tmp_path / "work", 1)
    done = Runner(installed, work).step("Run gclint", **said)
    assert done.returncode == code, done.stdout + done.stderr
    assert not (work / "made").exists()
