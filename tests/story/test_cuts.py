"""What is given up makes a story quieter, never louder: small scripts whose helpers are cut, wherever that is.

`HELPERS` and what follows it are scripts of one make: a helper, and a `main` that calls it. Followed to the end, each is judged;
then its calls (or its statements) get so few steps that they are cut sooner or later, and no sure finding may come up that was
not there before. `KNOWN` are those where one does: each names what has to be told of a cut, and fails here when it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from gcheck_lint import story
from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Certainty
from gcheck_lint.python import syntax
from gcheck_lint.run import parsing, pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.story import query
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Conditions, TooComplex
from gcheck_lint.story.domain.events import Lost
from gcheck_lint.story.domain.values import Value
from gcheck_lint.story.interpreter import entry_points, functions, interpreter, modules
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.reveal import state_text
from gcheck_lint.text import source
from tests.support.paths import FIXTURES

MUCH = 1_000_000
STEPS = (1, 5, 9, 13, 20, 35)  # a helper here takes some 20
HEAD = """\
import argparse
import torch
from peft import LoraConfig
from transformers import AutoConfig, AutoModelForCausalLM, Trainer, TrainerCallback, TrainingArguments
"""
BUSY = "print(1 + 2 + 3 + 4)\n"
LOAD = 'model = AutoModelForCausalLM.from_pretrained("gpt2")\n'
TRAIN = 'Trainer(model=model, args=TrainingArguments("out"), train_dataset=[]).train()\n'
SAVE = 'model.save_pretrained("out")\n'
OFF, ON = "model.config.use_cache = False\n", "model.config.use_cache = True\n"
CHECKPOINTING = "model.gradient_checkpointing_enable()\n"
PUT_RIGHT = BUSY + ON + SAVE
SAVED_OFF = LOAD + OFF + TRAIN + SAVE  # the beginning of a `main` in which a helper puts right what is saved


def script(helpers: str, main: str) -> str:
    """A script of these helpers and this `main`, which is called."""
    return HEAD + helpers + define("main()", main) + "main()\n"


def define(head: str, body: str) -> str:
    """A function."""
    return f"def {head}:\n" + "".join(f"    {line}\n" for line in body.splitlines())


def method(head: str, body: str) -> str:
    """A function within a class."""
    return "".join(f"    {line}\n" for line in define(head, body).splitlines())


# a later save in the helper puts right what was saved before, and the model is come by in this way
REACHED = {
    "as an argument": script(define("finish(model)", PUT_RIGHT), SAVED_OFF + "finish(model)"),
    "by keyword": script(define("finish(*, model)", PUT_RIGHT), SAVED_OFF + "finish(model=model)"),
    "in a list of lists": script(define("finish(all)", "model = all[0][0]\n" + PUT_RIGHT), SAVED_OFF + "finish([[model]])"),
    "in a dict": script(define("finish(all)", "model = all['it']\n" + PUT_RIGHT), SAVED_OFF + "finish({'it': model})"),
    "in a trainer": script(
        define("finish(trainer)", "model = trainer.model\n" + PUT_RIGHT),
        SAVED_OFF + 'trainer = Trainer(model=model, args=TrainingArguments("out"), train_dataset=[])\nfinish(trainer)',
    ),
    "in the receiver": script(
        "class Saver:\n"
        + method("__init__(self, model)", "self.model = model")
        + method("save(self)", "model = self.model\n" + PUT_RIGHT),
        SAVED_OFF + "Saver(model).save()",
    ),
    "in a bound method": script(
        "class Saver:\n"
        + method("__init__(self, model)", "self.model = model")
        + method("save(self)", "model = self.model\n" + PUT_RIGHT)
        + define("finish(save)", BUSY + "save()"),
        SAVED_OFF + "finish(Saver(model).save)",
    ),
    "around the helper": script("", SAVED_OFF + define("finish()", PUT_RIGHT) + "finish()"),
    "as a default": script("", SAVED_OFF + define("finish(model=model)", PUT_RIGHT) + "finish()"),
    "under a global name": script(
        "KEPT = None\n" + define("keep(model)", "global KEPT\nKEPT = model") + define("finish()", "model = KEPT\n" + PUT_RIGHT),
        SAVED_OFF + "keep(model)\nfinish()",
    ),
    "in a comprehension": script(define("finish(model)", PUT_RIGHT), SAVED_OFF + "[finish(one) for one in [model]]"),
}
# the other things that a helper does, and what is judged after it
HELPERS = {
    "lets gradients into a tower": script(
        define("feed(model)", BUSY + "model.model.encoder.conv1.register_forward_hook(print)"),
        "from peft import get_peft_model\nfrom transformers import WhisperForConditionalGeneration\n"
        "model = WhisperForConditionalGeneration.from_pretrained('w', use_cache=False)\n"
        + CHECKPOINTING
        + "feed(model)\nmodel = get_peft_model(model, LoraConfig(target_modules=['q_proj']))\n"
        + TRAIN,
    ),
    "puts LoRA before the layers": script(
        define("put(model)", BUSY + "model.set_input_embeddings(loralib.Embedding(10, 4, r=8))"),
        "import loralib\n"
        + LOAD
        + OFF
        + "for block in model.transformer.h:\n    block.mlp.c_fc = loralib.Linear(4, 16, r=8)\n"
        + "put(model)\nloralib.mark_only_lora_as_trainable(model)\n"
        + CHECKPOINTING
        + TRAIN,
    ),
    "it saves once more, from where nobody calls": HEAD
    + LOAD
    + OFF
    + define("learn()", TRAIN + SAVE + "finish()")
    + define("finish()", PUT_RIGHT),
    "it makes the model": script(
        "class Run:\n" + method("__init__(self)", LOAD + BUSY + OFF + "self.model = model"),
        "model = Run().model\n" + CHECKPOINTING + TRAIN,
    ),
    "it is a property": script(
        "class Run:\n"
        + method("__init__(self)", LOAD + "self.inner = model")
        + "    @property\n"
        + method("model(self)", "model = self.inner\n" + BUSY + OFF + "return model"),
        "model = Run().model\n" + CHECKPOINTING + TRAIN,
    ),
    "it is a context manager": script(
        "from contextlib import contextmanager\n@contextmanager\n" + define("off(model)", OFF + BUSY + "yield\n" + BUSY + ON),
        LOAD + CHECKPOINTING + define("learn()", "with off(model):\n    " + TRAIN + SAVE) + "learn()",
    ),
    "it is a step of the trainer": script(
        "class Own(Trainer):\n"
        + method("training_step(self, model, inputs)", BUSY + "model.eval()\nreturn super().training_step(model, inputs)")
        + method("save_model(self, folder)", BUSY + "self.model.config.use_cache = True\nsuper().save_model(folder)"),
        LOAD
        + OFF
        + 'own = Own(model=model, args=TrainingArguments("out"), train_dataset=[])\nown.train()\nown.save_model("out")',
    ),
    "it puts the model into eval mode": script(
        define("prepare(model)", BUSY + "model.eval()"),
        LOAD + OFF + CHECKPOINTING + TRAIN + "prepare(model)\nmodel.generate(use_cache=True)",
    ),
    "it lets gradients through": script(
        define("prepare(model)", BUSY + "model.enable_input_require_grads()"),
        LOAD
        + OFF
        + 'model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": True})\nprepare(model)\n'
        + 'model.add_adapter(LoraConfig(task_type="CAUSAL_LM"))\n'
        + TRAIN,
    ),
    "its value is a switch": script(
        define("wanted()", BUSY + "return False"),
        "on = True\non: bool = wanted()\n" + LOAD + "if on:\n    " + CHECKPOINTING + TRAIN,
    ),
    "its value is an argument": script(
        define("wanted()", BUSY + "return False"),
        LOAD
        + 'args = TrainingArguments("out", gradient_checkpointing=True)\nargs.gradient_checkpointing = wanted()\n'
        + "Trainer(model=model, args=args, train_dataset=[]).train()",
    ),
}

UNNAMED = "Lost does not name a model that the cut part made itself, or comes by through what a function or a class holds"
STALE = "what the cut part may have written into other things than models is taken to be as it was"
FIRST = "a model that a cut part comes by in two ways is lost only where the first way leads to it"
ENDED = "a cut part that ends the program, always or for some choices of flags, is taken to go on"
UNHEARD = "the rule goes by what did not happen, and does not ask what was given up"
_MADE = define("make(model)", define("save()", PUT_RIGHT) + "return save")
_FLAG = "if checkpointing:\n    " + CHECKPOINTING
_EVAL = "class Eval(TrainerCallback):\n" + method(
    "on_train_end(self, args, state, control, model=None, **kwargs)", "model.eval()"
)
_HOOKED = LOAD + OFF + CHECKPOINTING + "hooks = []\n"
_OPTIONS = (
    'parser = argparse.ArgumentParser()\nparser.add_argument("--checkpointing", action="store_true")\n'
    'parser.add_argument("--off", action="store_true")\nargs = parser.parse_args()\n'
)
_CHOSEN = LOAD + "if args.off:\n    " + OFF + "if args.checkpointing:\n    " + CHECKPOINTING + TRAIN
_PASS = "loss = model(1).loss\nloss.backward()\n"
OPEN = {
    "a list of callbacks",
    "a trainer's callbacks",
    "whether gradients are on",
    "options refused",
    "ends the program",
}
KNOWN = {
    "made within, and saved twice": (script(define("run()", SAVED_OFF + PUT_RIGHT), "run()"), UNNAMED),
    "held by a function in a list": (
        script(_MADE + define("finish(hooks)", BUSY + "hooks[0]()"), SAVED_OFF + "finish([make(model)])"),
        UNNAMED,
    ),
    "held by a lambda": (
        script(
            define("put(model)", ON + SAVE) + define("finish(hook)", BUSY + "hook()"), SAVED_OFF + "finish(lambda: put(model))"
        ),
        UNNAMED,
    ),
    "held by a function in a list of the module": (
        script(
            "HOOKS = []\n" + _MADE + define("finish()", BUSY + "HOOKS[0]()"), SAVED_OFF + "HOOKS.append(make(model))\nfinish()"
        ),
        UNNAMED,
    ),
    "held by a class": (
        script(
            "class Held:\n    model = None\n" + define("finish()", "model = Held.model\n" + PUT_RIGHT),
            SAVED_OFF + "Held.model = model\nfinish()",
        ),
        UNNAMED,
    ),
    "come by in two ways": (
        script(
            define("prepare(model, other)", BUSY + "model.eval()"),
            _OPTIONS
            + LOAD
            + OFF
            + CHECKPOINTING
            + TRAIN
            + "prepare(model, model if args.off else None)\nmodel.generate(use_cache=True)",
        ),
        FIRST,
    ),
    "an adapter put into it": (
        script(
            define("prepare(model)", BUSY + 'model.add_adapter(LoraConfig(task_type="CAUSAL_LM"))'),
            LOAD + "prepare(model)\n" + OFF + TRAIN + SAVE,
        ),
        STALE,
    ),
    "a config before its model": (
        script(
            define("prepare(config)", BUSY + "config.use_cache = False"),
            'config = AutoConfig.from_pretrained("gpt2")\nprepare(config)\n'
            'model = AutoModelForCausalLM.from_pretrained("gpt2", config=config)\n' + CHECKPOINTING + TRAIN,
        ),
        STALE,
    ),
    "a dict of keywords": (
        script(
            define("prepare(keywords)", BUSY + "keywords['use_cache'] = False"),
            'keywords = {"revision": "main"}\nprepare(keywords)\n'
            + 'model = AutoModelForCausalLM.from_pretrained("gpt2", **keywords)\n'
            + CHECKPOINTING
            + TRAIN,
        ),
        STALE,
    ),
    "a list of callbacks": (
        script(
            _EVAL + define("prepare(hooks)", BUSY + "hooks.append(Eval())"),
            _HOOKED
            + 'prepare(hooks)\nTrainer(model=model, args=TrainingArguments("out"), train_dataset=[], callbacks=hooks).train()\n'
            + "model.generate(use_cache=True)",
        ),
        STALE,
    ),
    "a trainer's callbacks": (
        script(
            _EVAL + define("prepare(trainer)", BUSY + "trainer.add_callback(Eval())"),
            _HOOKED
            + 'trainer = Trainer(model=model, args=TrainingArguments("out", gradient_checkpointing=True), train_dataset=[])\n'
            + "prepare(trainer)\ntrainer.train()\nmodel.generate(use_cache=True)",
        ),
        STALE,
    ),
    "the arguments of a trainer": (
        script(
            define("prepare(args)", BUSY + "args.gradient_checkpointing = False\nargs.use_cache = False"),
            LOAD
            + 'args = TrainingArguments("out", gradient_checkpointing=True)\nprepare(args)\n'
            + "Trainer(model=model, args=args, train_dataset=[]).train()",
        ),
        STALE,
    ),
    "a list of names": (
        script(
            define("prepare(names)", BUSY + "names.clear()"),
            'names = ["checkpointing"]\nprepare(names)\n' + LOAD + 'if "checkpointing" in names:\n    ' + CHECKPOINTING + TRAIN,
        ),
        STALE,
    ),
    "a global name": (
        script(
            "checkpointing = True\n" + define("prepare()", "global checkpointing\n" + BUSY + "checkpointing = False"),
            "prepare()\n" + LOAD + _FLAG + TRAIN,
        ),
        STALE,
    ),
    "a nonlocal name": (
        script(
            "",
            "checkpointing = True\n"
            + define("prepare()", "nonlocal checkpointing\n" + BUSY + "checkpointing = False")
            + "prepare()\n"
            + LOAD
            + _FLAG
            + TRAIN,
        ),
        STALE,
    ),
    "a field of the receiver": (
        script(
            "class Run:\n"
            + method("__init__(self)", "self.checkpointing = True")
            + method("prepare(self)", BUSY + "self.checkpointing = False"),
            "run = Run()\nrun.prepare()\ncheckpointing = run.checkpointing\n" + LOAD + _FLAG + TRAIN,
        ),
        STALE,
    ),
    "a field of a class": (
        script(
            "class Run:\n    checkpointing = True\n" + define("prepare()", BUSY + "Run.checkpointing = False"),
            "prepare()\ncheckpointing = Run.checkpointing\n" + LOAD + _FLAG + TRAIN,
        ),
        STALE,
    ),
    "an option": (
        script(define("prepare(args)", BUSY + "args.checkpointing = False"), _OPTIONS + "prepare(args)\n" + _CHOSEN),
        STALE,
    ),
    "a method of the model": (
        script(define("prepare(model)", BUSY + "model.save_pretrained = print"), LOAD + "prepare(model)\n" + OFF + TRAIN + SAVE),
        STALE,
    ),
    "whether gradients are on": (
        script(
            define("measure()", "torch.set_grad_enabled(False)\n" + BUSY + "torch.set_grad_enabled(True)"),
            LOAD
            + OFF
            + CHECKPOINTING
            + "model.train()\nfor one in range(9):\n    loss = model(one).loss\n    loss.backward()\nmeasure()\nmodel(1)",
        ),
        STALE,
    ),
    "options refused": (
        script(
            define("validate(args)", BUSY + "if args.checkpointing and not args.off:\n    raise SystemExit(2)"),
            _OPTIONS + "validate(args)\n" + _CHOSEN,
        ),
        ENDED,
    ),
    "ends the program": (
        script(
            define("usage()", BUSY + "raise SystemExit(2)"),
            _OPTIONS + "if args.checkpointing and not args.off:\n    usage()\n" + _CHOSEN,
        ),
        ENDED,
    ),
    "GCK305: a training that learns from it": (
        script(
            define("learn(model, old)", BUSY + "loss = (model(1).logits - old).mean()\nloss.backward()"),
            LOAD + OFF + CHECKPOINTING + "model.train()\nwith torch.no_grad():\n    old = model(1).logits\nlearn(model, old)",
        ),
        UNHEARD,
    ),
    "GCK304: another pass of the same loss": (
        script(
            define("other(model)", "model.train()\n" + BUSY + "return model(1).loss"),
            LOAD + OFF + CHECKPOINTING + "model.eval()\nfirst = model(1).loss\nloss = first + other(model)\nloss.backward()",
        ),
        UNHEARD,
    ),
    "GCK304: the training before a look inside": (
        script(
            define("learn(model)", BUSY + _PASS),
            LOAD
            + OFF
            + "model.train()\nlearn(model)\n"
            + CHECKPOINTING
            + "for one in model.parameters():\n    one.requires_grad = True\nmodel.eval()\n"
            + _PASS,
        ),
        UNHEARD,
    ),
    "GCK104: a model that is built of the config": (
        script(
            define("build(config)", BUSY + "return AutoModelForCausalLM.from_config(config)"),
            'config = AutoConfig.from_pretrained("gpt2")\nconfig.use_cache = False\nteacher = build(config)\n'
            + LOAD
            + CHECKPOINTING
            + TRAIN,
        ),
        UNHEARD,
    ),
    "GCK104: a training of the model before": (
        script(
            define("learn(model)", BUSY + TRAIN),
            LOAD + OFF + "learn(model)\n" + LOAD + CHECKPOINTING + TRAIN,
        ),
        UNHEARD,
    ),
    "GCK204: a generation_config saved by itself": (
        script(
            define(
                "finish(model)", BUSY + 'model.generation_config.use_cache = True\nmodel.generation_config.save_pretrained("out")'
            ),
            LOAD + OFF + "model.generation_config.use_cache = False\n" + TRAIN + ON + SAVE + "finish(model)",
        ),
        UNHEARD,
    ),
}


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the limits of calls, statements, entry points and other modules; what is not said is as good as none."""

    def set_limits(
        calls: Sequence[tuple[int, int]] = ((MUCH, MUCH),),
        statements: tuple[int, int] = (MUCH, MUCH),
        entries: tuple[int, int] = (MUCH, MUCH),
        parts: tuple[int, int] = (MUCH, MUCH),
    ) -> None:
        nodes, steps = zip(*calls, strict=True)
        monkeypatch.setattr(functions, "CALL_NODES", nodes)
        monkeypatch.setattr(functions, "CALL_STEPS", steps)
        for module, name, limits in (
            (interpreter, "STATEMENT", statements),
            (entry_points, "ENTRY", entries),
            (modules, "MODULE", parts),
        ):
            by_depth = name == "STATEMENT"  # those of the file itself, and of what it calls first
            monkeypatch.setattr(module, f"{name}_NODES", (limits[0], limits[0]) if by_depth else limits[0])
            monkeypatch.setattr(module, f"{name}_STEPS", (limits[1], limits[1]) if by_depth else limits[1])

    return set_limits


