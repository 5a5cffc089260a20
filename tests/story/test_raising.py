"""Where a script surely ends by an exception, and where nobody can tell."""

from __future__ import annotations

import pytest

from gcheck_lint.python.syntax import parse
from gcheck_lint.story import Target, interpret
from gcheck_lint.story.domain.events import Raised
from gcheck_lint.text.source import from_bytes

IMPORTS = """\
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments
from trl import SFTTrainer
bits = BitsAndBytesConfig(load_in_4bit=True)
"""


def raised(text: str) -> list[str]:
    """What a script raises, in the order in which it is told."""
    story = interpret(parse(from_bytes("script.py", (IMPORTS + text).encode())), Target.of(">=4.34"))
    return [event.why for event in story.events_of(Raised)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("def load(name): pass\nload(1, 2)\n", "TypeError: `load()` takes 1 positional arguments but gets 2"),
        ("def load(name, *, size): pass\nload(1)\n", "TypeError: `load()` needs `size`"),
        ("class Own:\n    def tell(self): pass\nOwn().tell(loud=True)\n", "TypeError: `tell()` does not accept `loud`"),
        ("model = None\nmodel.train()\n", "AttributeError: `model` is None, which has no `train`"),
        ('prompt = f"{bits}"\nprompt.to("cuda")\n', "AttributeError: a str has no `to`"),
        ("Trainer(dataset_text_field=1)\n", "TypeError: `Trainer()` does not accept `dataset_text_field`"),
        (
            "model = AutoModelForCausalLM.from_pretrained('a/b', quantization_config=bits)\nTrainer(model)\n",
            "ValueError: a model in 8 or 4 bits is trained with adapters only",
        ),
    ],
)
def test_what_surely_raises_is_told(text: str, why: str) -> None:
    assert raised(text) == [why]


@pytest.mark.parametrize(
    "text",
    [
        "import tools\n@tools.filled\ndef load(name): pass\nload()\n",
        "def load(name): pass\nload(*tools)\nload(**tools)\n",
        "def load(name, **rest): pass\nload(name=1, more=2)\n",
        "class Own:\n    def __new__(cls, *given): return 1\n    def __init__(self): pass\nOwn(1)\n",
        "model = None\nif model is not None:\n    model.train()\n",
        "def run():\n    global model\n    model.train()\nmodel = None\n",
        "Trainer(AutoModelForCausalLM.from_pretrained('a/b', quantization_config=bits), **more)\n".replace("bits", "some"),
        """\
class Trial:
    def prepare(self):
        self.adapter = LoraConfig(r=8)
    def run(self, name):
        model = AutoModelForCausalLM.from_pretrained(name, quantization_config=bits)
        SFTTrainer(model, peft_config=self.adapter).train()
""",
    ],
)
def test_of_what_may_go_well_nothing_is_told(text: str) -> None:
    assert raised(text) == []
