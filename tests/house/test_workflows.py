"""The workflows, the action and the blocks of docs/ci.md, as zizmor and actionlint see them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.support.clients import command
from tests.support.invocation import run
from tests.support.paths import ROOT

OWN = [ROOT / "action.yml", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+(?:\.\d+){2}$")


def blocks() -> list[str]:
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    found = re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S)
    return [block for block in found if "\njobs:" in block and "runs-on" in block]


@pytest.fixture
def documented(tmp_path: Path) -> Path:
    """The blocks as the workflows of a repository. No page can name the commit that it is part of."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, block in enumerate(blocks()):
        (folder / f"{number}.yml").write_text(block.replace("COMMIT-OF-THE-TAG", "0" * 40), encoding="utf-8")
    return folder


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_zizmor_has_nothing_to_say(path: Path) -> None:
    done = run([command("zizmor"), "--offline", "--no-progress", "--persona", "auditor", str(path)], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_has_nothing_to_say_of_what_is_documented(documented: Path) -> None:
    assert len(blocks()) == 5
    done = run([command("zizmor"), "--offline", "--no-progress", str(documented)], documented)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_has_nothing_to_say(documented: Path) -> None:
    files = [str(path) for path in (*OWN[1:], *sorted(documented.glob("*.yml")))]
    done = run([command("actionlint"), *files], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actions_are_named_by_commit_and_version() -> None:
    texts = [
        *(path.read_text(encoding="utf-8") for path in OWN),
        *(block.replace("COMMIT-OF-THE-TAG", "0" * 40) for block in blocks()),
    ]
    named = [line.strip() for text in texts for line in text.splitlines() if re.match(r"\s*(?:- )?uses: ", line)]
    assert len(named) > 15
    assert [line for line in named if not PINNED.search(line)] == []
    # one version of an action in all places
    versions = dict.fromkeys(re.findall(r"uses: ([\w./-]+)@(\w+)", "\n".join(named)))
    assert len({action for action, _ in versions}) == len(versions)


def test_page_has_every_input_of_the_action() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    section = page.split("## GitHub: the action")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (?:`([^`]*)`)? ?\|", section, re.M))
    assert rows == {name: said["default"] for name, said in action["inputs"].items()}
    assert all(f"`{name}`" in section for name in action["outputs"])
