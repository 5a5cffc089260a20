"""Problems that are collected in a loop, and end the program when there are any: each way to collect with each way to end."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from .table import idiom

if TYPE_CHECKING:
    from ..steps import Draft

NAMES = '("data", "config.json")'
ENDS = (
    'if bad:\n    raise ValueError(f"missing: {bad}")',
    'if len(bad) > 0:\n    raise SystemExit("missing: " + ", ".join(map(str, bad)))',
    "assert not bad",
    'assert len(bad) == 0, f"missing: {bad}"',
    "if bad:\n    print(bad)\n    sys.exit(1)",
    'if not bad:\n    print("all there")\nelse:\n    raise RuntimeError(str(bad))',
    "if any(bad):\n    raise ValueError(bad)",
    "if len(bad) >= 1:\n    sys.exit(2)",
)
FILLS = {
    "append": f"bad = []\nfor name in {NAMES}:\n    if not os.path.exists(name):\n        bad.append(name)",
    "in-place add": f"bad = []\nfor name in {NAMES}:\n    if not os.path.isfile(name):\n        bad += [name]",
    "extend": f"bad = []\nfor name in {NAMES}:\n    if os.path.exists(name):\n        continue\n    bad.extend([name])",
    "comprehension": f"bad = [name for name in {NAMES} if not os.path.exists(name)]",
    "set": f"bad = set()\nfor name in {NAMES}:\n    if not os.path.exists(name):\n        bad.add(name)",
    "dictionary": f'bad = {{}}\nfor name in {NAMES}:\n    if not os.path.exists(name):\n        bad[name] = "missing"',
    "dictionary items": (
        'wanted = {"data": True, "config.json": False}\nbad = []\nfor name, needed in wanted.items():\n'
        "    if needed and not os.path.exists(name):\n        bad.append(name)"
    ),
    "rows": 'bad = []\nfor index, row in enumerate($data):\n    if len(row["input_ids"]) == 0:\n        bad.append(index)',
    "filter": f"bad = list(filter(lambda name: not os.path.exists(name), {NAMES}))",
    "subtraction": f"bad = {{{NAMES[1:-1]}}} - {{name for name in {NAMES} if os.path.exists(name)}}",
}
WHOLE = {  # those that bring their own end
    "for … else": (f'for name in {NAMES}:\n    if os.path.exists(name):\n        break\nelse:\n    raise ValueError("no data")'),
    "counter": (
        f"missing = 0\nfor name in {NAMES}:\n    if not os.path.exists(name):\n        missing += 1\n"
        f"if missing > 0:\n    sys.exit(1)"
    ),
    "found flag": (
        f"found = False\nfor name in {NAMES}:\n    if os.path.exists(name):\n        found = True\n        break\n"
        'if not found:\n    raise ValueError("no data")'
    ),
    "last of a loop": (
        f"path = None\nfor name in {NAMES}:\n    if os.path.exists(name):\n        path = name\nif path is None:\n"
        f'    raise ValueError("no data")'
    ),
    "next": (
        f"path = next((name for name in {NAMES} if os.path.exists(name)), None)\nif path is None:\n"
        f'    raise ValueError("no data")'
    ),
    "all": f'if not all(os.path.exists(name) for name in {NAMES}):\n    raise SystemExit("no data")',
    "retry": (
        'path = ""\nfor attempt in range(2):\n    if os.path.exists(f"data/{attempt}"):\n        path = f"data/{attempt}"\n'
        '        break\nelse:\n    sys.exit("no data")'
    ),
    "while": (
        f"left = list({NAMES})\nwhile left:\n    name = left.pop()\n    if not os.path.exists(name):\n"
        f"        raise ValueError(name)"
    ),
    "nested": (
        f'bad = []\nfor name in {NAMES}:\n    for kind in ("a", "b"):\n        if kind == "b" and not os.path.exists(name):\n'
        "            bad.append((name, kind))\nif bad:\n    raise ValueError(bad)"
    ),
}


def _enter(name: str, fill: str) -> None:
    @idiom("checking", name)
    def collected(draft: Draft, rng: random.Random, action: str, model: str) -> str:
        return f"{fill}\n{rng.choice(ENDS)}"


for _name, _fill in FILLS.items():
    _enter(_name, _fill)


def _enter_whole(name: str, text: str) -> None:
    @idiom("checking", name)
    def checked(draft: Draft, rng: random.Random, action: str, model: str) -> str:
        return text


for _name, _text in WHOLE.items():
    _enter_whole(_name, _text)


@idiom("checking", "in a function", 2)
def in_a_function(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    fill = rng.choice([fill for fill in FILLS.values() if "$" not in fill])
    body = "\n".join(f"    {line}" for line in fill.splitlines())
    name = draft.function(f"def FUNCTION():\n{body}\n    return bad\n")
    return f"bad = {name}()\n{rng.choice(ENDS)}"
