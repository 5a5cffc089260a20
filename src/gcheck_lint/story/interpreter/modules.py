"""Other modules of the program: an imported name is resolved when it is first used, and its module told then, once a story.

What is known as a library (knowledge) stays one, and so does what is found nowhere in the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import cast

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Module
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE
from gcheck_lint.story.domain.limits import MEMBERS, MODULE_NODES, MODULE_STEPS, MODULES
from gcheck_lint.story.domain.objects import Class, Function, Imported, Pending, Promise, Scope
from gcheck_lint.story.domain.scopes import Frame
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, ExternalSymbol, GuardedUnion, Value
from gcheck_lint.story.interpreter.attributes import read_attribute
from gcheck_lint.story.interpreter.interpreter import Interpreter, reads, runs
from gcheck_lint.story.interpreter.losing import lose_statement
from gcheck_lint.story.interpreter.open_keys import is_constant, is_open, one_by_key
from gcheck_lint.story.interpreter.raising import asks_of_library, raises
from gcheck_lint.story.interpreter.shared_containers import open_shared


def imported(interpreter: Interpreter, module_name: str, member: str) -> Value:
    """What an import binds: a library's name, or a promise to look into the program."""
    if interpreter.modules.resolver is not None and (module_name.startswith(".") or not interpreter.knowledge.hides(module_name)):
        full = f"{module_name}{'' if module_name.endswith('.') else '.'}{member}" if member else module_name
        importer = interpreter.frame.module
        if interpreter.modules.resolver.find(module_name, importer) is not None or (
            member and interpreter.modules.resolver.find(full, importer) is not None
        ):
            return Imported(module_name, member, importer)
    return ExternalSymbol(f"{module_name}.{member}" if member else module_name)


def resolve(interpreter: Interpreter, promise: Promise) -> Value:
    """What a promised name is."""
    if isinstance(promise, Imported):
        return _resolved(interpreter, promise)
    assert isinstance(promise, Pending)
    found = _member(interpreter, promise.path, promise.name)
    return interpreter.unknown(promise.name) if found is None else found


def _resolved(interpreter: Interpreter, name: Imported) -> Value:
    assert interpreter.modules.resolver is not None
    path = interpreter.modules.resolver.find(name.module_name, name.importer)
    found: Value | None = None
    if path is not None:
        found = _module(interpreter, path) if not name.member else _member(interpreter, path, name.member)
    if found is None and name.member:
        joint = "" if name.module_name.endswith(".") else "."
        inner = interpreter.modules.resolver.find(f"{name.module_name}{joint}{name.member}", name.importer)
        found = _module(interpreter, inner) if inner is not None else None
    return ExternalSymbol(name.made_by) if found is None else found


@reads(Kind.PROGRAM_MODULE)
def member_of(interpreter: Interpreter, module: AbstractObject, member: str, _: cst.CSTNode) -> Value:
    """An attribute of a module of the program: a name that it binds, or a module below it."""
    path = Path(module.made_by)
    found = _member(interpreter, path, member)
    if found is None:
        folder = path.parent if path.name == "__init__.py" else path
        for inner in (folder / f"{member}.py", folder / member / "__init__.py"):
            if inner.is_file():
                found = _module(interpreter, inner)
                break
    return interpreter.unknown(member) if found is None else found


def attribute_by_key(interpreter: Interpreter, receiver: Value, key: Value, node: cst.CSTNode) -> Value | None:
    """`getattr(module, name)` with a name that is open: one of what an option offers, or of the classes that the module has."""
    if isinstance(key, GuardedUnion):
        names = [
            one.value for _, one in interpreter.alternatives(key) if isinstance(one, Constant) and isinstance(one.value, str)
        ]
        if len(names) == len(interpreter.alternatives(key)):
            read = interpreter.each(key, lambda one: read_attribute(interpreter, receiver, str(cast(Constant, one).value), node))
            return interpreter.flat(read)
    if not isinstance(key, AbstractObject) or not is_open(key):
        return None
    in_program = isinstance(receiver, AbstractObject) and receiver.kind is Kind.PROGRAM_MODULE
    if not in_program and not isinstance(receiver, ExternalSymbol):
        return None
    offered = [one for one in key.choices if isinstance(one, str)]
    if offered:
        return one_by_key(interpreter, key, {one: read_attribute(interpreter, receiver, one, node) for one in offered}, None)
    default = key.default.value if isinstance(key.default, Constant) else None
    if isinstance(default, str):
        known = read_attribute(interpreter, receiver, default, node)
        return interpreter.select(is_constant(interpreter, key, default), known, interpreter.unknown("an attribute"))
    return _some_class(interpreter, key, cast(AbstractObject, receiver), node) if in_program else None


