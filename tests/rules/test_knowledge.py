"""What is known by version holds together: intervals do not overlap, all of it is asked for, worlds can be installed."""

from __future__ import annotations

import importlib.util
import re
import sys
import zipfile
from itertools import combinations, pairwise
from pathlib import Path
from types import ModuleType

import pytest
import tomli

from gcheck_lint import knowledge
from gcheck_lint.knowledge import keywords, names
from gcheck_lint.knowledge.floors import requires
from gcheck_lint.story import Target
from gcheck_lint.versions import Version
from tests.support.paths import ROOT

FOLDER = Path(knowledge.__file__).parent
FILES = {path.stem: tomli.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
OUTCOMES = sorted({entry["id"] for data in FILES.values() for entry in data.get("outcome", ())})
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.rglob("*.py"))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_intervals_of_an_outcome_do_not_overlap(outcome: str) -> None:
    known = knowledge.load()
    for one, other in combinations(known.outcomes(outcome), 2):
        releases = known.releases(one.library) if one.library == other.library else ()
        assert not [release for release in releases if one.versions.contains(release) and other.versions.contains(release)]


# what the examples of a card show by themselves when they are run (docs/evidence.md), without a scenario beside them
BY_EXAMPLES = {
    "section-unheard",
    "checkpointed-twice",
    "recomputed-with-cache",
    "recomputed-with-cache-unheard",
    "cache-argument-beside-config",
    "cache-argument-not-taken",
    "gemma3n-in-train-mode",
    "gemma3n-without-cache",
    "gemma4-without-cache",
    "gemma3n-reentrant",
    "gemma4-reentrant",
    "own-switch-refuses-kwargs",
    "own-switch-refuses-layers",
    "own-switch-refuses-layers-still",
    "reentrant-under-ddp",
    "reentrant-under-ddp-by-default",
    "reentrant-under-ddp-of-trainer",
    "reentrant-under-ddp-of-trainer-by-default",
    "switched-on-wrapper",
    "keywords-while-reentrant",
    "checkpointing-left-on",
    "option-unread",
    "starved-checkpoint",
    "statistics-twice",
    "grad-through-reentrant-call",
    "zero3-frozen-not-reentrant",
    "zero3-frozen-not-reentrant-by-default",
}


def test_each_entry_reaches_a_known_release_and_names_its_scenario() -> None:
    known = knowledge.load()
    for entry in (one for outcome in OUTCOMES for one in known.outcomes(outcome)):
        assert any(entry.versions.contains(release) for release in known.releases(entry.library)), entry.id
        assert entry.facts or entry.id in BY_EXAMPLES, entry.id
        assert all(re.fullmatch(r"S\d+", fact) for fact in entry.facts), entry.id


def test_everything_by_version_is_asked_for() -> None:
    habits = {entry["id"] for data in FILES.values() for entry in data.get("habit", ())}
    assert [name for name in sorted({*habits, *OUTCOMES}) if f'"{name}"' not in SOURCES] == []


@pytest.mark.parametrize("library", knowledge.load().versioned())
def test_releases_are_in_order(library: str) -> None:
    releases = knowledge.load().releases(library)
    assert releases
    assert all(Version(older) < Version(newer) for older, newer in pairwise(releases))


def test_outcomes_may_be_of_another_library() -> None:
    trl = Target.of(trl=">=0.22").release_sets(["trl"])
    assert trl
    assert all(Version(dict(world)["transformers"]) >= Version("4.55") for world in trl)


def test_a_library_that_is_too_new_for_the_target_is_out() -> None:
    worlds = [dict(world) for world in Target.of("==4.46.3").release_sets(["trl"])]
    assert {world["trl"] for world in worlds} == {"0.7.11", "0.9.6", "0.12.2", "0.15.2", "0.17.0"}
    assert [dict(world)["trl"] for world in Target.of("==4.25.1").release_sets(["trl"])] == ["0.7.11"]


@pytest.mark.parametrize(
    ("library", "release", "wanted"),
    [
        ("peft", "0.13.2", ""),
        ("peft", "0.15.2", ">4.42.4"),
        ("peft", "0.17.1", ">4.43.4,<5.0.0"),
        ("peft", "0.18.0", ">4.42.4 || >4.43.4,<5.0.0"),  # between two that were looked at: as either
        ("peft", "0.30.0", ">4.42.4"),
        ("trl", "0.22.1", ">=4.55.0 || >=4.56.1"),
        ("torch", "2.4.0", ""),
    ],
)
def test_what_a_release_asks_of_transformers(library: str, release: str, wanted: str) -> None:
    assert str(requires(library, release)) == wanted


