"""Which config the passes of a model with a config within its config ask, by release (knowledge/nested.txt)."""

from __future__ import annotations

import pytest

from gcheck_lint import story
from gcheck_lint.knowledge.nested import WORDS, nested_configs, nested_of
from gcheck_lint.python import syntax
from gcheck_lint.story import Target
from gcheck_lint.text import source

_LLAVA = """
from transformers import AutoConfig, LlavaForConditionalGeneration

config = AutoConfig.from_pretrained("llava-hf/llava-1.5-7b-hf")
{before}
model = LlavaForConditionalGeneration.from_pretrained("llava-hf/llava-1.5-7b-hf", config=config)
{after}
reveal(model)
"""
_WHOLE, _PART = "model.config.use_cache = False", "model.config.text_config.use_cache = False"
_OWN = "model.language_model.config.use_cache = "

# what is done before it is loaded, and after; what its passes go by with 4.53.3, 4.57.1, 5.0.0 and 5.23.0
CASES = {
    "nothing": ("", "", "as loaded, as loaded, as loaded, as loaded"),
    "the whole": ("", _WHOLE, "as loaded, as loaded, off, as loaded"),
    "the part": ("", _PART, "unknown, off, off, off"),
    "asked for": ("", "model.config.get_text_config().use_cache = False", "unknown, off, off, off"),
    "both": ("", f"{_WHOLE}\n{_PART}", "unknown, off, off, off"),
    "the part's own": ("", f"{_OWN}False", "off, off, off, off"),
    "and on again": ("", f"{_OWN}False\n{_OWN}True", "on, on, on, on"),
    "one against the other": ("", f"{_PART}\nmodel.config.use_cache = True", "unknown, off, unknown, off"),
    "before it is loaded": ("config.text_config.use_cache = False", "", "off, off, off, off"),
    "on again in vain": (
        "config.text_config.use_cache = False",
        "model.config.text_config.use_cache = True",
        "off, on, on, on",
    ),
    "another config": ("", "model.config.text_config = load_somehow()", "unknown, unknown, unknown, unknown"),
    "handed on": ("", "somebody(model)", "unknown, unknown, unknown, unknown"),
}
RELEASES = ("4.53.3", "4.57.1", "5.0.0", "5.23.0")


@pytest.mark.parametrize("case", CASES)
def test_the_release_says_which_config_is_asked(case: str) -> None:
    before, after, expected = CASES[case]
    text = _LLAVA.format(before=before, after=after)
    seen = []
    for release in RELEASES:
        told = story.interpret(syntax.parse(source.from_bytes("a.py", text.encode())), Target.of(f"=={release}"))
        ((_, words),) = told.revealed
        seen.append(words.split("cache ")[1].split(" ·")[0])
    assert ", ".join(seen) == expected.replace("as loaded", "on")


def test_a_name_on_the_hub_tells_the_class() -> None:
    for name, released in (
        ("Qwen/Qwen3-VL-4B-Instruct", "Qwen3VLForConditionalGeneration"),
        ("/data/Qwen2.5-VL-7B-Instruct/", "Qwen2_5_VLForConditionalGeneration"),
        ("llava-hf/llava-v1.6-mistral-7b-hf", "LlavaNextForConditionalGeneration"),
        ("google/gemma-3-1b-it", None),
        ("my/model", None),
        ("", None),
    ):
        found = nested_of("AutoModelForImageTextToText", name)
        assert found is (None if released is None else nested_configs()[released])


def test_each_line_of_the_table_is_well_formed() -> None:
    for name, nested in nested_configs().items():
        assert set(nested.asked) <= set(WORDS), name
        assert nested.path in (nested.name, "get_text_config()"), name