def _some_class(interpreter: Interpreter, key: AbstractObject, module: AbstractObject, node: cst.CSTNode) -> Value | None:
    """One of the classes of a module of the program, or else of its functions. Which, nobody knows: not each may be meant."""
    frame = frame_of(interpreter, Path(module.made_by))
    if frame is None or (frame.module.index is not None and len(frame.module.index.binding) > MEMBERS):
        return None
    found = {name: member_of(interpreter, module, name, node) for name in list(frame.names) if not name.startswith("_")}
    for kind in (Class, Function):
        table: dict[object, Value] = {
            name: value for name, value in found.items() if isinstance(value, kind) and value.module is frame.module
        }
        if table:
            return one_by_key(interpreter, interpreter.unknown(key.text), table, None)
    return None


def _module(interpreter: Interpreter, path: Path) -> AbstractObject:
    if path not in interpreter.modules.objects:
        thing = AbstractObject(Kind.PROGRAM_MODULE, str(path))
        interpreter.modules.objects[path] = thing
    return interpreter.modules.objects[path]


def _member(interpreter: Interpreter, path: Path, member: str) -> Value | None:
    frame = frame_of(interpreter, path)
    if frame is None:
        return None
    value = frame.names.get(member)
    if isinstance(value, Pending):
        for number in frame.module.index.binding[member] if frame.module.index is not None else ():
            _run_part(interpreter, frame, path, number)
        value = frame.names.get(member)
    if isinstance(value, Imported):
        frame.names[member] = interpreter.unknown(member)  # two modules may import one name from each other
        value = resolve(interpreter, value)
        frame.names[member] = value
    if value is None:
        value = star_member(interpreter, frame, member)
    return value


def star_member(interpreter: Interpreter, frame: Scope, member: str) -> Value | None:
    """A name that a `from … import *` of a module of the program brings in."""
    if interpreter.modules.resolver is None or (frame, member) in interpreter.modules.starred:
        return None
    interpreter.modules.starred.add((frame, member))  # two modules may import everything from each other
    for star in reversed(frame.stars):
        path = (
            interpreter.modules.resolver.find(star, frame.module)
            if star.startswith(".") or not interpreter.knowledge.hides(star)
            else None
        )
        found = _member(interpreter, path, member) if path is not None else None
        if found is not None:
            interpreter.modules.starred.discard((frame, member))
            return found
    return None


def frame_of(interpreter: Interpreter, path: Path) -> Frame | None:
    """The names of a module, told on first use. An import cycle finds the names bound so far."""
    if path in interpreter.modules.frames:
        return interpreter.modules.frames[path]
    if interpreter.modules.resolver is not None and path == interpreter.modules.resolver.script:
        return None  # the file that is told imports itself: it would run a second time
    module = (
        interpreter.modules.resolver.program.module(path) if interpreter.modules.resolver is not None and path.is_file() else None
    )
    if module is None or len(interpreter.modules.frames) >= MODULES:
        return None
    frame = interpreter.modules.frames[path] = Frame(module, None)
    _run_packages_around(interpreter, module)
    if module.index is None:
        _run_statements(interpreter, frame, module.tree.body)
        return frame
    frame.stars += module.index.stars
    frame.names.update({name: Pending(name, path) for name in module.index.binding})
    for number, part in enumerate(module.index.parts):
        acts = part.does and (part.sets or _acts(interpreter, module, number))
        if acts or any(_is_of_program(interpreter, module, name) for name in part.decorators):
            _run_part(interpreter, frame, path, number)
        elif part.imports is not None and path.name == "__init__.py":
            for one in part.imports:
                _import_for_effects(interpreter, module, one.module, one.member)
    for star in module.index.stars if path.name == "__init__.py" else ():
        _import_for_effects(interpreter, module, star, "")
    return frame


