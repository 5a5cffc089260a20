"""Which parts of a model learn after a script has frozen some of them by the names of their parameters."""

from __future__ import annotations

import pytest

from gcheck_lint import story
from gcheck_lint.knowledge.kinds import Part
from gcheck_lint.python import syntax
from gcheck_lint.story.domain.conditions import FALSE, TRUE
from gcheck_lint.story.domain.releases import Target
from gcheck_lint.text import source

_IMPORTS = """
import re
import sys

from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, LlamaForCausalLM

"""
_LLAMA = 'model = LlamaForCausalLM.from_pretrained("my/llama")\n'
_QWEN = 'model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2-7B-Instruct")\n'
_ANY = "model = AutoModelForCausalLM.from_pretrained(sys.argv[1])\n"
_LORA = 'model = get_peft_model(model, LoraConfig(target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))\n'
_LOOP = "for name, parameter in model.named_parameters():\n"
_SET = "    parameter.requires_grad = "
_ALL = "embeddings layers norm head"

# what a script does -> the parts that learn then (with `?`: in some cases, which nobody can tell)
CASES = {
    "nothing": (_LLAMA, _ALL),
    "all off": (_LLAMA + _LOOP + _SET + "False", ""),
    "one layer": (_QWEN + _LOOP + _SET + '"layers.27." in name', "layers"),
    "one layer and the head, which may be the embeddings": (
        _QWEN + _LOOP + _SET + '"layers.27." in name or "head" in name',
        "layers head?",
    ),
    "all but the head": (
        _LLAMA + _LOOP + '    if name.startswith("lm_head"):\n    ' + _SET + "False",
        "embeddings layers norm head?",
    ),
    "by the beginning": (_LLAMA + _LOOP + _SET + 'name.startswith(("model.layers", "model.norm"))', "layers norm"),
    "by the end": (_LLAMA + _LOOP + _SET + 'name.endswith("norm.weight")', "layers norm"),
    "by the whole name": (_LLAMA + _LOOP + _SET + 'name == "model.norm.weight"', "norm"),
    "one of some names": (_LLAMA + _LOOP + _SET + 'name in ["model.norm.weight", "lm_head.weight"]', "norm head?"),
    "in small letters": (_LLAMA + _LOOP + _SET + '"NORM" in name.upper()', "layers norm"),
    "without its beginning": (_LLAMA + _LOOP + _SET + 'name.replace("model.", "").startswith("layers")', "layers"),
    "a regular expression": (_LLAMA + _LOOP + _SET + r'bool(re.search(r"layers\.(1|2)\.", name))', "layers"),
    "its match": (_LLAMA + _LOOP + _SET + r're.match(r".*norm", name) is not None', "layers norm"),
    "a compiled one": (
        _LLAMA + 'chosen = re.compile("norm|head")\n' + _LOOP + _SET + "bool(chosen.search(name))",
        "layers norm head?",
    ),
    "one that is not there": (_LLAMA + _LOOP + _SET + '"query_key_value" in name', ""),
    "left out by continue": (_LLAMA + _LOOP + '    if "layers" in name:\n        continue\n' + _SET + "False", "layers"),
    "some of the layers": (
        _LLAMA + _LOOP + '    if "layers.0." in name or "embed" in name:\n    ' + _SET + "False",
        "layers norm head?",
    ),
    "the layers that are named, of how many": (
        _LLAMA + _LOOP + _SET + r're.search(r"layers\.(\d)\.", name) is None',
        "embeddings layers? norm head",
    ),
    "all off, then some on": (
        _LLAMA + "model.requires_grad_(False)\n" + _LOOP + '    if "mlp" in name:\n    ' + _SET + "True",
        "layers",
    ),
    "two loops": (_LLAMA + _LOOP + _SET + "False\n" + _LOOP + '    if "o_proj" in name:\n    ' + _SET + "True", "layers"),
    "a second loop over what is uneven": (
        _LLAMA + _LOOP + _SET + '"layers.1." in name\n' + _LOOP + '    if "layers.1." in name:\n    ' + _SET + "False",
        "layers?",
    ),
    "in a function": (
        "def freeze(module, *, keep):\n    for name, p in module.named_parameters():\n        p.requires_grad_(keep in name)\n"
        + _LLAMA
        + 'freeze(model, keep="norm")',
        "layers norm",
    ),
    "left by break": (_LLAMA + _LOOP + '    if "layers.4" in name:\n        break\n' + _SET + "False", "layers norm? head?"),
    "by what nobody knows": (_LLAMA + _LOOP + _SET + "parameter.ndim == 1", "embeddings? layers? norm? head?"),
    "a model that nobody knows": (_ANY + _LOOP + _SET + '"layers" in name', "embeddings? layers? norm? head?"),
    "LoRA": (_LLAMA + _LORA, "layers"),
    "LoRA by a regular expression": (_ANY + _LORA.replace('["q_proj", "v_proj"]', 'r".*layers.*(q|v)_proj"'), "layers"),
    "LoRA by one that fits the head": (_ANY + _LORA.replace('["q_proj", "v_proj"]', 'r".*(q_proj|lm_head)"'), "layers head"),
    "LoRA in all that is linear": (_ANY + _LORA.replace('["q_proj", "v_proj"]', '"all-linear"'), "layers"),
    "LoRA, some off": (_QWEN + _LORA + _LOOP + '    if "layers.0." in name:\n    ' + _SET + "False", "layers"),
    "LoRA, all else off": (_ANY + _LORA + _LOOP + '    if "lora_" not in name:\n    ' + _SET + "False", "layers"),
    "LoRA off": (_ANY + _LORA + _LOOP + '    if "lora_" in name:\n    ' + _SET + "False", ""),
    "LoRA alone on": (_ANY + _LORA + _LOOP + _SET + '"lora" in name', "layers"),
    "LoRA and the head": (_LLAMA + _LORA + _LOOP + '    if "lm_head" in name:\n    ' + _SET + "True", "layers head?"),
    "names of LoRA where there is none": (_ANY + _LOOP + _SET + '"lora_" in name', ""),
}


@pytest.mark.parametrize("case", CASES)
def test_parts_that_learn(case: str) -> None:
    script, expected = CASES[case]
    told = story.interpret(syntax.parse(source.from_bytes("script.py", f"{_IMPORTS}{script}\n".encode())), Target.of(">=4.40"))
    (state,) = told.models.values()
    words = [f"{part.value}{'' if state.learning[part] == TRUE else '?'}" for part in Part if state.learning[part] != FALSE]
    assert " ".join(words) == expected