def check(text: str) -> FileReport:
    report = pipeline.check(source.from_bytes("script.py", text.encode()), Settings(possible=True))
    assert not report.failures, report.failures[0].text
    return report


def interpret(text: str) -> story.Story:
    return story.interpret(syntax.parse(source.from_bytes("script.py", text.encode())))


def sure(report: FileReport) -> set[tuple[str, int]]:
    """What is sure of a model: that something was not followed is what a cut is there to say."""
    found = {(one.code, one.span.start.row) for one in report.diagnostics if one.certainty is Certainty.SURE}
    return {(code, row) for code, row in found if code != "GCK004"}


def all_of(report: FileReport) -> set[tuple[str, int]]:
    return {(one.code, one.span.start.row) for one in report.diagnostics}


def cut_anywhere(text: str, limit: Callable[..., None], *, statements: bool) -> Iterator[FileReport]:
    """The reports of a script whose calls, and where wanted its statements, are cut after so and so many steps."""
    for steps in STEPS:
        limit(calls=[(MUCH, steps)])
        yield check(text)
        if statements and steps > STEPS[0]:  # an import takes more than one
            limit(statements=(MUCH, steps))
            yield check(text)


# --- what a cut leaves behind ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", REACHED.values(), ids=REACHED)
def test_a_model_that_a_cut_part_comes_by_is_lost(text: str, limit: Callable[..., None]) -> None:
    assert sure(check(text)) == set()
    limit(calls=[(MUCH, 8)])
    told = interpret(text)
    (model,) = [model for model in told.models if model.made_by]
    lost = [event for event in told.events_of(Lost) if any(state.model is model for state in event.states)]
    assert lost
    assert all(state_text(state).count("unknown") == 3 for event in lost for state in event.states)
    assert told.cuts