def _run_packages_around(interpreter: Interpreter, module: Module) -> None:
    """Importing a module runs the packages that it lies in first, the outermost one before the others.

    Only those that do more than bind names: what they leave, such as classes in a registry, may be asked for by any module there.
    """
    resolver = interpreter.modules.resolver
    if resolver is None:
        return
    around: list[Path] = []
    dots = "."
    while (package := resolver.find(dots, module)) is not None and package.name == "__init__.py":
        around.append(package)
        dots += "."
    for package in reversed(around):
        new = package not in interpreter.modules.frames and package != resolver.script
        if new and _does_more(interpreter, package, {package}):
            frame_of(interpreter, package)


def _does_more(interpreter: Interpreter, package: Path, seen: set[Path]) -> bool:
    """Whether a package does something to what it has, or imports modules that enter something about models somewhere."""
    resolver = interpreter.modules.resolver
    module = None if resolver is None else resolver.program.module(package)
    if resolver is None or module is None or module.index is None:
        return False
    for number, part in enumerate(module.index.parts):
        if part.does and _acts(interpreter, module, number):
            return True
        for one in part.imports or ():
            joint = "" if one.module.endswith(".") else "."
            inner = resolver.find(f"{one.module}{joint}{one.member}", module) if one.module.startswith(".") else None
            inner = inner or (resolver.find(one.module, module) if one.module.strip(".") else None)
            if inner is None or inner.suffix != ".py" or inner in seen:
                continue
            seen.add(inner)
            if _enters(interpreter, inner, seen):
                return True
    return False


def _enters(interpreter: Interpreter, path: Path, seen: set[Path]) -> bool:
    """Whether a module that speaks of models enters what it has somewhere, by decorators of the program."""
    if path.name == "__init__.py":
        return _does_more(interpreter, path, seen)
    assert interpreter.modules.resolver is not None
    module = interpreter.modules.resolver.program.module(path)
    if module is None or module.index is None or not module.says(interpreter.knowledge.relevant):
        return False
    return any(_is_of_program(interpreter, module, name) for part in module.index.parts for name in part.decorators)


def _is_of_program(interpreter: Interpreter, module: Module, name: str) -> bool:
    """Whether a name of a module of the program is bound to something of the program: as a decorator, it is run."""
    if module.index is None or interpreter.modules.resolver is None:
        return False
    for number in module.index.binding.get(name, ()):
        imports = module.index.parts[number].imports
        for one in imports or ():
            if one.name == name and (
                (not one.module.startswith(".") and interpreter.knowledge.hides(one.module))
                or interpreter.modules.resolver.find(one.module, module) is None
            ):
                return False
        return True
    return False


def _import_for_effects(interpreter: Interpreter, importer: Module, module_name: str, member: str) -> None:
    """A module that enters its functions and classes somewhere, where it is imported: by decorators of the program."""
    resolver = interpreter.modules.resolver
    if resolver is None or (not module_name.startswith(".") and interpreter.knowledge.hides(module_name)):
        return
    joint = "" if module_name.endswith(".") else "."
    path = (resolver.find(f"{module_name}{joint}{member}", importer) if member else None) or resolver.find(module_name, importer)
    if path is None or path in interpreter.modules.frames or path == resolver.script or path == resolver.place_of(importer):
        return
    module = resolver.program.module(path) if path.is_file() else None
    if module is None or module.index is None:
        return
    if path.name != "__init__.py":
        _run_packages_around(interpreter, module)
    if path.name == "__init__.py" or any(
        _is_of_program(interpreter, module, name) for part in module.index.parts for name in part.decorators
    ):
        frame_of(interpreter, path)


