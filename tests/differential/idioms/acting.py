"""Ways to do something to a model: through lists, dictionaries, holders, functions, contexts and conditions.

The action is given as statements in which `MODEL` stands for the model.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from ..layout import indent
from .table import idiom

if TYPE_CHECKING:
    from ..steps import Draft


def under(head: str, action: str, name: str = "net") -> str:
    """A compound statement whose body does the action to a variable."""
    return f"{head}\n{indent(action.replace('MODEL', name))}"


def free(action: str) -> bool:
    """Whether an action needs no variables of the script but the model, so that it can stand in a function."""
    return "$" not in action


# -- lists, tuples and dictionaries --------------------------------------------------------------------------------------


@idiom("acting", "loop over a list")
def listed(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    return under(rng.choice((f"for net in [{model}]:", f"for net in ({model},):")), action)


@idiom("acting", "loop over student and teacher")
def both(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    if not draft.teacher or "return" in action:
        return ""
    return under(rng.choice((f"for net in ({model}, $teacher):", f"for net in [$teacher, {model}]:")), action)


@idiom("acting", "list filled by append")
def appended(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    add = rng.choice(("nets.append(net)", "nets += [net]", "nets.extend([net])", "nets = nets + [net]"))
    return f"nets = []\nfor net in [{model}]:\n    {add}\n" + under("for net in nets:", action)


@idiom("acting", "zip")
def zipped(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    return under(f'for net, name in zip([{model}], ["student"]):', action)


@idiom("acting", "enumerate")
def enumerated(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    return under(f"for index, net in enumerate([{model}]):", action)


@idiom("acting", "reversed or sorted")
def reordered(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    order = rng.choice((f"reversed([{model}])", f"sorted([{model}], key=id)", f"list([{model}])", f"tuple([{model}])"))
    return under(f"for net in {order}:", action)


@idiom("acting", "dictionary in a loop")
def in_dictionary(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    head = rng.choice(("for net in nets.values():", "for name, net in nets.items():"))
    return f'nets = {{"student": {model}}}\n' + under(head, action)


@idiom("acting", "entry of a dictionary or list")
def entry(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    made, read = rng.choice(
        (
            (f'nets = {{"student": {model}}}', 'nets["student"]'),
            (f"nets = dict(student={model})", 'nets["student"]'),
            (f'nets = {{}}\nnets["student"] = {model}', 'nets.get("student")'),
            (f"nets = [{model}]", "nets[0]"),
            (f"nets = []\nnets.append({model})", "nets[-1]"),
            (f"nets = ({model}, None)", "nets[0]"),
        )
    )
    return f"{made}\n{action.replace('MODEL', read)}"


@idiom("acting", "filtered comprehension")
def comprehended(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    made = rng.choice((f"[net for net in [{model}] if net is not None]", f"[net for net in [{model}, None] if net]"))
    return f"nets = {made}\n" + under("for net in nets:", action)


@idiom("acting", "dictionary comprehension")
def comprehended_dictionary(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    return f'nets = {{name: net for name, net in [("student", {model})]}}\n' + under("for net in nets.values():", action)


@idiom("acting", "unpacked")
def unpacked(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    made = rng.choice((f"net, rate = {model}, 1e-5", f"(net, *rest) = [{model}, 1, 2]", f"[net] = [{model}]"))
    return f"{made}\n{action.replace('MODEL', 'net')}"


@idiom("acting", "map over a list")
def mapped(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    if not free(action):
        return ""
    name = draft.function(under("def FUNCTION(net):", action))
    return rng.choice((f"list(map({name}, [{model}]))", f"[{name}(net) for net in [{model}]]"))


# -- functions and classes -----------------------------------------------------------------------------------------------


@idiom("acting", "annotated function")
def annotated(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    if not free(action):
        return ""
    kind = rng.choice(("PreTrainedModel", '"PreTrainedModel"', "PreTrainedModel | None"))
    name = draft.function(under(f"def FUNCTION(net: {kind}, strict: bool = True) -> None:", action))
    return f"{name}({rng.choice((model, f'net={model}'))})"


@idiom("acting", "early return")
def returning(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    if not free(action):
        return ""
    head = 'def FUNCTION(net):\n    if net is None:\n        return\n    if not hasattr(net, "config"):\n        return'
    return f"{draft.function(under(head, action))}({model})"


@idiom("acting", "function with *args or **kwargs")
def variadic(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    if not free(action):
        return ""
    head, call = rng.choice(
        (
            ("def FUNCTION(*nets):\n    for net in nets:", f"({model})"),
            ("def FUNCTION(*nets):\n    for net in nets:", f"(*[{model}])"),
            ('def FUNCTION(**given):\n    net = given["net"]', f"(net={model})"),
            ('def FUNCTION(**given):\n    net = given.pop("net", None)', f'(**{{"net": {model}}})'),
        )
    )
    deeper = indent(action) if head.endswith(":\n    for net in nets:") else action
    return draft.function(under(head, deeper)) + call


@idiom("acting", "partial or lambda")
def deferred(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    if not free(action):
        return ""
    name = draft.function(under("def FUNCTION(net):", action))
    made = rng.choice(
        (f"functools.partial({name}, {model})", f"functools.partial({name}, net={model})", f"lambda: {name}({model})")
    )
    return f"act = {made}\nact()"


@idiom("acting", "decorated function")
def decorated(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    if not free(action):
        return ""
    draft.define(
        "def logged(function):\n    @functools.wraps(function)\n    def wrapper(*args, **kwargs):\n"
        "        print(function.__name__)\n        return function(*args, **kwargs)\n\n    return wrapper\n"
    )
    name = draft.function(under("@logged\ndef FUNCTION(net):", action))
    return f"{name}({model})"


@idiom("acting", "function out of a registry")
def registered(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    if not free(action):
        return ""
    draft.define(
        "ACTIONS = {}\n\n\ndef register(name):\n    def enter(function):\n        ACTIONS[name] = function\n"
        "        return function\n\n    return enter\n"
    )
    name = draft.function(under('@register("FUNCTION")\ndef FUNCTION(net):', action))
    return f'ACTIONS["{name}"]({model})'


@idiom("acting", "generator")
def yielded(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    draft.define("def each(*nets):\n    for net in nets:\n        yield net\n")
    return under(f"for net in each({model}):", action)


@idiom("acting", "local function")
def local(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    return f"net = {model}\n\n" + under("def act():", action) + "\n\nact()"


@idiom("acting", "method of a holder")
def held(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    if not free(action):
        return ""
    kind = rng.choice(("", ": PreTrainedModel"))
    name = draft.function(
        f"class FUNCTION:\n    def __init__(self, net{kind}):\n        self.net = net\n\n"
        + indent(under(f"def {rng.choice(('act', '__call__'))}(self):", action, "self.net"))
    )
    call = "act()" if "def act" in draft.prelude[-1] else "__call__()"
    return rng.choice((f"{name}({model}).{call}", f"holder = {name}({model})\nholder.{call}"))


@idiom("acting", "attribute of an own dataclass")
def dataclass_holder(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    draft.define('@dataclass\nclass Parts:\n    net: PreTrainedModel\n    name: str = "student"\n')
    return f"parts = Parts({rng.choice((model, f'net={model}'))})\n{action.replace('MODEL', 'parts.net')}"


@idiom("acting", "property")
def property_holder(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    draft.define(
        "class Box:\n    def __init__(self, net):\n        self._net = net\n\n    @property\n    def net(self):\n"
        "        return self._net\n"
    )
    return f"box = Box({model})\n{action.replace('MODEL', 'box.net')}"


@idiom("acting", "method by name")
def by_name(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    method = re.search(r"MODEL\.(\w+)\(", action)
    if method is None:
        return ""
    called = rng.choice((f'getattr(MODEL, "{method[1]}")(', f'getattr(MODEL, "{method[1]}", None)('))
    return action.replace(method[0], called).replace("MODEL", model)


@idiom("acting", "bound method in a variable")
def bound(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    method = re.match(r"MODEL\.(\w+)\(", action)
    if method is None:
        return ""
    return f"act = {model}.{method[1]}\n{action.replace(method[0], 'act(', 1).replace('MODEL', model)}"


# -- contexts, loops, conditions -----------------------------------------------------------------------------------------


@idiom("acting", "while loop")
def repeated(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    action = action.replace("MODEL", model)
    return rng.choice(
        (
            f"done = False\nwhile not done:\n{indent(action)}\n    done = True",
            f"while True:\n{indent(action)}\n    break",
            f"left = 1\nwhile left > 0:\n{indent(action)}\n    left -= 1",
        )
    )


@idiom("acting", "for … else")
def otherwise(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    return f'for name in ("a", "b"):\n    if name == "c":\n        break\nelse:\n{indent(action.replace("MODEL", model))}'


@idiom("acting", "try … raise or finally")
def tried(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    action = action.replace("MODEL", model)
    return rng.choice(
        (
            f'try:\n{indent(action)}\nexcept Exception as error:\n    raise RuntimeError("it failed") from error',
            f'try:\n    print("now")\nfinally:\n{indent(action)}',
            f'try:\n{indent(action)}\nfinally:\n    print("done")',
            f'try:\n    print("now")\nexcept ValueError:\n    raise\nelse:\n{indent(action)}',
        )
    )


@idiom("acting", "harmless context")
def within(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    context = rng.choice(
        (
            "contextlib.nullcontext()",
            "torch.no_grad()",
            'torch.autocast("cuda")',
            "contextlib.suppress(KeyError)",
            'open("log.txt", "w") as log',
        )
    )
    return f"with {context}:\n{indent(action.replace('MODEL', model))}"


@idiom("acting", "ExitStack")
def stacked(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    head = "with contextlib.ExitStack() as stack:\n    stack.enter_context(torch.inference_mode(False))"
    return f"{head}\n{indent(action.replace('MODEL', model))}"


@idiom("acting", "asked whether it is there")
def there(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    test = rng.choice((f"{model} is not None", f'hasattr({model}, "config")'))
    return f"if {test}:\n{indent(action.replace('MODEL', model))}"


@idiom("acting", "match")
def matched(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    action = indent(indent(action.replace("MODEL", model)))
    return (
        f'task = "sft"\nmatch task:\n    case "dpo":\n        print("pairs")\n    case "sft" | "pt":\n{action}\n'
        f"    case _:\n        raise ValueError(task)"
    )


# -- what decides whether it is done at all --------------------------------------------------------------------------------


@idiom("asking", "the machine or its files")
def by_fact(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    fact = rng.choice(
        ("torch.cuda.is_available()", 'os.path.exists("out/last")', '"RESUME" in os.environ', 'os.environ.get("SMALL")')
    )
    return f"if {fact}:\n{indent(action.replace('MODEL', model))}"


@idiom("asking", "a literal")
def by_literal(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    test = rng.choice(("1 + 1 == 2", '"a" in ("a", "b")', "not []", 'isinstance("", str)', "3 % 2"))
    return f"if {test}:\n{indent(action.replace('MODEL', model))}"


@idiom("asking", "a count of what is listed")
def by_count(draft: Draft, rng: random.Random, action: str, model: str) -> str:
    made, test = rng.choice(
        (
            ('names = ["a", "b"]', "len(names) > 1"),
            ('names = ["a", "b"]', "len(names) > 2"),
            ('names = [name for name in ("a", "b") if name == "a"]', "names"),
            ('names = [name for name in ("a", "b") if name == "c"]', "names"),
            ('names = {"a": 1}', '"b" not in names'),
            ('names = []\nfor name in ("a", "b"):\n    if name != "a":\n        names.append(name)', "len(names) == 1"),
            ('count = 0\nfor name in ("a", "b"):\n    count += 1', "count == 2"),
            ('found = False\nfor name in ("a", "b"):\n    if name == "b":\n        found = True', "found"),
            ('found = any(name == "b" for name in ("a", "b"))', "found"),
        )
    )
    return f"{made}\nif {test}:\n{indent(action.replace('MODEL', model))}"