def test_the_table_of_requirements_is_about_releases_that_are_known() -> None:
    rows = [line.split() for line in (FOLDER / "requires.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    assert {library for library, *_ in rows} == {"peft", "trl"}
    assert all(release in knowledge.load().releases(library) for library, release, _ in rows)


def tool(name: str) -> ModuleType:
    """A script of `tools/`, loaded and not run."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    path = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = path
    return module


def wheel(folder: Path, requirements: str, files: dict[str, str]) -> Path:
    path = folder / "peft-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("peft-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: peft\nVersion: 1.0\n{requirements}")
        for name, text in files.items():
            made.writestr(name, text)
    return path


def test_what_a_wheel_imports_whenever_it_is_imported_bounds_it(tmp_path: Path) -> None:
    """Nothing is run; what stands in an `if`, a `try` or a module that nobody imports is no bound."""
    requires_table = tool("requires_table")
    files = {
        "peft/__init__.py": "from .model import Model\n",
        "peft/model.py": "import os\nfrom transformers import PreTrainedModel, EncoderDecoderCache\nfrom .inner import later\n",
        "peft/inner/__init__.py": "try:\n    from transformers import SmolLM3ForCausalLM\nexcept ImportError:\n    pass\n",
        "peft/inner/later.py": "from transformers import HybridCache\n",
        "peft/alone.py": "from transformers import SmolLM3ForCausalLM\n",
    }
    asked = 'Requires-Dist: transformers>=4.30\nRequires-Dist: transformers>=4.57; extra == "dev"\n'
    assert requires_table.wanted_by(wheel(tmp_path, asked, files), "peft") == ">4.43.4,<5.0.0"
    del files["peft/inner/later.py"]
    assert requires_table.wanted_by(wheel(tmp_path, asked, files), "peft") == ">4.42.4"
    assert requires_table.wanted_by(wheel(tmp_path, asked, {}), "peft") == ">=4.30"
    assert requires_table.wanted_by(wheel(tmp_path, "", {}), "peft") == ""


def test_what_is_said_of_a_library_without_releases_holds_for_all_of_it() -> None:
    versioned = knowledge.load().versioned()
    said = [entry for name, data in FILES.items() if name not in versioned for entry in data.get("habit", ())]
    assert said
    assert [entry["id"] for entry in said if entry["versions"]] == []


@pytest.mark.parametrize(
    ("library", "changed", "word"),
    [
        ("trl", {"class": [{"role": "trianer", "names": ["SFTTrainer"]}]}, "trianer"),
        ("trl", {"class": [{"role": "model", "cached": "perhaps"}]}, "perhaps"),
        ("trl", {"functions": {"get_peft_config": {"effect": "optional", "role": "pefts"}}}, "pefts"),
        ("peft", {"methods": {"modell": {"train": {"effect": "mode"}}}}, "modell"),
    ],
)
def test_a_word_that_nobody_knows_is_named_with_its_file(library: str, changed: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=rf"{library}\.toml: `{word}` is none of the words"):
        knowledge.Knowledge({**FILES, library: {**FILES[library], **changed}})


@pytest.mark.parametrize(
    ("name", "keyword", "bound"),
    [
        ("transformers.TrainingArguments", "output_dir", None),
        ("transformers.TrainingArguments", "overwrite_output_dir", ("transformers", "<5.0.0")),
        ("transformers.TrainingArguments", "eval_strategy", ("transformers", ">4.40.2")),
        ("transformers.training_args.TrainingArguments", "dispatch_batches", ("transformers", ">4.31.0,<4.51.3")),
        ("trl.SFTConfig", "max_seq_length", ("trl", "<0.20.0")),
        ("trl.SFTConfig", "overwrite_output_dir", ("transformers", "<5.0.0")),  # of the arguments that it inherits from
        ("trl.SFTConfig", "learning_rate", None),  # it tells its default anew
        ("trl.SFTTrainer", "tokenizer", ("trl", "<0.17.0")),
        ("transformers.Trainer", "dataset_text_field", None),
        ("elsewhere.Trainer", "tokenizer", None),
    ],
)
def test_a_keyword_says_which_releases_take_it(name: str, keyword: str, bound: tuple[str, str] | None) -> None:
    assert keywords.bound(name, keyword) == bound


def test_only_what_no_release_takes_is_never_taken() -> None:
    assert keywords.is_never_taken("transformers.Trainer", "dataset_text_field")
    assert keywords.is_never_taken("trl.SFTConfig", "learn_rate")
    assert not keywords.is_never_taken("trl.SFTTrainer", "tokenizer")
    assert not keywords.is_never_taken("trl.DPOTrainer", "anything")  # one of its releases hands on what it is given
    assert not keywords.is_never_taken("elsewhere.Trainer", "anything")


@pytest.mark.parametrize(
    ("library", "name", "newer", "nowhere"),
    [
        ("transformers", "LLaMAForCausalLM", True, True),
        ("transformers", "LlamaForCausalLM", False, False),  # came
        ("transformers", "BertModel", False, False),  # was always there
        ("transformers", "DeepThoughtForCausalLM", False, True),
        ("transformers", "DeepThoughtForCausalLM", True, False),  # a newer release may have it
        ("transformers", "TFDeepThoughtModel", False, False),  # those of TensorFlow are not listed
        ("transformers", "LLaMATokenizerFast", False, False),  # made up by the library
        ("transformers", "modelling", False, False),
        ("peft", "LoRAConfig", True, True),
        ("trl", "SftTrainer", True, True),
        ("torch", "Tensro", False, False),  # not listed at all
    ],
)
def test_a_class_of_no_release(library: str, name: str, newer: bool, nowhere: bool) -> None:
    assert names.is_nowhere(library, name, newer=newer) is nowhere