def test_a_model_that_a_cut_part_does_not_come_by_keeps_its_state(limit: Callable[..., None]) -> None:
    limit(calls=[(MUCH, 8)])
    other = "other = AutoModelForCausalLM.from_pretrained('gpt2')\n"
    told = interpret(script(define("finish(model)", PUT_RIGHT), LOAD + other + "finish(model)\nreveal(model)\nreveal(other)"))
    (lost,) = told.events_of(Lost)
    assert len(lost.states) == 1
    assert [text for _, text in told.revealed] == [
        "checkpointing unknown · cache unknown · mode unknown",
        "checkpointing off · cache on · eval mode",
    ]


@pytest.mark.parametrize(
    ("body", "lost"),
    [
        (BUSY + "return self.count", False),
        (BUSY + "return self.again({'a': self.count})", False),
        (BUSY + OFF.replace("model", "self.model"), True),
        (BUSY + "self.turn()", True),
        (BUSY + "self.turned", True),
        (BUSY + "turn(self)", True),
        (BUSY + "getattr(self, 'mod' + 'el').train()", True),
    ],
)
def test_a_method_comes_by_the_attributes_that_it_names(body: str, *, lost: bool, limit: Callable[..., None]) -> None:
    limit(calls=[(MUCH, 8)])
    helpers = (
        define("turn(one)", OFF.replace("model", "one.model"))
        + "class Run:\n"
        + method("__init__(self, model)", "self.model, self.count = model, 0")
        + method("turn(self)", OFF.replace("model", "self.model"))
        + "    @property\n"
        + method("turned(self)", OFF.replace("model", "self.model"))
        + method("again(self, data)", "return {key: self.again(one) for key, one in data.items()}" + "\n" + BUSY)
        + method("work(self)", body)
    )
    told = interpret(script(helpers, LOAD + "run = Run(model)\nrun.work()\nreveal(model)"))
    (text,) = [text for _, text in told.revealed]
    assert ("unknown" in text) is lost


