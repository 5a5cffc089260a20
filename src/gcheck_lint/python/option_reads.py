"""Whether a program ever reads an option of its command line: every place to which argparse's namespace goes is looked at.

What a namespace is handed to that is not of the program may read anything of it, and so may what turns it into a dict. Only where
it goes nowhere else, and nobody names the option, is the option unread.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from gcheck_lint.python.outline import parsed
from gcheck_lint.python.scopes import Scoped

# other ways to a command line, to names by their text, and to checkpointing that is no model's own
_OPAQUE: Final = re.compile(
    r"\bargv\b|\bsys\.path\b|\b\w*ArgumentParser\b(?<!\bArgumentParser)"
    r"|\b(?:TrlParser|OmegaConf|hydra|tyro|simple_parsing|absl|parents|configargparse)\b"
    r"|\bimport (?:fire|click|typer)\b|\bfrom (?:click|typer)\b|\b(?:importlib|runpy|__import__|__dict__|asdict|_get_kwargs)\b"
    r"|(?<![\w.])(?:exec|eval|locals|globals)\(|\bvars\(\)|\bcheckpoint_wrapper\b|\bapply_activation_checkpointing\b"
    r"|\bcheckpoint_sequential\b|\butils\.checkpoint\b|\butils import [^\n]*\bcheckpoint\b"
)
_PARSES: Final = frozenset({"parse_args", "parse_intermixed_args"})
_PARSES_KNOWN: Final = frozenset({"parse_known_args", "parse_known_intermixed_args"})
_SHOWS: Final = frozenset({"print", "pprint", "pformat", "str", "repr", "type", "isinstance", "id"})
_LOGS: Final = frozenset({"info", "debug", "warning", "error", "critical", "log"})
_SHOWN_BY: Final = frozenset({"print", "pprint", "pformat", "init_trackers"})  # methods and functions of modules
_BY_NAME: Final = frozenset({"getattr", "setattr", "hasattr", "delattr"})
_WHOLE: Final = frozenset({"to_dict", "dict", "items", "get", "values", "keys", "update", "pop"})
_COPIES: Final = frozenset({"copy", "deepcopy"})
_PLAIN_BASES: Final = frozenset({"object", "Module", "Dataset", "ABC"})
_PLAIN_DECORATORS: Final = frozenset({"no_grad", "inference_mode", "staticmethod", "classmethod", "record"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class _LeavesError(Exception):
    """The namespace goes where anything may be read of it, or is read."""


def is_unread(texts: Iterable[tuple[str, str]], name: str) -> bool:
    """Whether no module of a program reads an option of argparse. `texts`: what they say, each with its name."""
    files = []
    try:
        for stem, text in texts:
            tree = None if _OPAQUE.search(text) else parsed(text)
            if tree is None or any(_names(node, name) for node in _told(tree)):
                return False
            files.append(Scoped.of(stem, tree))
        return _Search(files).stays()
    except _LeavesError:
        return False


def _told(tree: ast.AST) -> Iterator[ast.AST]:
    """What a module does: without its docstrings, and the declarations of options."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        declares = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument"
        if declares or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def _names(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and name in node.value.replace("-", "_")
    if isinstance(node, ast.MatchClass):
        return name in node.kwd_attrs
    return isinstance(node, ast.Attribute) and node.attr == name


class _Search:
    """Follows the namespace through the names, attributes and functions of a program."""

    def __init__(self, files: list[Scoped]) -> None:
        self.files = files
        self.names: set[tuple[Scoped, ast.AST, str]] = set()
        self.dicts: set[tuple[Scoped, ast.AST, str]] = set()
        self.attributes: set[str] = set()
        self.givers: set[str] = set()
        self.functions: dict[str, list[tuple[Scoped, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]] = {}
        self.methods: dict[str, list[tuple[Scoped, _Function]]] = {}
        for file in files:
            for node in file.tree.body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    self.functions.setdefault(node.name, []).append((file, node))
            for one in ast.walk(file.tree):
                self._meet(file, one)

    def _meet(self, file: Scoped, node: ast.AST) -> None:
        if isinstance(node, ast.ClassDef):
            if any(_last(base).endswith("Parser") for base in node.bases):
                raise _LeavesError
            for member in node.body:
                if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self.methods.setdefault(member.name, []).append((file, member))
        elif isinstance(node, (ast.Global, ast.Nonlocal)) or (isinstance(node, ast.Call) and _brings_its_own(node)):
            raise _LeavesError

    def stays(self) -> bool:
        """Whether it is made, and goes nowhere else."""
        known = -1
        found = False
        while known != self._size():
            known = self._size()
            for file in self.files:
                for node in file.asked:
                    if self._is_namespace(file, node):
                        found = True
                        self._use(file, node)
                    elif self._is_dict(file, node):
                        self._use_dict(file, node)
                    elif _is_call(node, _PARSES_KNOWN):
                        self._use_pair(file, node)
                    elif isinstance(node, ast.Call) and self._is_parsed_elsewhere(node):
                        raise _LeavesError
        return found

    def _is_parsed_elsewhere(self, node: ast.Call) -> bool:
        """`options.parse_all(parser)` of a library."""
        name = _last(node.func)
        parses = name.startswith("parse") and name not in self.functions
        return parses and any("parser" in _last(one).lower() for one in node.args)

    def _size(self) -> int:
        return len(self.names) + len(self.dicts) + len(self.attributes) + len(self.givers)

    def _is_namespace(self, file: Scoped, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return isinstance(node.ctx, ast.Load) and (file, file.home(node.id, node), node.id) in self.names
        if isinstance(node, ast.Attribute):
            return node.attr in self.attributes and isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.Subscript):
            return _is_call(node.value, _PARSES_KNOWN) and isinstance(node.slice, ast.Constant) and node.slice.value == 0
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Attribute) and node.func.attr in _PARSES:
            return True
        copied = _is_call(node, _COPIES) and len(node.args) == 1 and self._is_namespace(file, node.args[0])
        return copied or _last(node.func) in self.givers

    def _is_dict(self, file: Scoped, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return isinstance(node.ctx, ast.Load) and (file, file.home(node.id, node), node.id) in self.dicts
        if not isinstance(node, ast.Call) or not _is_call(node, {"vars"}) or len(node.args) != 1:
            return False
        return self._is_namespace(file, node.args[0])

    def _use(self, file: Scoped, node: ast.AST) -> None:
        above = file.above[node]
        if isinstance(above, ast.Attribute):
            if above.attr in _WHOLE:
                raise _LeavesError
        elif isinstance(above, (ast.Assign, ast.AnnAssign)):
            for target in above.targets if isinstance(above, ast.Assign) else [above.target]:
                self._keep(file, target)
        elif isinstance(above, ast.Return):
            self._give(file, above)
        elif isinstance(above, (ast.Call, ast.keyword)):
            self._pass(file, node, above)
        elif isinstance(above, ast.Compare):
            if not all(isinstance(one, (ast.Is, ast.IsNot)) for one in above.ops):
                raise _LeavesError
        elif isinstance(above, ast.BinOp):
            if not (isinstance(above.op, ast.Mod) and isinstance(above.left, ast.Constant) and above.right is node):
                raise _LeavesError
        elif not isinstance(above, (ast.Expr, ast.FormattedValue)):
            raise _LeavesError

    def _keep(self, file: Scoped, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            home = file.home(target.id, target)
            self.names.add((file, home, target.id))
            if home is file.tree:
                self._export(file, target.id)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
            owner = file.owner(target)
            if (
                owner is None
                or any(_last(base) not in _PLAIN_BASES for base in owner.bases)
                or owner.keywords
                or owner.decorator_list
            ):
                raise _LeavesError
            self.attributes.add(target.attr)
        else:
            raise _LeavesError

    def _export(self, origin: Scoped, name: str) -> None:
        """A name at the top of a module, and those that import it."""
        for file in self.files:
            for node in file.above:
                if not isinstance(node, (ast.Import, ast.ImportFrom)):
                    continue
                for one in node.names:
                    if isinstance(node, ast.ImportFrom) and one.name == name:
                        self.names.add((file, file.home(one.asname or name, node), one.asname or name))
                    elif one.name == "*":
                        raise _LeavesError
                    elif one.name.rpartition(".")[2] == origin.stem:
                        self.attributes.add(name)

    def _give(self, file: Scoped, node: ast.Return) -> None:
        function = file.inner[node]
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or function.decorator_list:
            raise _LeavesError
        self.givers.add(function.name)
        for other in self.files:  # under another name it is not known
            for one in other.above:
                if isinstance(one, ast.alias) and one.name == function.name and one.asname not in (None, one.name):
                    raise _LeavesError
                if isinstance(one, ast.Name) and one.id == function.name and isinstance(one.ctx, ast.Load):
                    called = other.above[one]
                    if not (isinstance(called, ast.Call) and called.func is one):
                        raise _LeavesError

    def _pass(self, file: Scoped, node: ast.AST, above: ast.Call | ast.keyword) -> None:
        call = above if isinstance(above, ast.Call) else file.above[above]
        if not isinstance(call, ast.Call) or call.func is node or (isinstance(above, ast.keyword) and above.arg is None):
            raise _LeavesError
        if self._only_shows(call) or _is_call(call, {"vars", *_COPIES}):
            return
        if isinstance(call.func, ast.Name) and call.func.id in _BY_NAME:
            if len(call.args) > 1 and call.args[0] is node and isinstance(call.args[1], ast.Constant):
                return
            raise _LeavesError
        for other, function, skipped in self._called(file, call):
            name = _parameter(call, node, above, function, skipped)
            self.names.add((other, function, name))

    def _called(self, file: Scoped, call: ast.Call) -> Iterator[tuple[Scoped, _Function, int]]:
        """The functions of the program that a call may mean, and how many parameters come before its arguments."""
        name = _last(call.func)
        if isinstance(call.func, ast.Name):
            if file.home(name, call) is not file.tree:
                raise _LeavesError
            found = [one for one in self.functions.get(name, ()) if one[0] is file or _imports(file, name, one[0].stem)]
            if not found or any(_is_bound_again(one[0], name) for one in (*found, (file, None))):
                raise _LeavesError
            for other, one in found:
                made = one
                if isinstance(one, ast.ClassDef):
                    starts = [member for member in one.body if isinstance(member, ast.FunctionDef) and member.name == "__init__"]
                    if not starts or one.decorator_list or one.keywords:
                        raise _LeavesError
                    made = starts[0]
                assert not isinstance(made, ast.ClassDef)
                yield other, _undecorated(made), int(made is not one)
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "self":
            owner = file.owner(call)
            if owner is None or all(getattr(one, "name", "") != name for one in owner.body):
                raise _LeavesError
            for other, method in self.methods[name]:
                yield other, _undecorated(method), int(not any(_last(one) == "staticmethod" for one in method.decorator_list))
        else:
            raise _LeavesError

    def _use_dict(self, file: Scoped, node: ast.AST) -> None:
        """`vars(args)`: shown, or told to a tracker of runs."""
        above = file.above[node]
        if isinstance(above, ast.Assign) and len(above.targets) == 1 and isinstance(above.targets[0], ast.Name):
            name = above.targets[0].id
            if (home := file.home(name, above)) is file.tree:
                raise _LeavesError
            self.dicts.add((file, home, name))
            return
        call = file.above[above] if isinstance(above, ast.keyword) and above.arg is not None else above
        if isinstance(above, ast.Attribute) and above.attr == "pop":
            popped = file.above[above]
            if isinstance(popped, ast.Call) and isinstance(file.above[popped], ast.Expr):
                return
        if isinstance(above, ast.FormattedValue) or (isinstance(call, ast.Call) and self._only_shows(call)):
            return
        raise _LeavesError

    def _only_shows(self, call: ast.Call) -> bool:
        """Whether a call only says, or notes down, what it is given, by a function that is not the program's."""
        name = _last(call.func)
        if name in self.functions or name in self.methods:
            return False
        if isinstance(call.func, ast.Name):
            return name in _SHOWS
        if not isinstance(call.func, ast.Attribute):
            return False
        logged = name in _LOGS and "log" in _last(call.func.value).lower()
        return logged or name in _SHOWN_BY

    def _use_pair(self, file: Scoped, node: ast.AST) -> None:
        """`args, unknown = parser.parse_known_args()`."""
        above = file.above[node]
        if isinstance(above, ast.Subscript):
            return
        if isinstance(above, ast.Assign) and all(isinstance(one, ast.Tuple) and one.elts for one in above.targets):
            for target in above.targets:
                assert isinstance(target, ast.Tuple)
                self._keep(file, target.elts[0])
            return
        raise _LeavesError


def _parameter(call: ast.Call, node: ast.AST, above: ast.AST, function: _Function, skipped: int) -> str:
    """The parameter that an argument is bound to."""
    listed = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    if isinstance(above, ast.keyword):
        if above.arg not in listed and above.arg not in [one.arg for one in function.args.kwonlyargs]:
            raise _LeavesError
        return str(above.arg)
    place = next(index for index, one in enumerate(call.args, skipped) if one is node)
    if any(isinstance(one, ast.Starred) for one in call.args) or place >= len(listed):
        raise _LeavesError
    return listed[place]


def _undecorated(function: _Function) -> _Function:
    for one in function.decorator_list:
        if _last(one.func if isinstance(one, ast.Call) else one) not in _PLAIN_DECORATORS:
            raise _LeavesError
    return function


def _imports(file: Scoped, name: str, stem: str) -> bool:
    """Whether a module imports a name from the one that is called so, and from no other."""
    found = [(one, each) for one in ast.walk(file.tree) if isinstance(one, ast.ImportFrom) for each in one.names]
    meant = [(one.module or "", each.name) for one, each in found if (each.asname or each.name) == name]
    return bool(meant) and all(member == name and module.rpartition(".")[2] == stem for module, member in meant)


def _is_bound_again(file: Scoped, name: str) -> bool:
    """Whether the name of a function is given to something else as well."""
    return any(isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store) for one in file.asked)


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _brings_its_own(call: ast.Call) -> bool:
    """Whether a call that parses is given the namespace to put the options into."""
    return _is_call(call, _PARSES | _PARSES_KNOWN) and (len(call.args) > 1 or any(one.arg != "args" for one in call.keywords))


def _is_call(node: ast.AST, names: Iterable[str]) -> bool:
    return isinstance(node, ast.Call) and _last(node.func) in names
