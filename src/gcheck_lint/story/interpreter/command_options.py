"""How a command line offers the parameters of a function: `--grad-ckpt` for `grad_ckpt`, with the default that is declared.

click declares options in decorators, typer in defaults and annotations; both turn underscores into dashes. fire takes either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.objects import Function
from gcheck_lint.story.domain.values import AbstractObject, Constant, ExternalSymbol

_COMMANDS = ("command", "callback")


@dataclass(frozen=True, slots=True)
class CommandOption:
    """What a user types for a parameter, and its default where the declaration says one."""

    name: str
    default: Constant | None = None


def is_command(function: Function) -> bool:
    """Whether a decorator makes it a command of click, typer or hydra: its parameters come from the command line."""
    return any(
        (isinstance(value, ExternalSymbol) and (value.root in ("click", "typer", "hydra") or value.last in _COMMANDS))
        or (isinstance(value, AbstractObject) and value.text.rpartition(".")[2] in _COMMANDS)
        for value in function.decorators
    )


def command_option(function: Function, parameter: cst.Param, caller: str) -> CommandOption:
    """The option for a parameter of a command. `caller`: what calls it with them, where no decorator does (`typer.run`)."""
    name = parameter.name.value
    for call in _decorating_calls(function):
        if call.func.attr.value in ("option", "argument") if isinstance(call.func, cst.Attribute) else False:
            declared = _declared_by_click(call, name)
            if declared is not None:
                return declared
    declaration = _declaration_of_typer(parameter)
    if declaration is not None:
        kind, call, has_default = declaration
        default = _literal(call.args[0].value) if has_default and call.args and call.args[0].keyword is None else None
        return CommandOption(name if kind == "Argument" else _long(_texts(call)) or _dashed(name), default)
    return CommandOption(_dashed(name) if _is_of_typer(function, caller) else f"--{name}")


def _decorating_calls(function: Function) -> Iterator[cst.Call]:
    for item in getattr(function.node, "decorators", ()):
        if isinstance(item.decorator, cst.Call):
            yield item.decorator


def _declared_by_click(call: cst.Call, name: str) -> CommandOption | None:
    """The option of a decorator, if it is the one for this parameter."""
    texts = _texts(call)
    options = [text for text in texts if text.startswith("-")]
    plain = [text for text in texts if not text.startswith("-")]
    long = _long(options) or (options[0] if options else "")
    bound = plain[0] if plain else long.lstrip("-").replace("-", "_")
    if bound.lower() != name:
        return None
    given = {arg.keyword.value: _literal(arg.value) for arg in call.args if arg.keyword is not None}
    is_switch = given.get("is_flag") == Constant(True) or any("/" in text for text in options)
    return CommandOption(long or name, given.get("default") or (Constant(False) if is_switch else None))


def _declaration_of_typer(parameter: cst.Param) -> tuple[str, cst.Call, bool] | None:
    """`typer.Option(…)` as the default of a parameter, or in its `Annotated[…]`, where it says no default."""
    places: list[tuple[cst.BaseExpression, bool]] = []
    if parameter.default is not None:
        places.append((parameter.default, True))
    if parameter.annotation is not None and isinstance(parameter.annotation.annotation, cst.Subscript):
        elements = (element.slice for element in parameter.annotation.annotation.slice)
        places += [(one.value, False) for one in elements if isinstance(one, cst.Index)]
    for place, has_default in places:
        if isinstance(place, cst.Call):
            called = place.func.attr if isinstance(place.func, cst.Attribute) else place.func
            if isinstance(called, cst.Name) and called.value in ("Option", "Argument"):
                return called.value, place, has_default
    return None


def _is_of_typer(function: Function, caller: str) -> bool:
    texts = (value.text if isinstance(value, AbstractObject) else getattr(value, "name", "") for value in function.decorators)
    return caller.startswith("typer") or any(text.lower().startswith("typer") for text in texts)


def _dashed(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _long(options: Iterable[str]) -> str:
    """The first long option; of `--on/--off` the one that switches on."""
    return next((text.partition("/")[0].strip() for text in options if text.startswith("--")), "")


def _texts(call: cst.Call) -> list[str]:
    nodes = (arg.value for arg in call.args if arg.keyword is None and not arg.star)
    return [str(node.evaluated_value) for node in nodes if isinstance(node, cst.SimpleString)]


def _literal(node: cst.BaseExpression) -> Constant | None:
    """A constant that is written out."""
    if isinstance(node, cst.Name) and node.value in ("True", "False", "None"):
        return Constant({"True": True, "False": False, "None": None}[node.value])
    if isinstance(node, (cst.SimpleString, cst.Integer, cst.Float)):
        return Constant(node.evaluated_value)
    return None