@pytest.mark.parametrize(("body", "lost"), [("return out.logits[0]", False), ("out.loss.backward()", True)])
def test_the_result_of_a_model_leads_to_no_model(body: str, *, lost: bool, limit: Callable[..., None]) -> None:
    limit(calls=[(MUCH, 8)])
    told = interpret(script(define("pick(out)", BUSY + BUSY + body), LOAD + "pick(model())\nreveal(model)"))
    assert told.cuts
    (text,) = [text for _, text in told.revealed]
    assert ("unknown" in text) is lost


def test_where_the_call_is_not_reached_nothing_is_lost(limit: Callable[..., None]) -> None:
    limit(calls=[(MUCH, 8)])
    main = "import os\n" + LOAD + "if os.path.exists('x'):\n    finish(model)\nelse:\n    reveal(model)\nreveal(model)"
    told = interpret(script(define("finish(model)", PUT_RIGHT), main))
    assert [text for _, text in told.revealed] == [
        "checkpointing off · cache on · eval mode",
        "checkpointing unknown · cache unknown · mode unknown",
    ]
    (lost,) = told.events_of(Lost)
    assert lost.condition not in (FALSE, TRUE)


def test_the_value_of_a_cut_call_is_unknown_and_about_its_arguments(limit: Callable[..., None]) -> None:
    limit(calls=[(MUCH, 8)])
    main = (
        LOAD
        + "text = '8'\nvalue = same(text)\nreveal(value)\nreveal(text)\n"
        + "again = same(model)\nagain.config.use_cache = False\nreveal(model)"
    )
    told = interpret(script(define("same(value)", BUSY + "return value"), main))
    assert [text for _, text in told.revealed] == ["unknown", "'8'", "checkpointing unknown · cache unknown · mode unknown"]