def _run_statements(interpreter: Interpreter, frame: Frame, statements: Iterable[cst.CSTNode]) -> None:
    """Runs statements of the top level of another module, each for itself."""

    def run(statement: cst.CSTNode) -> Value:
        interpreter.run(statement)
        return NONE

    with interpreter.afresh(), interpreter.leaving(interpreter.at, Arguments([], {}, {})), interpreter.inside(frame):
        for statement in statements:
            if interpreter.path_condition != FALSE:
                interpreter.contained(
                    partial(run, statement),
                    partial(lose_statement, interpreter, statement),
                    MODULE_NODES,
                    MODULE_STEPS,
                    by_itself=True,
                )


def _run_part(interpreter: Interpreter, frame: Frame, path: Path, number: int) -> None:
    """Runs a statement of the top level of another module, after those before it that bind the same names."""
    index = frame.module.index
    if index is None or number in frame.ran:
        return
    frame.ran.add(number)
    part = index.parts[number]
    for name in part.binds:
        for earlier in index.binding[name]:
            if earlier < number:
                _run_part(interpreter, frame, path, earlier)
        if isinstance(frame.names.get(name), Pending):
            del frame.names[name]  # while the statement runs there is none, as in Python
    if part.imports is not None:
        with interpreter.inside(frame):
            frame.names.update({one.name: imported(interpreter, one.module, one.member) for one in part.imports})
        return
    _run_statements(interpreter, frame, frame.module.part(number))
    rest = (frame.module.source.text[one.start : one.end] for one in index.parts if one is not part)
    open_shared(interpreter, part.binds, frame.names, rest)
    for name in part.binds:
        if name not in frame.names and any(later not in frame.ran for later in index.binding[name]):
            frame.names[name] = Pending(name, path)


def _acts(interpreter: Interpreter, module: Module, number: int) -> bool:
    """Whether a statement of another module, run for what it does, may matter to a model, or to where modules are found."""
    return module.says(_PATH, number) or module.says(interpreter.knowledge.relevant, number)


@runs(cst.Import)
def import_statement(interpreter: Interpreter, node: cst.Import) -> None:
    for alias in node.names:
        name = _dotted(alias.name)
        if interpreter.at_home:
            _import_for_effects(interpreter, interpreter.module, name, "")
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            interpreter.bind(alias.asname.name.value, imported(interpreter, name, ""))
        else:
            first = name.split(".", 1)[0]
            interpreter.bind(first, imported(interpreter, first, ""))


@runs(cst.ImportFrom)
def import_from(interpreter: Interpreter, node: cst.ImportFrom) -> None:
    module = "." * len(node.relative) + (_dotted(node.module) if node.module is not None else "")
    if isinstance(node.names, cst.ImportStar):
        interpreter.frame.top.stars.append(module)
        return
    for alias in node.names:
        name = _dotted(alias.name)
        bound = alias.asname.name.value if alias.asname is not None and isinstance(alias.asname.name, cst.Name) else name
        if interpreter.at_home:
            _import_for_effects(interpreter, interpreter.module, module, name)
        if node.relative and _lacks(interpreter, module, name):
            raises(interpreter, node, f"ImportError: cannot import `{name}` from `{module}`")
        asks_of_library(interpreter, module, name, node, "ImportError")
        if module != "__future__":
            interpreter.bind(bound, imported(interpreter, module, name))


def _lacks(interpreter: Interpreter, module_name: str, member: str) -> bool:
    """Whether a module of the same package surely has no such name: it never speaks of it, and binds none unseen."""
    resolver, importer = interpreter.modules.resolver, interpreter.frame.module
    path = None if resolver is None else resolver.find(module_name, importer)
    if resolver is None or path is None or path.suffix != ".py" or path == resolver.script:
        return False
    module = resolver.program.module(path)
    if module is None or module.index is None or module.index.stars or module.says(_BINDING):
        return False
    if member in module.index.binding:
        return False
    below = path.parent.iterdir() if path.name == "__init__.py" else ()
    return re.search(rf"\b{member}\b", module.source.text) is None and all(one.name.split(".")[0] != member for one in below)


_PATH = re.compile(r"sys\.path")
_BINDING = re.compile(r"\b(?:__getattr__|globals|vars|exec|setattr|sys\.modules|\w*LazyModule)\b")  # ways to bind names unseen


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
