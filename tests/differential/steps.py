"""The sentences of a random training script: loads, switches, trainings, saves and so on, as people write them.

A step is a template. `$name` is a variable of the script; the layout decides whether it becomes `name` or `self.name`,
and whether the step stands where it is or in a function of its own.
"""

from __future__ import annotations

import random

from . import phrases
from .idioms import pick
from .layout import indent
from .options import ENTRIES, FLAGS, Options
from .phrases import INTERRUPTED, QUANTISED


class Draft:
    """Writes the steps of one script, in the order that they run, and remembers the idioms that it used."""

    def __init__(self, seed: int, *, without: frozenset[str] = frozenset()) -> None:
        self.seed, self.without = seed, without
        self.rng = rng = random.Random(seed)
        self.shape = rng.choice(("flat", "main", "main", "class"))
        self.walrus = self.shape != "class"
        self.options = Options(random.Random(f"{seed} options"), rng.choice(ENTRIES))
        chosen = rng.sample(FLAGS, rng.choice((0, 1, 1, 2, 2, 3)))
        if "gradient_checkpointing" in chosen and "no_gradient_checkpointing" in chosen:
            chosen.remove("no_gradient_checkpointing")
        self.options.declare(chosen)
        self.idioms: list[str] = self.options.idioms
        self.offered = 0
        self.prelude: list[str] = []
        self.steps: list[str] = []
        self.way = rng.choice(("Trainer", "Trainer", "Trainer", "SFTTrainer", "Seq2SeqTrainer", "accelerate", "plain", "plain"))
        self.trainer = self.way.endswith("Trainer")
        self.lora = self.flag("lora") or rng.choice(("", "", "True"))
        ways = {"enable": 4, "kbit": 1, "never": 1} | ({"arguments": 4, "attribute": 1} if self.trainer else {})
        self.switch = self.choose(ways)
        self.cache = self.choose({"": 3, "after": 6, "keyword": 2, "dict": 1, "config": 1, "context": 1, "late": 1})
        self.model_class = "AutoModelForSeq2SeqLM" if self.way == "Seq2SeqTrainer" else "AutoModelForCausalLM"
        self.model = "$model"  # the expression that steps after the training use
        self.merged = False
        self.teacher = self.chance(0.15)
        self.bundle = False
        self.asked = ""  # the script's flag that turns checkpointing on, or a variable with its value

    # -- idioms ----------------------------------------------------------------------------------------------------

    def idiom(self, place: str, text: str = "", model: str = "") -> str:
        """What is said by an idiom of this place, if one is taken; its dice are its own, so that it can be left out by itself."""
        self.offered += 1
        dice = random.Random(f"{self.seed} {place} {self.offered}")
        chosen = pick(place, dice)
        if chosen is None or chosen.name in self.without:
            return ""
        said = chosen.write(self, dice, text, model)
        if said:
            self.idioms.append(chosen.name)
        return said

    def act(self, action: str, model: str, *, when: str = "") -> None:
        """Something is done to a model, which is `MODEL` in the action: as it stands, or by an idiom."""
        text = self.idiom("acting", action, model) or action.replace("MODEL", model)
        if "return" not in text:
            text = self.idiom("asking", text, model) or text
        self.add(text, when=when)

    def function(self, text: str, name: str = "") -> str:
        """Defines a function or class, `FUNCTION` in the text, under a name of its own; gives the name back."""
        kind = "class " in text.split("(")[0]
        name = f"{'Own' if kind else 'own_'}{name or ('Part' if kind else 'part')}{'_' * (not kind)}{len(self.prelude)}"
        self.define(text.replace("FUNCTION", name))
        return name

    # -- small choices ---------------------------------------------------------------------------------------------

    def choose(self, weights: dict[str, float]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def flag(self, name: str) -> str:
        """How the script reads a flag; empty when it has no such flag."""
        return self.options.ask(name)

    def ask(self) -> None:
        """Find the flag for checkpointing, which may get a variable of its own."""
        refused = self.flag("no_gradient_checkpointing")
        self.asked = f"not {refused}" if refused else self.flag("gradient_checkpointing")
        if self.asked and self.chance(0.3):
            self.add(f"$checkpointing = {self.asked}")
            self.asked = "$checkpointing"

    def define(self, definition: str, base: str = "") -> None:
        """Something that the steps are going to use, once."""
        definition = definition.replace("BASE", base)
        if definition not in self.prelude:
            self.prelude.append(definition)

    def cache_value(self) -> str:
        asked = self.asked
        weights: dict[str, float] = {"False": 6, "True": 0.7}
        if asked:
            weights |= {negated(asked): 4, f"False if {asked} else True": 1, asked: 0.7}
        if keep := self.flag("keep_cache"):
            weights |= {keep: 3, f"{keep} and {negated(asked) if asked else 'True'}": 1}
        return self.choose(weights)

    def add(self, *lines: str, when: str = "") -> None:
        """The next step, possibly under a condition."""
        text = "\n".join(lines)
        self.steps.append(f"if {when}:\n{indent(text)}" if when else text)

    # -- before the training ---------------------------------------------------------------------------------------

    def load(self) -> None:
        kind = self.idiom("loading", self.model_class) or self.model_class
        load, keywords = f"{kind}.from_pretrained", ['"gpt2"']
        if kind == self.model_class and self.chance(0.15):
            load = "load_model"
            self.define(phrases.LOAD_MODEL, self.model_class)
        if self.chance(0.4):
            keywords.append("torch_dtype=torch.bfloat16")
        if self.cache == "keyword":
            keywords.append(f"use_cache={self.cache_value()}")
        if self.switch == "kbit" and not self.flag("quantize"):
            keywords.append(self.rng.choice(("load_in_8bit=True", QUANTISED)))
        if self.cache == "dict":
            value = self.cache_value()
            first = f'load_kwargs = {{"use_cache": {value}, "device_map": "auto"}}'
            second = f'load_kwargs = dict(device_map="auto")\nload_kwargs["use_cache"] = {value}'
            self.add(self.rng.choice((first, second)), f"$model = {load}({', '.join(keywords)}, **load_kwargs)")
        elif self.cache == "config":
            value = self.cache_value()
            first = f'config = AutoConfig.from_pretrained("gpt2", use_cache={value})'
            second = f'config = AutoConfig.from_pretrained("gpt2")\nconfig.use_cache = {value}'
            self.add(self.rng.choice((first, second)), f"$model = {load}({', '.join(keywords)}, config=config)")
        elif self.flag("quantize"):
            quantised = ", ".join([*keywords, QUANTISED])
            plain = f"else:\n    $model = {load}({', '.join(keywords)})"
            keyword = f", use_gradient_checkpointing={self.asked}" if self.asked else ""
            kbit = f"\n$model = prepare_model_for_kbit_training($model{keyword})" if self.switch == "kbit" else ""
            self.add(f"$model = {load}({quantised}){kbit}", when=self.flag("quantize"))
            self.steps[-1] += f"\n{plain}"
        elif self.chance(0.1):
            self.add(f'$model, $tokenizer = {load}({", ".join(keywords)}), AutoTokenizer.from_pretrained("gpt2")')
        elif self.walrus and self.chance(0.15):
            self.add(f"if ($model := {load}({', '.join(keywords)})) is None:", '    raise SystemExit("no model")')
        else:
            self.add(f"$model = {load}({', '.join(keywords)})")

    def set_cache(self, value: str, *, when: str = "") -> None:
        """One of the ways to write `model.config.use_cache = value`."""
        both = f"for part in (MODEL.config, MODEL.generation_config):\n    part.use_cache = {value}"
        spelled = (f"set_cache(MODEL, {value})", f"set_cache(model=MODEL, value={value})", "set_cache(MODEL)")
        helper = self.rng.choice(spelled if value == "False" else spelled[:2])
        action = self.choose(
            {
                f"MODEL.config.use_cache = {value}": 6,
                f'setattr(MODEL.config, "use_cache", {value})': 1,
                f'MODEL.config.update({{"use_cache": {value}}})': 1,
                f"config = MODEL.config\nconfig.use_cache = {value}": 1,
                f"alias = MODEL\nalias.config.use_cache = {value}": 1,
                both: 0.5,
                helper: 1,
            }
        )
        if action == helper:
            self.define(phrases.SET_CACHE)
        self.act(action, self.model, when=when)

    def switch_cache(self) -> None:
        if self.cache == "after":
            value, asked = self.cache_value(), self.asked
            guarded = bool(asked) and value == "False" and self.chance(0.5)
            self.set_cache(value, when=asked if guarded else "")

    def switch_checkpointing(self) -> None:
        name = self.rng.choice(("gradient_checkpointing_enable",) * 4 + ("activation_checkpointing_enable",))
        arguments = self.choose({"": 3, 'gradient_checkpointing_kwargs={"use_reentrant": False}': 1 * (name[0] == "g")})
        if self.switch == "enable":
            together = bool(self.asked) and self.cache in ("", "after") and self.chance(0.3)
            lines = [f"MODEL.{name}({arguments})", *["MODEL.config.use_cache = False"] * together]
            self.act("\n".join(lines), "$model", when=self.asked)
            if together and self.chance(0.5):
                self.steps[-1] += "\nelse:\n    $model.config.use_cache = True"
        elif self.switch == "kbit" and not (self.flag("quantize") and "prepare_model" in "".join(self.steps)):
            keyword = f", use_gradient_checkpointing={self.asked}" if self.asked else ""
            self.add(f"$model = prepare_model_for_kbit_training($model{keyword})")

    def adapt(self) -> None:
        if self.lora and self.way != "SFTTrainer":
            one = "$model = get_peft_model($model, LoraConfig(r=8, lora_alpha=16))"
            two = "peft_config = LoraConfig(r=8)\n$model = get_peft_model($model, peft_config)"
            self.add(self.rng.choice((one, two)), when=self.flag("lora"))

    def noise(self) -> None:
        self.add(
            self.rng.choice(
                (
                    "set_seed(42)",
                    'print("model loaded", $model.config.use_cache)',
                    "torch.cuda.empty_cache()",
                    "$model.resize_token_embeddings(len($tokenizer))",
                    '$model = $model.to("cuda" if torch.cuda.is_available() else "cpu")',
                    'if hasattr($model, "enable_input_require_grads"):\n    $model.enable_input_require_grads()',
                    "$tokenizer.pad_token = $tokenizer.eos_token",
                    "$model.config.pad_token_id = $tokenizer.pad_token_id",
                    'logging.getLogger(__name__).info("cache: %s", $model.config.use_cache)',
                )
            )
        )

    # -- the training ----------------------------------------------------------------------------------------------

    def arguments(self) -> None:
        special = {"SFTTrainer": "SFTConfig", "Seq2SeqTrainer": "Seq2SeqTrainingArguments"}
        base = special.get(self.way, "TrainingArguments")
        keywords = ['output_dir="out"', "per_device_train_batch_size=1"]
        if self.switch == "arguments":
            keywords.append(f"gradient_checkpointing={self.asked or 'True'}")
        elif self.way == "SFTTrainer":  # trl 0.22 turned the default round
            keywords.append("gradient_checkpointing=False")
        if self.chance(0.2):
            name = "evaluation_strategy"  # the newer name rules out the versions that GCK202 is about
            keywords.append(f'{name}="{self.rng.choice(("epoch", "epoch", "no"))}"')
        if self.way == "Seq2SeqTrainer" and self.chance(0.4):
            keywords.append("predict_with_generate=True")
        if self.chance(0.1):
            entries = ", ".join('"{}": {}'.format(*keyword.split("=", 1)) for keyword in keywords)
            keywords = [f"**{{{entries}}}"]
        joined = ", ".join(keywords) if self.chance(0.6) else "\n    " + ",\n    ".join(keywords) + ",\n"
        self.add(f"$training_args = {base}({joined})")
        if self.switch == "attribute":
            self.add("$training_args.gradient_checkpointing = True", when=self.asked)

    def build_trainer(self) -> None:
        keywords, used = ["model=$model", "args=$training_args", "train_dataset=$data"], self.way
        if self.chance(0.15):
            used = "CustomTrainer"
            which = (phrases.CUSTOM_TRAINER, phrases.CUSTOM_TRAINER, phrases.QUIET_TRAINER, phrases.EXPORTING_TRAINER)
            self.define(self.rng.choice(which), self.way)
        else:
            used = self.idiom("trainer", self.way) or self.way
        if self.way == "SFTTrainer" and self.lora:
            config = "LoraConfig(r=8)" if self.lora == "True" else f"LoraConfig(r=8) if {self.lora} else None"
            keywords.append(f"peft_config={config}")
            self.model = "$trainer.model"
        if self.chance(0.12):
            self.define(self.rng.choice((phrases.CALLBACK, phrases.CALLBACK_IN_EVAL, phrases.CALLBACK_AT_END)))
            keywords.append("callbacks=[SampleCallback()]")
        elif callback := self.idiom("callback"):
            keywords.append(f"callbacks=[{callback}]")
        if self.chance(0.1):
            keywords[:2] = ["$model", "$training_args"]
        given = ", ".join(keywords)
        self.add(self.idiom("building", used, given) or f"$trainer = {used}({given})")

    def train(self) -> None:
        if self.trainer:
            logged = "result = $trainer.train()\n$trainer.log_metrics('train', result.metrics)"
            body = self.choose({"$trainer.train()": 5, logged: 1, "for _ in range(2):\n    $trainer.train()": 0.7})
        else:
            body = self.loop()
        body = self.idiom("training", body, self.model) or body
        if self.cache == "context":
            self.define(phrases.CACHE_OFF)
            body = f"with cache_off($model):\n{indent(body)}"
        elif self.chance(0.1):
            last = (f"{self.model}.config.use_cache = True", 'print("training is over")', f"{self.model}.eval()")
            handler = f"finally:\n    {self.rng.choice(last)}"
            body = f"try:\n{indent(body)}\n{self.choose({handler: 2, INTERRUPTED: 1})}"
        self.add(body)

    def loop(self) -> str:
        """A loop of one's own, with or without accelerate."""
        keyword = self.choose({"": 5, ", use_cache=False": 1})
        back = "$accelerator.backward(loss)" if self.way == "accelerate" else "loss.backward()"
        inner = [f"loss = $model(**batch{keyword}).loss", back, "$optimizer.step()", "$optimizer.zero_grad()"]
        if self.way == "accelerate":
            inner = ["with $accelerator.accumulate($model):", *(indent(line) for line in inner)]
        if said := self.idiom("looping", "\n".join(inner), "$model"):
            return f"$model.train()\n{said}" if self.chance(0.8) else said
        sample = self.rng.choice((["$model.generate(**batch)"], ["$model.eval()", "$model.generate(**batch)", "$model.train()"]))
        where = self.choose({"": 6, "epoch": 1, "step": 1})
        if where == "step":
            inner += ["if step % 100 == 0:", *(indent(line) for line in sample)]
        head = "for step, batch in enumerate($data):" if where == "step" else "for batch in $data:"
        epoch = [head, *(indent(line) for line in inner), *(sample if where == "epoch" else [])]
        usual = where == "step" or self.chance(0.7)
        inside, before = self.rng.choice(((True, False), (False, True), (False, True), (False, usual)))
        epoch = ["$model.train()"] * inside + epoch
        return "\n".join(["$model.train()"] * before + ["for epoch in range(2):", *(indent(line) for line in epoch)])

    def prepare(self) -> None:
        self.add("$optimizer = torch.optim.AdamW($model.parameters(), lr=1e-5)")
        if self.way == "accelerate":
            self.add("$accelerator = Accelerator()")
            self.add("$model, $optimizer, $data = $accelerator.prepare($model, $optimizer, $data)")

    # -- after it --------------------------------------------------------------------------------------------------

    def someone(self) -> str:
        """An expression for the trained model."""
        weights: dict[str, float] = {self.model: 5}
        if self.trainer and self.model == "$model" and not self.merged:
            weights["$trainer.model"] = 2
        if self.bundle:
            weights['$bundle["model"]'] = 2
        if self.way == "accelerate" and self.model == "$model":
            weights["$accelerator.unwrap_model($model)"] = 3
        return self.choose(weights)

    def save(self) -> None:
        """One of the saves, which may be in a loop or for the main process alone."""
        model = self.someone()
        if said := self.idiom("saving", model=model):
            self.add(said, when=self.flag("push") if self.chance(0.3) else "")
            return
        live = self.trainer and not self.merged
        unwrap = 'unwrapped = $accelerator.unwrap_model($model)\nunwrapped.save_pretrained("out/final")'
        text = self.choose(
            {
                'MODEL.save_pretrained("out/final")': 4,
                unwrap: 3 * (self.way == "accelerate"),
                '$trainer.save_model("out/final")': 4 * live,
                "$trainer.push_to_hub()": 1 * live,
                '$trainer.export("out/final")': 4 * (live and "def export" in "".join(self.prelude)),
                f'{model}.push_to_hub("me/model")': 1,
                f'{model}.config.save_pretrained("out/final")': 1,
                f'torch.save({model}.state_dict(), "out/model.pt")': 1,
                f'for name in ("final", "best"):\n    {model}.save_pretrained(f"out/{{name}}")': 1,
                '$tokenizer.save_pretrained("out/final")': 1,
            }
        )
        main = "$accelerator.is_main_process" * (self.way == "accelerate") + "$trainer.is_world_process_zero()" * live
        self.act(text, model, when=self.rng.choice((main, self.flag("push"), self.flag("push"), "", "")))

    def finish(self) -> None:
        """The end of many a script with a flag for LoRA: an adapter is saved as it is, a whole model with its cache."""
        if self.lora and self.lora == self.flag("lora") and self.model == "$model":
            restore = self.choose({"$model.config.use_cache = True\n    ": 2, "": 1})
            self.add('$model.save_pretrained("out/adapter")', when=self.lora)
            self.steps[-1] += f'\nelse:\n    {restore}$model.save_pretrained("out/final")'

    def generate(self) -> None:
        """One of the ways to get text out of the trained model, or out of its teacher."""
        model = "$teacher" if self.teacher and self.chance(0.3) else self.someone()
        if self.chance(0.1):
            model = f"{model}.eval()"
        if self.chance(0.15):
            self.define(phrases.SAMPLE)
            self.add(f"print(sample_text({model}, $tokenizer{self.choose({'': 3, ', use_cache=True': 1})}))")
            return
        inputs = self.rng.choice(('**$tokenizer("Hello"), max_new_tokens=8', "max_new_tokens=8, do_sample=True"))
        keyword = self.choose(
            {"": 6, ", use_cache=True": 1, ", use_cache=False": 1, ", generation_config=GenerationConfig()": 0.5}
        )
        call = f"MODEL.generate({inputs}{keyword})"
        self.act(
            self.choose(
                {
                    f"sample = {call}": 4,
                    f"print($tokenizer.decode({call}[0]))": 1,
                    f"with torch.no_grad():\n    sample = {call}": 2,
                    f"for _ in range(2):\n    sample = {call}": 1,
                    'sample = pipeline("text-generation", model=MODEL, tokenizer=$tokenizer)("Hello")': 1,
                }
            ),
            model,
            when=self.flag("quick") if self.chance(0.5) else "",
        )

    def between(self) -> None:
        """What comes between a training and the use of its model."""
        model = self.someone()
        live = self.trainer and not self.merged
        self.act(
            self.choose(
                {
                    "MODEL.eval()": 3,
                    "metrics = $trainer.evaluate()": 2 * live,
                    "$trainer.predict($data)": 1 * live,
                    "MODEL.gradient_checkpointing_disable()": 1,
                    "MODEL.train()": 0.5,
                }
            ),
            model,
            when=self.flag("quick") if self.chance(0.3) else "",
        )

    def restore(self) -> None:
        mine, self.model = self.model, self.someone()
        self.set_cache("True", when=self.asked if self.chance(0.3) else "")
        self.model = mine

    def put_away(self) -> None:
        """The model goes into a dictionary, from which later steps may take it."""
        self.add(f'$bundle = {{"model": {self.someone()}, "tokenizer": $tokenizer}}')
        self.bundle = True

    def reload(self) -> None:
        """From here on `$model` is another object, or a merged one."""
        if self.lora == "True" and self.chance(0.5):
            self.add(f"$model = {self.model}.merge_and_unload()")
        elif self.lora and self.lora != "True" and self.chance(0.5) and self.options.entry != "constants":
            self.add(f"$model = {self.model}.merge_and_unload()", when=self.lora)
        else:
            forget = self.rng.choice(("del $model\n", "", "first = $model\n"))
            self.add(f'{forget}$model = {self.model_class}.from_pretrained("out/final")')
        self.model, self.lora, self.merged = "$model", "", True

    def check(self) -> None:
        """Something may be amiss, and the program ends."""
        if self.chance(0.5) and (text := self.idiom("checking")):
            self.add(text)

    def write(self) -> None:
        """All the steps."""
        self.ask()
        self.add('$tokenizer = AutoTokenizer.from_pretrained("gpt2")')
        self.add('$data = load_dataset("imdb", split="train")')
        if self.teacher:
            self.add(f'$teacher = {self.model_class}.from_pretrained("gpt2-large")')
            self.add("$teacher.eval()")
        self.check()
        self.load()
        self.check()
        before = [self.switch_cache, self.switch_checkpointing, self.adapt, *[self.noise] * self.rng.randint(0, 2)]
        self.rng.shuffle(before)
        late = [before.pop()] if before[-1] in (self.switch_cache, self.switch_checkpointing) and self.chance(0.4) else []
        for step in (*before, *((self.arguments, self.build_trainer) if self.trainer else (self.prepare,)), *late):
            step()
        self.check()
        self.train()
        self.check()
        after = {"save": 4, "generate": 4, "between": 2, "restore": 2, "finish": 1, "put_away": 0.7, "reload": 0.7, "noise": 1}
        if self.cache == "late":
            self.set_cache("False")
        for _ in range(self.rng.randint(1, 5)):
            getattr(self, self.choose(after))()


def negated(expression: str) -> str:
    return expression.removeprefix("not ") if expression.startswith("not ") else f"not {expression}"
