"""A random but realistic training script from a seed."""

from __future__ import annotations

import random
import re

from .layout import Layout, indent, spell
from .script import IN_FILE, Script
from .steps import Draft
from .stubs.world import LAUNCHER

_IMPORTS = {
    "transformers": (
        "AutoConfig AutoModelForCausalLM AutoModelForSeq2SeqLM AutoTokenizer BitsAndBytesConfig GenerationConfig "
        "HfArgumentParser LlamaForCausalLM PreTrainedModel Seq2SeqTrainer Seq2SeqTrainingArguments T5ForConditionalGeneration "
        "Trainer TrainerCallback TrainingArguments pipeline set_seed"
    ),
    "peft": "LoraConfig PeftModel get_peft_model prepare_model_for_kbit_training",
    "trl": "SFTConfig SFTTrainer",
    "accelerate": "Accelerator",
    "datasets": "load_dataset",
    "dataclasses": "dataclass",
    "contextlib": "contextmanager",
    "tqdm": "tqdm",
}
_WHOLE = [
    "argparse",
    "contextlib",
    "copy",
    "fire",
    "functools",
    "importlib",
    "json",
    "logging",
    "os",
    "sys",
    "torch",
    "transformers",
    "yaml",
]


def generate(seed: int, without: frozenset[str] = frozenset()) -> Script:
    """The script of a seed, which is the same one on every machine. `without` some idioms, all else is as it was."""
    draft = Draft(seed, without=without)
    draft.write()
    layout = Layout(seed, draft.options.given)
    definitions, last = entry(draft, layout)
    modules = beside(draft, layout)
    body = "\n\n".join([*definitions, *draft.prelude, *layout.functions, last])
    if random.Random(f"{seed} transformers").random() < 0.2:
        body = re.sub(rf"(?<![\w\".])({_IMPORTS['transformers'].replace(' ', '|')})\b(?!\")", r"transformers.\1", body)
    asked = re.findall(r'os\.(?:environ\.get|getenv)\("(\w+)"|"(\w+)" in os\.environ', "\n".join([body, *modules.values()]))
    chosen = dict.fromkeys(name for names in asked for name in names if name)
    environment = tuple(((), (IN_FILE + name,)) for name in chosen if name not in LAUNCHER)
    options = (*draft.options.ways(), *environment)
    lines = [imports(body), *(f"from {name} import {', '.join(_NAMED.findall(text))}" for name, text in modules.items())]
    return Script("\n".join(lines) + "\n\n" + body + "\n", modules, options, tuple(dict.fromkeys(draft.idioms)))


_NAMED = re.compile(r"^def (step_\d+)\(", re.MULTILINE)
BESIDE = "layout: functions in another module"


def beside(draft: Draft, layout: Layout) -> dict[str, str]:
    """Some of the functions move into a module of their own: those that need nothing of the script."""
    if layout.dice("modules").random() > 0.2 or BESIDE in draft.without:
        return {}
    defined = re.findall(r"^(?:def |class )?(\w+)", "\n".join([*draft.prelude, *draft.options.parser()[0]]), re.MULTILINE)
    words = [*defined, "args", *(option.name.upper() for option in draft.options.options)]
    pattern = re.compile(rf"step_\d+\(|\b(?:{'|'.join(words)})\b")
    moved = [text for text in layout.functions if not pattern.search(text.split("\n", 1)[1])]
    if not moved:
        return {}
    layout.functions = [text for text in layout.functions if text not in moved]
    draft.idioms.append(BESIDE)
    body = "\n\n".join(moved)
    return {"parts": f"{imports(body)}\n\n\n{body}"}


def entry(draft: Draft, layout: Layout) -> tuple[list[str], str]:
    """The definitions that come first, and the part that runs."""
    given = ", ".join(layout.given)
    definitions, parse = draft.options.parser()
    if draft.options.entry == "fire" and draft.options.options:
        parameters = draft.options.parameters()
        if draft.shape == "class":
            work = layout.klass(draft.steps)
            return [], f"{work}\n\ndef main({parameters}):\n    Finetune({given}).run()\n\n{guard('fire.Fire(main)')}"
        return [], f"def main({parameters}):\n{indent(layout.main(draft.steps))}\n\n{guard('fire.Fire(main)')}"
    if draft.shape == "flat":
        return definitions, f"{spell(parse)}\n{layout.flat(draft.steps)}"
    if draft.shape == "class":
        work = layout.klass(draft.steps)
        return definitions, f"{work}\n\n{guard(spell(parse), f'Finetune({given}).run()')}"
    if random.Random(f"{draft.seed} entry").random() < 0.5:
        body = layout.main(draft.steps)
        return definitions, f"def main({given}):\n{indent(body)}\n\n{guard(spell(parse), f'main({given})')}"
    layout.given = []
    body = layout.main([parse, *draft.steps] if parse else draft.steps)
    return definitions, f"def main():\n{indent(body)}\n\n{guard('main()')}"


def guard(*lines: str) -> str:
    return 'if __name__ == "__main__":\n' + "\n".join(indent(line) for line in lines if line)


def imports(body: str) -> str:
    """Import statements for the names that the body uses."""
    lines = [f"import {name}" for name in _WHOLE if re.search(rf"(?<![\w.\"]){name}\.", body) or f"({name}, " in body]
    for module, listed in _IMPORTS.items():
        used = [name for name in listed.split() if re.search(rf"(?<![.\"]){name}\b", body)]
        if used:
            lines.append(f"from {module} import {', '.join(used)}")
    return "\n".join(lines)