# --- quieter, never louder ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*REACHED.values(), *HELPERS.values()], ids=[*REACHED, *HELPERS])
def test_a_cut_makes_no_finding_sure(text: str, limit: Callable[..., None]) -> None:
    known, cuts = sure(check(text)), 0
    for report in cut_anywhere(text, limit, statements=True):
        assert sure(report) <= known
        cuts += report.given_up
    assert cuts


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name, marks=pytest.mark.xfail(strict=True, reason=why) if name in OPEN else ())
        for name, (text, why) in KNOWN.items()
    ],
)
def test_a_cut_of_what_is_hard_to_see_makes_no_finding_sure(text: str, limit: Callable[..., None]) -> None:
    known = sure(check(text))
    for report in cut_anywhere(text, limit, statements=True):
        assert sure(report) <= known


def test_a_return_whose_value_is_cut_returns(limit: Callable[..., None]) -> None:
    main = _OPTIONS + "if args.checkpointing and not args.off:\n    return usage()\n" + _CHOSEN
    text = script(define("usage()", 5 * BUSY + "return 2"), main)
    assert sure(check(text)) == set()
    for steps in (20, 35, 45):
        limit(statements=(MUCH, steps))
        assert [cut.what for cut in interpret(text).cuts] == ["a statement"]
        assert sure(check(text)) == set()


