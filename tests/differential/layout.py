"""The grammar of a random script: its steps put flat, into main(), into a class; some into functions of their own."""

from __future__ import annotations

import random
import re
import textwrap

_NAME = re.compile(r"\$(\w+)")
_BOUND = re.compile(r"(?:^\s*|\()(\$\w+(?:, \$\w+)*) :?= ", re.MULTILINE)
_GUARDED = re.compile(r"if (?P<condition>.+):\n(?P<body>(?:    .*(?:\n|$))+)")


def names(text: str) -> list[str]:
    """The variables of a step, in order, each once."""
    return list(dict.fromkeys(_NAME.findall(text)))


def bound(text: str) -> list[str]:
    return list(dict.fromkeys(name for match in _BOUND.finditer(text) for name in _NAME.findall(match[1])))


def spell(text: str, prefix: str = "") -> str:
    return _NAME.sub(lambda match: prefix + match[1], text)


def indent(text: str) -> str:
    return textwrap.indent(text, "    ")


class Layout:
    """Turns steps into a program. `given` are the variables that the entry point has before the first step."""

    def __init__(self, seed: int, given: list[str]) -> None:
        self.seed = seed
        self.given = given
        self.functions: list[str] = []
        self.nested: list[str] = []

    def dice(self, *about: object) -> random.Random:
        """Dice for one choice, which do not depend on what was chosen elsewhere."""
        return random.Random(f"{self.seed} {about}")

    def outlined(self, steps: list[str], *, closures: bool, deep: int = 0) -> list[str]:
        """Some runs of steps move into functions; what stays in their place is the call."""
        if self.dice("again", deep).random() < 0.3:  # functions that call functions
            steps = self.outlined(steps, closures=closures, deep=deep + 1)
        left, available = [], set(self.given)
        while steps:
            dice = self.dice(deep, steps[0])
            count = dice.choice((1, 1, 2, 3)) if dice.random() < 0.25 else 0
            taken, steps = steps[: count or 1], steps[count or 1 :]
            text = "\n".join(taken)
            if not count or "del $" in text or "return" in text:
                left += taken
            elif closures and not bound(text) and dice.random() < 0.3:
                name = f"inner_{len(left)}"
                left.append(f"def {name}():\n{indent(text)}\n\n{name}()")
            else:
                left.append(self.call(text, [name for name in names(text) if name in available], dice))
            available |= set(bound(text))
        return left

    def call(self, text: str, parameters: list[str], dice: random.Random) -> str:
        """Define a function that does `text`, and call it."""
        name, results = f"step_{len(self.functions)}", bound(text)
        rename = {"model": dice.choice(("model", "model", "network"))}
        back = f"return {', '.join('$' + result for result in results)}" if results else ""
        guarded = _GUARDED.fullmatch(text)
        if guarded and set(results) <= set(parameters) and dice.random() < 0.5:
            text = f"if not ({guarded['condition']}):\n    {back or 'return'}\n{textwrap.dedent(guarded['body'])}"
        head = f"def {name}({', '.join('$' + parameter for parameter in parameters)}):"
        body = f"{head}\n{indent(text)}\n{indent(back)}".rstrip() + "\n"
        self.functions.append(_NAME.sub(lambda match: rename.get(match[1], match[1]), body))
        call = f"{name}({', '.join('$' + parameter for parameter in parameters)})"
        return f"{', '.join('$' + result for result in results)} = {call}" if results else call

    def flat(self, steps: list[str]) -> str:
        return spell("\n".join(self.outlined(steps, closures=False)))

    def main(self, steps: list[str]) -> str:
        """The body of a function that takes `given`."""
        steps = list(steps)
        flags = [step for step in steps if step.startswith("if $")]
        if flags and self.dice("returns").random() < 0.2:
            condition = flags[0].split(":")[0].removeprefix("if ")
            trainings = (i for i, step in enumerate(steps) if ".train()" in step or ".backward(" in step)
            place = next(trainings, len(steps) - 1)
            if set(names(condition)) <= {*self.given, "args"}:
                steps.insert(place + 1, f"if not ({condition}):\n    return")
        return spell("\n".join(self.outlined(steps, closures=True)))

    def klass(self, steps: list[str]) -> str:
        """A class whose methods do the steps, some of them inherited; `given` goes to its constructor."""
        steps = self.outlined(steps, closures=False)
        stored = indent("\n".join(f"self.{name} = {name}" for name in self.given) or "pass")
        methods = [f"def __init__({', '.join(['self', *self.given])}):\n{stored}\n"]
        calls = []
        while steps:
            count = self.dice("methods", steps[0]).randint(1, 5)
            taken, steps = steps[:count], steps[count:]
            calls.append(f"self.part_{len(calls)}()")
            body = indent(spell("\n".join(taken), "self."))
            methods.append(f"def part_{len(calls) - 1}(self):\n{body}\n")
        methods.append("def run(self):\n" + indent("\n".join(calls)) + "\n")
        if self.dice("inherits").random() < 0.25:
            head, tail = (indent("\n".join(part)) for part in (methods[:2], methods[2:]))
            return f"class Base:\n{head}\n\nclass Finetune(Base):\n{tail}"
        return "class Finetune:\n" + indent("\n".join(methods))
