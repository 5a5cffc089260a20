"""An option is unread only where argparse's namespace goes to nobody who might read it."""

from __future__ import annotations

import pytest

from gcheck_lint.python.option_reads import is_unread

HEAD = """import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--gc", help="gc saves memory")
parser.add_argument("--rate")
args = parser.parse_args()
rate = args.rate
"""
STAYS = [
    "",
    "print(args)",
    "logging.info('%s', args)",
    "logger.info(f'{args} {vars(args)}')",
    "print(vars(args))",
    "def f(options):\n    return options.rate\nf(args)\nf(options=args)",
    "class A:\n    def __init__(self, a):\n        self.a = a\n"
    "    def g(self):\n        return self.h(self.a)\n    def h(self, b):\n        b.rate\nA(args)",
    "def f():\n    other = args\n    return other\nf().rate",
    "if args is None:\n    pass",
    "args.seed = 1\nsetattr(args, 'x', 2)\nhasattr(args, 'y')",
    "accelerator.init_trackers('runs', config=vars(args))",
    "build(gc=False)",
    "def f(args):\n    lib.call(args)\nf(1)",
]
LEAVES = [
    "args.gc",
    "getattr(args, 'gc')",
    "getattr(args, name)",
    "for key in ('gc', 'rate'):\n    pass",
    "lib.call(args)",
    "lib.call(options=args)",
    "lib.call(*[args])",
    "lib.call(**vars(args))",
    "print({**vars(args)})",
    "dict(vars(args))",
    "both = args, 1",
    "model.args = args",
    "args.__dict__",
    "found = vars(args)\nlib.call(found)",
    "def f(*all):\n    pass\nf(args)",
    "def f(**all):\n    pass\nf(args=args)",
    "@lib.wrapped\ndef f(a):\n    pass\nf(args)",
    "class A(lib.Base):\n    def __init__(self, a):\n        self.a = a\nA(args)",
    "class A(lib.Base):\n    pass\nA(args)",
    "class A:\n    def __init__(self, a):\n        super().__init__(a)\nA(args)",
    "def f(a):\n    pass\nf = lib.other\nf(args)",
    "lambda: args",
    "partial(main, args)",
    "args.func(args)",
    "def f():\n    global args\n    args = None",
    "def f():\n    return args\nlib.call(f)",
    "def f():\n    return args\nlib.call(f())",
    "def f():\n    return args\ng = f",
    "def f():\n    yield args",
    "def print(a):\n    lib.call(a)\nprint(args)",
    "json.dump(vars(args), file)",
    "parser.parse_args(namespace=kept)",
    "lib.parse_all(parser)",
    "match args:\n    case argparse.Namespace(gc=True):\n        pass",
    "eval('args.g' + 'c')",
    "sys.argv",
    "[one for one in args]",
    "'r' in args",
    "args == 1",
    "args[0]",
    "with lib.given(args):\n    pass",
    "args.__class__(**vars(args))",
    "x = args if rate else None",
    "(x := args)",
    "await_me = {'args': args}",
    "del rate\nraise Error(args)",
    "this is no python",
]


@pytest.mark.parametrize("more", STAYS)
def test_stays(more: str) -> None:
    assert is_unread([("train", HEAD + more)], "gc")


@pytest.mark.parametrize("more", LEAVES)
def test_leaves(more: str) -> None:
    assert not is_unread([("train", HEAD + more)], "gc")


def test_other_modules() -> None:
    script = "from other import run\n" + HEAD + "run(args)\n"
    assert is_unread([("train", script), ("other", "def run(o):\n    return o.rate\n")], "gc")
    assert not is_unread([("train", script), ("other", "def run(o):\n    return o.gc\n")], "gc")
    assert not is_unread([("train", script), ("other", "import lib\ndef run(o):\n    return lib.go(o)\n")], "gc")
    assert not is_unread([("train", script)], "gc")
    assert not is_unread([("train", script), ("third", "def run(o):\n    return o.rate\n")], "gc")


def test_names_of_a_module() -> None:
    assert not is_unread([("train", HEAD), ("other", "import lib\nfrom train import args as a\nlib.go(a)\n")], "gc")
    assert not is_unread([("train", HEAD), ("other", "import lib\nimport train\nlib.go(train.args)\n")], "gc")
    assert not is_unread([("train", HEAD), ("other", "import lib\nfrom train import *\nlib.go(args)\n")], "gc")
    assert is_unread([("train", HEAD), ("other", "from train import args\nargs.rate\n")], "gc")


def test_no_namespace() -> None:
    assert not is_unread([("train", "parser.add_argument('--gc')\n")], "gc")