def test_what_was_sure_before_the_cut_stays_so(limit: Callable[..., None]) -> None:
    text = script(define("tell(text)", BUSY + "print(text)"), LOAD + CHECKPOINTING + TRAIN + "tell('done')")
    before = sure(check(text))
    assert [code for code, _ in before] == ["GCK101"]
    limit(calls=[(MUCH, 4)])
    report = check(text)
    assert report.given_up == 1
    assert sure(report) == before


SCRIPTS = sorted(path for folder in ("scripts", "quiet") for path in (FIXTURES / folder).glob("*.py"))[::5]
TINY = {
    "all": {
        "calls": [(60, 400), (40, 200), (30, 100), (20, 60)],
        "statements": (150, 400),
        "entries": (100, 300),
        "parts": (60, 200),
    },
    "calls": {"calls": [(MUCH, 20)]},
    "nodes of calls": {"calls": [(0, MUCH)]},
    "statements": {"statements": (MUCH, 20)},
    "nodes of statements": {"statements": (2, MUCH)},
    "entries": {"entries": (5, 20)},
}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_with_tiny_limits_has_no_other_sure_finding(path: Path, limit: Callable[..., None]) -> None:
    text = path.read_text(encoding="utf-8")
    known = all_of(check(text))
    for limits in TINY.values():
        limit(**limits)
        assert sure(check(text)) <= known


