"""What a random script lets its user choose, how it declares that, and how it reads it.

A flag is a question that the steps ask (`lora`, `push`). An option is what stands on the command line; several flags may be
answers to one option (`--method lora|full`), and then they exclude each other.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .layout import indent
from .script import IN_FILE, Given

ENTRIES = ("argparse", "argparse", "dataclass", "fire", "constants", "file")
FLAGS = ("gradient_checkpointing", "no_gradient_checkpointing", "lora", "quantize", "push", "quick", "keep_cache")
FORMS = {"switch": 8, "number": 1, "path": 1, "choice": 2}

READERS = {  # how the parsed arguments come into the script's hands
    "as they are": "$args = parse_args()",
    "copied into a namespace": "$args = argparse.Namespace(**vars(parse_args()))",
    "copied by setattr": "$args = Settings()\nfor name, value in vars(parse_args()).items():\n    setattr($args, name, value)",
    "known ones only": "$args, $rest = parse_args()",
}


@dataclass(frozen=True)
class Option:
    """One thing on the command line: how argparse declares it, and the ways to give it besides leaving it out."""

    name: str
    kind: str
    default: object
    argument: str
    ways: tuple[Given, ...]


def switch(rng: random.Random, name: str, *, argparse: bool) -> Option:
    """A boolean one. Only argparse has more than one word for it."""
    on = Option(name, "bool", False, f'"--{name}", action="store_true"', ((f"--{name}",),))
    if not argparse:
        return on if rng.random() < 0.5 else Option(name, "bool", True, "", on.ways)
    both = "action=argparse.BooleanOptionalAction"
    off = f'"--skip_{name}", dest="{name}", action="store_false"'
    word = f'"--{name}", type=lambda word: word.lower() in ("true", "1"), default=False'
    kinds = {
        on: 12,
        Option(name, "bool", True, off, ((f"--skip_{name}",),)): 0 if name.startswith("no_") else 1,
        Option(name, "bool", True, f'"--{name}", {both}, default=True', ((f"--no-{name}",),)): 1,
        Option(name, "bool", False, f'"--{name}", {both}', ((f"--{name}",),)): 1,
        Option(name, "bool", False, word, ((f"--{name}", "true"),)): 1,
        Option(name, "int", 0, f'"--{name}", type=int, choices=[0, 1], default=0', ((f"--{name}", "1"),)): 1,
    }
    return rng.choices(list(kinds), list(kinds.values()))[0]


def number(rng: random.Random, name: str) -> Option:
    default, other = rng.choice(((0, "8"), (8, "0")))
    return Option(name, "int", default, f'"--{name}", type=int, default={default}', ((f"--{name}", other),))


def path(rng: random.Random, name: str) -> Option:
    rest = rng.choice((", type=str, default=None", ", type=str", ""))
    return Option(name, "str", None, f'"--{name}"{rest}', ((f"--{name}", "runs"),))


def choice(rng: random.Random, name: str, values: tuple[str, ...]) -> Option:
    default = rng.choice(values[:2])
    limited = rng.random() < 0.5
    given = tuple((f"--{name}", value) for value in (*values, *("other",) * (not limited)) if value != default)
    listed = f"choices={list(values)}, " * limited
    return Option(name, "str", default, f'"--{name}", {listed}default="{default}"', given)


@dataclass
class Options:
    """The options of one script. `questions` has for each flag the expression that asks it, `ARG` being the option."""

    rng: random.Random
    entry: str = ""
    options: list[Option] = field(default_factory=list)
    questions: dict[str, tuple[str, str]] = field(default_factory=dict)
    idioms: list[str] = field(default_factory=list)

    def declare(self, flags: list[str]) -> None:
        """Makes options for the flags."""
        for flag in flags:
            plain = self.entry in ("constants", "file")
            form = "switch" if plain else self.rng.choices(list(FORMS), list(FORMS.values()))[0]
            if form == "choice" and flag in ("lora", "quantize"):
                self.method(flag)
            elif form == "number":
                self.add(flag, number(self.rng, flag), self.rng.choice(("ARG > 0", "ARG != 0", "ARG >= 1", "0 < ARG")))
            elif form == "path":
                self.add(flag, path(self.rng, flag), self.rng.choice(("ARG is not None", "bool(ARG)")))
            else:
                self.add(flag, switch(self.rng, flag, argparse=self.entry == "argparse"), "ARG")
            if form != "switch":
                self.idioms.append(f"option: {form}")

    def add(self, flag: str, option: Option, question: str) -> None:
        self.options.append(option)
        self.questions[flag] = option.name, question

    def method(self, flag: str) -> None:
        """`--method` says which of several; the flags that it answers exclude each other."""
        if not any(option.name == "method" for option in self.options):
            self.options.append(choice(self.rng, "method", ("full", "lora", "quantize")))
        test = self.rng.choice((f'ARG == "{flag}"', f'ARG in ("{flag}", "both")', f'ARG.startswith("{flag}")'))
        self.questions[flag] = "method", test

    @property
    def given(self) -> list[str]:
        """The variables by which the script has its options."""
        if not self.options or self.entry == "constants":
            return []
        return [option.name for option in self.options] if self.entry == "fire" else ["args"]

    def ask(self, flag: str) -> str:
        """How the script asks; empty when it has no such flag."""
        if flag not in self.questions:
            return ""
        name, test = self.questions[flag]
        if self.entry == "file":
            return test.replace("ARG", f'$args["{name}"]')
        return test.replace("ARG", {"fire": f"${name}", "constants": name.upper()}.get(self.entry, f"$args.{name}"))

    def ways(self) -> tuple[tuple[Given, ...], ...]:
        """What a user can give."""
        if self.entry == "constants":
            return ()
        if self.entry == "file":
            return tuple(((), (IN_FILE + option.name,)) for option in self.options)
        return tuple(((), *option.ways) for option in self.options)

    # -- how they are written down ---------------------------------------------------------------------------------

    def parameters(self) -> str:
        """Those of the function that fire calls."""
        return ", ".join(f"{option.name}: {option.kind} = {option.default!r}" for option in self.options)

    def parser(self) -> tuple[list[str], str]:
        """The definitions that read the options, and the statement that does."""
        if not self.options or self.entry == "fire":
            return [], ""
        if self.entry == "constants":
            return ["\n".join(f"{option.name.upper()} = {option.default}" for option in self.options)], ""
        if self.entry == "file":
            return [], self.rng.choice(
                ('$args = json.load(open("config.json"))', 'with open("config.yaml") as file:\n    $args = yaml.safe_load(file)')
            )
        return self._dataclass() if self.entry == "dataclass" else self._argparse()

    def _dataclass(self) -> tuple[list[str], str]:
        fields = "\n".join(f"    {option.name}: {option.kind} = {option.default!r}" for option in self.options)
        parse = "$args = HfArgumentParser(ScriptArguments).parse_args_into_dataclasses()[0]"
        if self.rng.random() < 0.3:
            self.idioms.append("option: unpacked dataclasses")
            parse = "parser = HfArgumentParser((ScriptArguments, TrainingArguments))"
            parse += "\n$args, $unused = parser.parse_args_into_dataclasses()"
        return [f"@dataclass\nclass ScriptArguments:\n{fields}\n"], parse

    def _argparse(self) -> tuple[list[str], str]:
        reader = self.rng.choices(list(READERS), (6, 1, 1, 1))[0]
        lines = [f"parser.add_argument({option.argument})" for option in self.options]
        method = "parse_known_args" if reader == "known ones only" else "parse_args"
        body = "\n".join(["parser = argparse.ArgumentParser()", *lines, f"return parser.{method}()"])
        definitions = [f"def parse_args():\n{indent(body)}\n"]
        if reader == "copied by setattr":
            definitions.insert(0, "class Settings:\n    pass\n")
        if reader != "as they are":
            self.idioms.append(f"option: {reader}")
        return definitions, READERS[reader]
