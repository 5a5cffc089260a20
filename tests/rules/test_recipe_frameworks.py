"""Which framework a recipe is of, and what is written down about it."""

from __future__ import annotations

import re

import pytest

from gcheck_lint.knowledge.recipe_frameworks import Framework, framework_of, frameworks


def name_of(found: Framework | None) -> str | None:
    return None if found is None else found.name


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("axolotl train config.yml", "axolotl"),
        ("srun /opt/venv/bin/axolotl train config.yml", "axolotl"),
        ("accelerate launch -m axolotl.cli.train config.yml", "axolotl"),
        ("FORCE_TORCHRUN=1 llamafactory-cli train config.yaml", "LLaMA-Factory"),
        ("torchrun --nproc_per_node 2 src/train_bash.py --stage sft", "LLaMA-Factory"),
        ("NPROC_PER_NODE=8 swift sft --model some/model", "ms-swift"),
        ("torchrun swift/cli/sft.py config.yaml", "ms-swift"),
        ("trl sft --config config.yaml", "TRL"),
        ("accelerate launch /env/lib/trl/scripts/dpo.py --config config.yaml", "TRL"),
        ("trl kto --config config.yaml", "TRL, KTO"),
        ("deepspeed --module openrlhf.cli.train_sft --gradient_checkpointing", "OpenRLHF"),
        ("python3 -m verl.trainer.main_ppo data.train_files=a", "veRL"),
        ("tune run --nproc_per_node 2 lora_finetune_distributed --config llama3/8B_lora", "torchtune"),
        ("ray tune", None),
        ("swift build -c release", None),
        ("axolotl", None),
        ("python train.py --config axolotl", None),
        ("accelerate launch scripts/sft.py --config config.yaml", None),
        ("python -m mytrl.scripts.sft", None),
        ("", None),
    ],
)
def test_a_recipe_is_known_by_its_command(command: str, name: str | None) -> None:
    assert name_of(framework_of((), command.split())) == name


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("base_model datasets sequence_len micro_batch_size gradient_checkpointing", "axolotl"),
        ("model_name_or_path stage do_train finetuning_type template", "LLaMA-Factory"),
        ("model dataset tuner_type gradient_checkpointing", "ms-swift"),
        ("model dataset train_type lora_rank", "ms-swift"),
        ("model dataset train_type epochs", None),
        ("model_type sft_type dataset gradient_checkpointing", "ms-swift"),
        ("tokenizer model checkpointer dataset enable_activation_checkpointing", "torchtune"),
        ("data actor_rollout_ref critic trainer", "veRL"),
        ("model_name_or_path dataset_name gradient_checkpointing output_dir", None),  # a script's, such as alignment-handbook's
        ("base_model models merge_method dtype", None),  # of mergekit
        ("base_model data_path output_dir batch_size micro_batch_size val_set_size", None),  # of alpaca-lora
        ("model dataset trainer optimizer", None),
        ("", None),
    ],
)
def test_a_recipe_is_known_by_its_keys(keys: str, name: str | None) -> None:
    assert name_of(framework_of(keys.split(), ())) == name


def test_the_command_counts_more_than_the_keys() -> None:
    found = framework_of({"stage", "finetuning_type"}, ["axolotl", "train", "config.yml"])
    assert name_of(found) == "axolotl"


def test_the_keys_count_where_the_command_is_a_script() -> None:
    assert name_of(framework_of(["stage", "finetuning_type"], ["python", "src/train.py", "config.yaml"])) == "LLaMA-Factory"


def test_since_when_they_see_to_the_cache() -> None:
    by_name = {one.name: one for one in frameworks()}
    assert not by_name["ms-swift"].cache_off.contains("1.4.0")
    assert by_name["ms-swift"].cache_off.contains("1.5.0")
    assert by_name["LLaMA-Factory"].cache_back is not None
    assert by_name["LLaMA-Factory"].cache_back.contains("0.1.7")
    assert not by_name["LLaMA-Factory"].cache_back.contains("0.9.5")
    assert by_name["axolotl"].cache_back is None


def test_a_key_is_read_from_some_release_on() -> None:
    reads = next(one for one in frameworks() if one.name == "LLaMA-Factory").reads
    assert (reads["use_cache"].contains("0.9.3"), reads["use_cache"].contains("0.9.4")) == (True, False)
    assert (reads["use_kv_cache"].contains("0.9.3"), reads["use_kv_cache"].contains("0.9.4")) == (False, True)


@pytest.mark.parametrize("framework", frameworks(), ids=lambda one: one.name)
def test_each_has_evidence_with_its_place(framework: Framework) -> None:
    assert framework.evidence
    for one in framework.evidence:
        assert re.fullmatch(r"[\w-]+/[\w-]+", one.repository)
        assert re.fullmatch(r"v\d[\w.]*|[0-9a-f]{7}", one.at)
        assert re.fullmatch(r"[\w/.-]+\.py:\d+", one.place)
        assert one.says