@pytest.mark.parametrize("path", SCRIPTS[::4], ids=lambda path: path.stem)
def test_a_file_that_is_given_up_has_no_other_sure_finding(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = path.read_text(encoding="utf-8")
    known = all_of(check(text))
    for steps in (5, 25, 60, 100, 150):
        monkeypatch.setattr(interpreter, "STEPS", steps)
        assert sure(check(text)) <= known


# --- the interpreter after a cut ---------------------------------------------------------------------------------------------


def _place(one: Interpreter) -> tuple[object, ...]:
    """Where an interpreter is."""
    modes = [[*getattr(held, "scopes", ()), getattr(held, "depth", 0)] for held in one._own.values()]
    return (
        one.path_condition,
        one.frame,
        [*one.stack],
        [*one.attempts],
        [*one.frame.loops],
        one.repeating,
        [*one.outside],
        one._budgets.limit,
        one.conditions.budgets.limit,
        [mode for mode in modes if mode != [0]],
    )


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is not as it was before, after each cut."""
    changed: list[str] = []
    contained = Interpreter.contained
    names = ("path condition", "frame", "stack", "attempts", "loops", "repeating", "outside", "steps", "nodes", "modes")

    def watching(
        one: Interpreter,
        body: Callable[[], Value],
        lose: Callable[[str, int], Value],
        nodes: int,
        steps: int,
        *,
        by_itself: bool = False,
    ) -> Value:
        before = _place(one)
        own = ("steps", "nodes") if by_itself else ()  # what a part took that counts for itself is given back to the others

        def losing(why: str, since: int) -> Value:
            changed.extend(
                name for name, was, now in zip(names, before, _place(one), strict=True) if was != now and name not in own
            )
            return lose(why, since)

        return contained(one, body, losing, nodes, steps, by_itself=by_itself)

    monkeypatch.setattr(Interpreter, "contained", watching)
    return changed


@pytest.mark.parametrize("text", [*REACHED.values(), *HELPERS.values()], ids=[*REACHED, *HELPERS])
def test_the_interpreter_goes_on_where_it_was(text: str, limit: Callable[..., None], watched: list[str]) -> None:
    for _ in cut_anywhere(text, limit, statements=True):
        assert watched == []


NESTED = script(
    define(
        "deep(model)",
        "with torch.no_grad():\n    for one in range(9):\n        try:\n            while one:\n"
        "                with torch.no_grad():\n                    print(model(one), [two for two in (1, 2, 3)])\n"
        "        except ValueError:\n            continue\n        finally:\n            print(one)",
    ),
    LOAD + "for one in range(3):\n    try:\n        deep(model)\n    except OSError:\n        break\n    deep(model)",
)


@pytest.mark.parametrize("steps", range(2, 50, 3))
def test_a_cut_in_the_midst_of_blocks_leaves_none_open(steps: int, limit: Callable[..., None], watched: list[str]) -> None:
    for limits in ({"calls": [(MUCH, steps)]}, {"statements": (MUCH, steps)}, {"calls": [(steps // 3, MUCH)]}):
        limit(**limits)
        interpret(NESTED)
        assert watched == []


SETTINGS = "CHECKPOINTING = True\nfor name in ('a', 'b', 'c'):\n    print(name, 1 + 2 + 3)\n    CHECKPOINTING = name == 'a'\n"


@pytest.fixture
def importing(tmp_path: Path) -> Path:
    """A script whose switch is decided in another module, by a statement that takes some steps."""
    (tmp_path / "settings.py").write_text(SETTINGS, encoding="utf-8")
    script = tmp_path / "train.py"
    text = HEAD + "from settings import CHECKPOINTING\n" + LOAD + "if CHECKPOINTING:\n    " + CHECKPOINTING + TRAIN
    script.write_text(text, encoding="utf-8")
    return script


def test_a_call_that_reads_another_module_is_cut_for_itself(tmp_path: Path, limit: Callable[..., None]) -> None:
    (tmp_path / "names.py").write_text("FIRST = 1 + 2 + 3\n", encoding="utf-8")
    path = tmp_path / "train.py"
    text = script(define("tell()", "from names import FIRST\nprint(FIRST)\n" + BUSY), LOAD + "tell()\nreveal(model)")
    path.write_text(text, encoding="utf-8")
    limit(calls=[(MUCH, 14)])
    told = story.interpret(parsing.parsed(str(path)), None, pipeline.program())
    assert [cut.what for cut in told.cuts] == ["the call of `tell`"]
    assert [text for _, text in told.revealed] == ["checkpointing off · cache on · eval mode"]


def test_what_is_given_up_again_is_so_for_the_same_reason(limit: Callable[..., None]) -> None:
    limit(calls=[(MUCH, 4)])
    told = interpret(script(define("tell(text)", BUSY), "tell('one')\ntell('two')"))
    assert [cut.why for cut in told.cuts] == ["too many steps"] * 2


def test_a_cut_in_another_module_leaves_no_loop_open(importing: Path, limit: Callable[..., None], watched: list[str]) -> None:
    limit(parts=(MUCH, 8))
    assert pipeline.check_file(str(importing), Settings()).given_up
    assert watched == []


def test_a_cut_in_another_module_makes_no_finding_sure(importing: Path, limit: Callable[..., None]) -> None:
    assert sure(pipeline.check_file(str(importing), Settings())) == set()
    limit(parts=(MUCH, 8))
    assert sure(pipeline.check_file(str(importing), Settings())) == set()


# --- rules for which there is no room ----------------------------------------------------------------------------------------


def test_a_rule_that_has_too_many_cases_says_nothing_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    text = script(
        "", _OPTIONS + LOAD + "if args.off:\n    " + OFF + "if args.checkpointing:\n    " + CHECKPOINTING + TRAIN + SAVE
    )
    assert all_of(check(text))
    monkeypatch.setattr(query, "RULE_NODES", 0)
    report = check(text)
    assert report.unjudged > 0
    assert report.diagnostics == ()


def test_a_verdict_that_has_too_many_cases_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise TooComplex

    text = script("", LOAD + CHECKPOINTING + TRAIN + "x = 1  # gclint: ignore[GCK101]\n")
    monkeypatch.setattr(Conditions, "surely", fail)
    report = check(text)
    assert sure(report) == set()
    assert report.unjudged > 0


def test_what_is_given_up_forgets_the_models_that_it_can_come_by(monkeypatch: pytest.MonkeyPatch) -> None:
    one = """
def train_{n}(name, flag=False):
    model = AutoModelForCausalLM.from_pretrained(name)
    if flag:
        model.gradient_checkpointing_enable()
    Trainer(model=model, args=TrainingArguments("out", gradient_checkpointing=flag)).train()
"""
    text = "from transformers import AutoModelForCausalLM, Trainer, TrainingArguments\n"
    text += "base = AutoModelForCausalLM.from_pretrained('x')\n"
    module = syntax.parse(source.from_bytes("script.py", (text + "".join(one.format(n=n) for n in range(12))).encode()))
    whole = story.interpret(module)
    assert not whole.cuts
    monkeypatch.setattr("gcheck_lint.story.interpreter.interpreter.STEPS", whole.work.steps * 3 // 4)
    cut = story.interpret(module)
    assert [one.what for one in cut.cuts] == ["the rest of the file"]
    (lost,) = [event for event in cut.events if isinstance(event, Lost)]
    made = {state.model.born for state in lost.states}
    # the one of the file and that of the function in which the story ended; each other function had its own
    assert len(made) == 2
