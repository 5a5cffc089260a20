"""A random but realistic training script from a seed."""

from __future__ import annotations

import random
import re

from .layout import Layout, indent
from .steps import Draft

_IMPORTS = {
    "transformers": (
        "AutoConfig AutoModelForCausalLM AutoModelForSeq2SeqLM AutoTokenizer BitsAndBytesConfig GenerationConfig "
        "HfArgumentParser Seq2SeqTrainer Seq2SeqTrainingArguments Trainer TrainerCallback TrainingArguments pipeline set_seed"
    ),
    "peft": "LoraConfig PeftModel get_peft_model prepare_model_for_kbit_training",
    "trl": "SFTConfig SFTTrainer",
    "accelerate": "Accelerator",
    "datasets": "load_dataset",
    "dataclasses": "dataclass",
    "contextlib": "contextmanager",
}


def generate(seed: int) -> str:
    """The script of a seed; the same one on every machine."""
    rng = random.Random(seed)
    shape = rng.choice(("flat", "main", "main", "class"))
    draft = Draft(rng, walrus=shape != "class")
    draft.write()
    layout = Layout(rng, {"fire": list(draft.flags), "constants": []}.get(draft.entry, ["args"] if draft.flags else []))
    definitions, last = entry(draft, layout, shape)
    body = "\n\n".join([*definitions, *draft.prelude, *layout.functions, last])
    if rng.random() < 0.2:
        body = re.sub(rf"\b({_IMPORTS['transformers'].replace(' ', '|')})\b", r"transformers.\1", body)
    return imports(body) + "\n\n" + body + "\n"


def entry(draft: Draft, layout: Layout, shape: str) -> tuple[list[str], str]:
    """The definitions that come first, and the part that runs."""
    given = ", ".join(layout.given)
    definitions, parse = parser(draft)
    if draft.entry == "fire" and draft.flags:
        parameters = ", ".join(f"{name}: bool = {default}" for name, default in draft.flags.items())
        if shape == "class":
            work = layout.klass(draft.steps)
            return [], f"{work}\n\ndef main({parameters}):\n    Finetune({given}).run()\n\n{guard('fire.Fire(main)')}"
        return [], f"def main({parameters}):\n{indent(layout.main(draft.steps))}\n\n{guard('fire.Fire(main)')}"
    if shape == "flat":
        return definitions, f"{parse}\n{layout.flat(draft.steps)}"
    if shape == "class":
        work = layout.klass(draft.steps)
        return definitions, f"{work}\n\n{guard(parse, f'Finetune({given}).run()')}"
    if draft.rng.random() < 0.5:
        body = layout.main(draft.steps)
        return definitions, f"def main({given}):\n{indent(body)}\n\n{guard(parse, f'main({given})')}"
    layout.given = []
    body = layout.main([f"${parse}", *draft.steps] if parse else draft.steps)
    return definitions, f"def main():\n{indent(body)}\n\n{guard('main()')}"


def guard(*lines: str) -> str:
    return 'if __name__ == "__main__":\n' + "\n".join(f"    {line}" for line in lines if line)


def parser(draft: Draft) -> tuple[list[str], str]:
    """How the flags are declared, and the statement that reads them."""
    if not draft.flags or draft.entry == "fire":
        return [], ""
    if draft.entry == "constants":
        return ["\n".join(f"{name.upper()} = {default}" for name, default in draft.flags.items())], ""
    if draft.entry == "dataclass":
        fields = "\n".join(f"    {name}: bool = {default}" for name, default in draft.flags.items())
        parse = "args = HfArgumentParser(ScriptArguments).parse_args_into_dataclasses()[0]"
        return [f"@dataclass\nclass ScriptArguments:\n{fields}\n"], parse
    options = "".join(f'    parser.add_argument("--{name}", action="store_true")\n' for name in draft.flags)
    body = f"    parser = argparse.ArgumentParser()\n{options}    return parser.parse_args()\n"
    return [f"def parse_args():\n{body}"], "args = parse_args()"


def imports(body: str) -> str:
    """Import statements for the names that the body uses."""
    whole = ("argparse", "fire", "logging", "torch", "transformers")
    lines = [f"import {name}" for name in whole if re.search(rf"\b{name}\.", body)]
    for module, listed in _IMPORTS.items():
        used = [name for name in listed.split() if re.search(rf"(?<!\.)\b{name}\b", body)]
        if used:
            lines.append(f"from {module} import {', '.join(used)}")
    return "\n".join(lines)
