"""Stories as pictures: what the rows and lanes say, and that nothing that a script holds is more than text there."""

from __future__ import annotations

import itertools
import os
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.report import lanes, picture
from gcheck_lint.report.stories import Told
from gcheck_lint.run import telling
from tests.support.forks import gclint
from tests.support.samples import DEFECT, notebook

SVG = "{http://www.w3.org/2000/svg}"
FLAG = """\
import argparse
from transformers import AutoModelForCausalLM
parser = argparse.ArgumentParser()
parser.add_argument("--lean", action="store_true")
args = parser.parse_args()
model = AutoModelForCausalLM.from_pretrained("gpt2")
if args.lean:
    model.save_pretrained("out")
    model.config.use_cache = False
model.eval()
"""
HOSTILE = """\
from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained("</title><script>alert(1)</script>")
model.save_pretrained("&<svg onload=alert(2)>\u202e\x0c]]>\ufffe"); x = '"><img src=x onerror=alert(3)>'
"""


def drawn(text: str, tmp_path: Path) -> list[lanes.Group]:
    path = tmp_path / "train.py"
    path.write_text(text, encoding="utf-8")
    return lanes.groups(telling.tell(str(path), Settings()))


def told(folder: Path, *words: str) -> str:
    done = gclint(folder, "story", "--output-format", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.encode("utf-8"))


def titles(root: ET.Element) -> list[str]:
    return [one.findtext(f"{SVG}title") or "" for one in root.iter(f"{SVG}g")]


def test_rows_are_lines_with_the_state_afterwards(tmp_path: Path) -> None:
    (group,) = drawn(FLAG, tmp_path)
    assert [(row.where, row.states["cache"], row.deeds) for row in group.rows] == [
        ("6", "on", ()),
        ("8", "on", ("saved",)),
        ("9", "off", ()),
        ("10", "unknown", ()),
    ]
    assert [row.conditions for row in group.rows] == [[""], ["when `--lean` is on"], ["when `--lean` is on"], [""]]


def test_what_holds_for_all_rows_is_said_once(tmp_path: Path) -> None:
    load = "from transformers import AutoModelForCausalLM as M\n"
    inside = f"import os\n{load}if os.environ.get('A'):\n    M.from_pretrained('x').eval()\n"
    (group,) = drawn(inside, tmp_path)
    assert group.condition == "when `$A` is set"
    assert [row.conditions for row in group.rows] == [[""]]


def test_rounds_of_a_loop_and_events_of_one_line_are_one_row(tmp_path: Path) -> None:
    load = "from transformers import AutoModelForCausalLM\nm = AutoModelForCausalLM.from_pretrained('x')\n"
    loop = f"{load}for i in range(2):\n    m.generate(i)\n"
    (group,) = drawn(loop, tmp_path)
    assert [row.where for row in group.rows] == ["2", "4"]


def test_picture_shows_findings_conditions_and_states(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEFECT, encoding="utf-8")
    (tmp_path / "flag.py").write_text(FLAG, encoding="utf-8")
    root = parsed(told(tmp_path, "svg", "train.py"))
    kinds = [one.get("class") for one in root.iter(f"{SVG}path")]
    assert sorted(kinds) == ["error", "error", "error place", "warning", "warning", "warning place"]
    assert [one.get("class") for one in root.iter(f"{SVG}circle")] == ["dot"] * 3
    generates = next(title for title in titles(root) if title.startswith("8: "))
    assert "afterwards: checkpointing on · cache off · mode train" in generates
    assert "GCK203: `AutoModelForCausalLM` generates in train mode" in generates
    flag = parsed(told(tmp_path, "svg", "flag.py"))
    assert [one.get("class") for one in flag.iter(f"{SVG}circle")] == ["dot maybe"]
    assert any("saved (save_pretrained), when `--lean` is on" in title for title in titles(flag))


def test_bars_of_a_lane_fill_its_rows_without_a_gap(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEFECT, encoding="utf-8")
    bars = [one for one in parsed(told(tmp_path, "svg", "train.py")).iter(f"{SVG}rect") if "bar" in (one.get("class") or "")]
    lanes_: dict[str, list[tuple[int, int]]] = {}
    for bar in bars:
        lanes_.setdefault(bar.attrib["x"], []).append((int(bar.attrib["y"]), int(bar.attrib["height"])))
    assert len(lanes_) == 3
    for stretch in lanes_.values():
        assert all(y + high + 2 == after for (y, high), (after, _) in itertools.pairwise(stretch))
        assert sum(high + 2 for _, high in stretch) == 6 * 22


def test_narrow_picture_has_words_where_there_are_no_lanes(tmp_path: Path) -> None:
    def texts(script: str, is_narrow: bool) -> tuple[float, list[str], str]:
        """Its width, what it shows, and what it says on hover."""
        (tmp_path / "train.py").write_text(script, encoding="utf-8")
        told_of = Told("train.py", telling.tell(str(tmp_path / "train.py"), Settings()))
        (root,) = parsed(f'<x xmlns="{SVG[1:-1]}">{picture.inline(told_of, is_narrow=is_narrow)}</x>')
        return float(root.attrib["width"]), [one.text or "" for one in root.iter(f"{SVG}text")], "\n".join(titles(root))

    wrapped = "from torch.utils.checkpoint import checkpoint\nh = checkpoint(layer, x)\n"
    for script, words, has_lanes in ((DEFECT, "generates (generate)", True), (wrapped, "a call is checkpointed", False)):
        wide, shown, _ = texts(script, False)
        assert any(one.startswith(words) for one in shown)
        narrow, shown, hover = texts(script, True)
        assert narrow < 800 < wide
        assert any(one.startswith(words) for one in shown) is not has_lanes
        assert words in hover


@pytest.mark.parametrize("form", ["svg", "html"])
def test_what_a_script_holds_is_text_alone(form: str, tmp_path: Path) -> None:
    (tmp_path / "a & <b>.py").write_text(HOSTILE, encoding="utf-8")
    text = told(tmp_path, form, "a & <b>.py")
    assert "a &amp; &lt;b&gt;.py" in text
    assert not [word for word in ("<script", "<img", "<b>", "]]>", "\u202e", "\x0c", "\ufffe") if word in text]
    assert "&lt;/title&gt;&lt;script&gt;" in text
    if form == "svg":
        root = parsed(text)
        tags = {one.tag.removeprefix(SVG) for one in root.iter()}
        assert tags <= {"svg", "title", "style", "rect", "text", "line", "g", "circle", "path"}
        assert not [name for one in root.iter() for name in one.keys() if name.startswith("on")]  # noqa: SIM118
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


@pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere take text only")
def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\n<x>.py")
    (tmp_path / name).write_text(DEFECT, encoding="utf-8")
    assert parsed(told(tmp_path, "svg", ".")).findtext(f"{SVG}title") == "\ufffd\ufffd<x>.py"


def test_what_cannot_be_told_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import transformers\nmodel.gradient_checkpointing_enable(\n", encoding="utf-8")
    (tmp_path / "b.py").write_text(DEFECT, encoding="utf-8")
    done = gclint(tmp_path, "story", "--output-format", "svg", ".")
    assert "a.py:" in "".join(parsed(done.stdout).itertext())
    (tmp_path / "c.py").write_text("x = 1\n", encoding="utf-8")
    assert "no model is used here" in told(tmp_path, "svg", "c.py")


def test_notebooks_have_their_cells(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text(notebook(*DEFECT.split("\n\n")[:2]), encoding="utf-8")
    assert any(title.startswith("cell 2") for title in titles(parsed(told(tmp_path, "svg", "n.ipynb"))))


def test_findings_in_notebooks_mark_the_lines_of_their_cells(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text(notebook("import torch\n\n", DEFECT), encoding="utf-8")
    marked = [one for one in parsed(told(tmp_path, "svg", "n.ipynb")).iter(f"{SVG}g") if one.find(f"{SVG}path") is not None]
    generates = [title for one in marked if "GCK203: " in (title := one.findtext(f"{SVG}title") or "")]
    assert len(generates) == 1
    assert generates[0].startswith("cell 2:8: ")


def test_both_schemes_are_in_the_file() -> None:
    assert "@media (prefers-color-scheme: dark)" in picture.svg([Told("a.py", None, "gone")])
