"""Command lines: what they start and pass, in shell scripts, Makefiles and launch.json."""

from __future__ import annotations

import pytest

from gcheck_lint.recipes.model import UNKNOWN, Recipe, RecipeError
from gcheck_lint.recipes.reading import read


def only(text: str, path: str = "run.sh") -> Recipe:
    (recipe,) = read(path, text)
    return recipe


def options(text: str, path: str = "run.sh") -> dict[str, object]:
    return {entry.name: entry.value for entry in only(text, path).entries}


def written(recipe: Recipe, name: str) -> tuple[str, str]:
    """An option's word and its value as they stand in the file."""
    (entry,) = [one for one in recipe.entries if one.name == name]
    return recipe.text[entry.key.start : entry.key.end], recipe.text[entry.place.start : entry.place.end]


def test_options_with_their_places() -> None:
    recipe = only('python train.py --model "a b" \\\n  --lr=1e-5 -v --no-cache --x=  # --y 1\n')
    assert {one.name: one.value for one in recipe.entries} == {"model": "a b", "lr": "1e-5", "v": True, "no_cache": True, "x": ""}
    assert written(recipe, "model") == ("--model", '"a b"')
    assert written(recipe, "lr") == ("--lr", "1e-5")
    assert written(recipe, "no_cache") == ("--no-cache", "--no-cache")
    assert (recipe.script, recipe.module, recipe.is_open) == ("train.py", None, False)


def test_several_words_and_several_times() -> None:
    assert options("python t.py --betas 0.9 -1 --a 1 --a 2") == {"betas": ["0.9", "-1"], "a": "2"}
    recipe = only("python t.py x --a -- --b")
    assert [one.value for one in recipe.positionals] == ["x", "--b"]


def test_overrides_of_hydra() -> None:
    recipe = only("python -m pkg.train --config-name big a.b=1 ++c.d='x y' model/llm=seven --multirun e=")
    assert {one.name: one.value for one in recipe.entries} == {
        "config_name": "big",
        "a.b": "1",
        "c.d": "x y",
        "model/llm": "seven",
        "e": "",
        "multirun": UNKNOWN,
    }
    assert (recipe.module, [one.name for one in recipe.files]) == ("pkg.train", ["config_name"])


def test_files_that_are_passed() -> None:
    recipe = only(
        "accelerate launch --config_file acc.yaml --num_processes 4 train.py recipe.yaml --deepspeed ds/z3.json data=x.yml --y b"
    )
    assert [(one.name, one.value) for one in recipe.files] == [
        ("accelerate.config_file", "acc.yaml"),
        ("", "recipe.yaml"),
        ("data", "x.yml"),
        ("deepspeed", "ds/z3.json"),
    ]
    assert [(one.name, one.value) for one in recipe.launcher] == [("config_file", "acc.yaml"), ("num_processes", "4")]


@pytest.mark.parametrize(
    ("line", "script", "module"),
    [
        ("CUDA_VISIBLE_DEVICES=0 A='b c' python3.11 -u -W ignore t.py", "t.py", None),
        ("python -um pkg.t", None, "pkg.t"),
        ("torchrun --nproc_per_node 8 --standalone --nnodes=1 t.py --standalone x", "t.py", None),
        ("torchrun --standalone -m pkg.t", None, "pkg.t"),
        ("python -m torch.distributed.run --nproc-per-node=2 t.py", "t.py", None),
        ("python -m torch.distributed.launch --use_env --nproc_per_node $N t.py", "t.py", None),
        ("accelerate launch --multi_gpu --mixed_precision bf16 -m pkg.t", None, "pkg.t"),
        ("python -m accelerate.commands.launch --config_file x.yaml t.py", "t.py", None),
        ("deepspeed --num_gpus 4 --master_port=1 t.py", "t.py", None),
        ("deepspeed --include localhost:0,1 --module pkg.t", None, "pkg.t"),
        ("nohup time srun --jobid 3 uv run --with trl python t.py", "t.py", None),
        ("poetry run torchrun t.py", "t.py", None),
        ("srun t.py", "t.py", None),
        ("$LAUNCHER --np 2 t.py", "t.py", None),
        ("$PYTHON -u t.py", "t.py", None),
        ("launcher-of-ours --async python t.py", "t.py", None),
        ("./t.py", "./t.py", None),
        ("exec /opt/venv/bin/python /x/t.py", "/x/t.py", None),
        ("python -m debugpy --listen 5678 --wait-for-client t.py", "t.py", None),
        ("coverage run t.py", "t.py", None),
        ("torchrun $DISTRIBUTED t.py", "t.py", None),
        ("if python t.py; then echo; fi", "t.py", None),
        ("time python t.py", "t.py", None),
        ("python t.py > log 2>&1 &", "t.py", None),
        ("yes | python t.py 2> /dev/null | tee log", "t.py", None),
        ('CMD="python t.py"\n$CMD', "t.py", None),
        ('CMD="python t.py"\neval "$CMD"', "t.py", None),
        ("D=src/\npython ${D}t.py", "src/t.py", None),
        ("python $HERE/t.py", "$HERE/t.py", None),
        ('python "$(dirname "$0")/t.py"', '$(dirname "$0")/t.py', None),
    ],
)
def test_what_starts_a_script(line: str, script: str | None, module: str | None) -> None:
    recipe = only(line)
    assert (recipe.script, recipe.module) == (script, module)


@pytest.mark.parametrize(
    "text",
    [
        "# python t.py",
        "echo python t.py",
        "cat <<EOF\npython t.py\nEOF\n",
        "cat <<-'EOF' > x\n\tpython t.py\n\tEOF\n",
        "python -c 'x' t.py",
        "python -V",
        "python - <<EOF\nimport x\nEOF\n",
        "pip install deepspeed",
        "sudo apt install python3 ninja",
        "bash -c 'python t.py'",
        "X='python t.py'",
        "X=$(python t.py)",
        "pkill -f t.py",
        "which python",
        "deepspeed",
        "torchrun --help",
        "accelerate config",
        "swift sft --x 1",
        "",
    ],
)
def test_what_starts_none(text: str) -> None:
    assert read("run.sh", text) == []


def test_variables_that_are_literal() -> None:
    text = "M=llama\nOUT=out/$M\nexport GC=${GC:-True} N=3\npython t.py --o ${OUT}_x --gc $GC --n=$N --m '$M' --z ${Z-} --e $E"
    assert options(text) == {"o": "out/llama_x", "gc": "True", "n": "3", "m": "$M", "z": True, "e": UNKNOWN}
    recipe = only(text)
    assert written(recipe, "gc") == ("--gc", "True")
    assert recipe.text.index("True}") == next(one for one in recipe.entries if one.name == "gc").place.start
    assert written(recipe, "e") == ("--e", "$E")


def test_arrays_and_strings_of_options() -> None:
    text = 'A=(--a 1\n  # x\n  --b "x y")\nA+=(--c)\nS="--d 2"\nS="$S --e"\nS+=" --f 3"\n'
    text += 'L=()\npython t.py "${A[@]}" $S ${L[@]+"${L[@]}"}'
    assert options(text) == {"a": "1", "b": "x y", "c": True, "d": "2", "e": True, "f": "3"}


@pytest.mark.parametrize(
    "rest",
    ['"$@"', "$@", "$*", "$EXTRA_ARGS", '"${ARGS[@]}"', "--x $EXTRA_ARGS", "--x 1 $Y", "$(cat args)", "--$X 1", '"${@:2}"'],
)
def test_more_options_may_come(rest: str) -> None:
    assert only(f"python t.py --a 1 {rest}").is_open


@pytest.mark.parametrize(
    "rest", ["", "--x $Y", '--x "$Y"', "--x=$Y", "a=$Y", '--x "${Y[0]}"', "--x $(date)", "--x `date`", "--x $1"]
)
def test_no_more_options_come(rest: str) -> None:
    assert not only(f"python t.py --a 1 {rest}").is_open


def test_a_here_document_that_is_read_into_a_variable() -> None:
    text = "M=m\nread -r -d '' CMD <<EOF\npkg.train --model $M \\\n  --gc \\\n  --lr 1\nEOF\n"
    text += "if [ $1 ]; then deepspeed --module $CMD; fi\n"
    recipe = only(text)
    assert (recipe.module, {one.name: one.value for one in recipe.entries}) == (
        "pkg.train",
        {"model": "m", "gc": True, "lr": "1"},
    )
    assert written(recipe, "lr") == ("--lr", "1")
    assert (only("read -r CMD\npython $CMD").is_open, only("python $CMD").script) == (True, "$CMD")
    assert only("read -rd '' X <<'EOF'\n$M\nEOF\npython t.py --x \"$X\"").entries[0].value == "$M\n"


def test_branches() -> None:
    text = 'if [ "$1" ]; then A=1; B=2; C=3; else A=1; B=4; fi\n[ -n "$2" ] && D=5\n'
    text += "for E in x; do :; done\nfor F in x y; do :; done\n"
    passed = 'python t.py --a "$A" --b "$B" --c "$C" --d "$D" --e "$E" --f "$F"'
    assert options(text + passed) == {"a": "1", "b": UNKNOWN, "c": UNKNOWN, "d": UNKNOWN, "e": "x", "f": UNKNOWN}
    case = "X=1\ncase $1 in\n  a) X=2 ;;\n  b|c) python t.py --x $X ;;\nesac\n"
    assert options(case) == {"x": "1"}
    inner = "A=0\nif x; then\n  A=1\n  python t.py --a $A\nfi\n"
    assert options(inner) == {"a": "1"}
    assert options("A=1\nf() {\n  A=2\n}\npython t.py --a $A") == {"a": UNKNOWN}
    assert options("A=1\n(A=2; true)\n{ B=3; }\npython t.py --a $A --b $B") == {"a": "1", "b": "3"}
    assert options("A=1\nread -r A\npython t.py --a $A") == {"a": UNKNOWN}


def test_a_function_sees_what_holds_when_it_is_called() -> None:
    text = "A=1\nB=1\nf() {\n  C=1\n  python t.py --a $A --b $B --c $C\n}\nA=2\nf\n"
    assert options(text) == {"a": UNKNOWN, "b": "1", "c": "1"}
    assert options('A=1\nf() {\n  A+=2\n  python t.py --a "$A"\n}\nA=2\nf\n') == {"a": UNKNOWN}
    assert only("cd a\nf() {\n  python t.py\n}\ncd b\nf\n").folder is None


def test_what_may_not_be_reached() -> None:
    assert options('A=1\n[ "$1" ] && { :; A=2; }\npython t.py --a "$A"') == {"a": UNKNOWN}
    assert options("A=1\ncd x || exit 1\n(exit 0)\npython t.py --a $A\nexit\npython u.py") == {"a": "1"}


def test_where_it_runs() -> None:
    text = "python a.py\ncd src\npython b.py\n(cd sub && python c.py)\ncd ..\npython d.py\ncd $X\npython e.py\n"
    assert [(one.script, one.folder) for one in read("run.sh", text)] == [
        ("a.py", ""),
        ("b.py", "src"),
        ("c.py", "src/sub"),
        ("d.py", ""),
        ("e.py", None),
    ]


def test_a_comment_ends_a_command_that_goes_on_above_it() -> None:
    """As for bash: what stands behind it is another command."""
    assert options("python t.py --a 1 \\\n  # --b 2 \\\n  --c 3\n") == {"a": "1"}


def test_newlines_of_windows() -> None:
    assert options("A=1\r\npython t.py \\\r\n  --a $A \\\r\n  --b 2\r\n") == {"a": "1", "b": "2"}


def test_makefiles() -> None:
    text = (
        "DATA := data/x.json  # c\nLR ?= 1e-4\nF = --a 1 \\\n   --b\nF += --c $(LR)\nRUN = python -m pkg.train\n"
        "TWICE = 1\nifdef X\nTWICE = 2\nendif\n"
        "define NOTE\n\tpython no.py\nendef\ntrain: dep\n\t@echo python x.py\n"
        '\t-cd src && $(RUN) --data $(DATA) \\\n\t\t$(F) --o $@ --t $(TWICE) --u $(UP) "$$HOME"\n'
        "\tX=1; python t.py --x $$X\nother: ; python o.py\n"
    )
    first, second, third = read("Makefile", text)
    assert {one.name: one.value for one in first.entries} == {
        "data": "data/x.json",
        "a": "1",
        "b": True,
        "c": "1e-4",
        "o": UNKNOWN,
        "t": UNKNOWN,
        "u": [UNKNOWN, UNKNOWN],
    }
    assert (first.kind, first.module, first.folder, first.is_open) == ("make", "pkg.train", "src", False)
    assert first.text[first.entries[0].place.start : first.entries[0].place.end] == "data/x.json"
    assert ({one.name: one.value for one in second.entries}, third.script) == ({"x": "1"}, "o.py")
    assert only("t:\n\tpython t.py $(ARGS)\n", "x.mk").is_open
    assert only("A = $(B)\nB = $(A) x\nt:\n\tpython t.py $(A)\n", "Makefile").is_open


def test_launch_json() -> None:
    text = """{ // c
  "configurations": [
    {"type": "debugpy", "program": "${workspaceFolder}/src/train.py",
     "args": ["--gc", "True", "--x=1", "--y", "${env:Z}", "--q", "a \\"b"],
     "cwd": "${workspaceFolder}/src"},
    {"type": "python", "module": "torch.distributed.run", "args": ["--nproc_per_node", "2", "train.py", "--gc"]},
    {"type": "python", "program": "t.py", "args": "--gc True $HOME"},
    {"type": "python", "program": "${file}"},
    {"type": "node", "program": "x.js"},
  ]}"""
    first, second, third, fourth = read(".vscode/launch.json", text)
    assert {one.name: one.value for one in first.entries} == {"gc": "True", "x": "1", "y": UNKNOWN, "q": 'a "b'}
    assert (first.script, first.folder, written(first, "gc"), written(first, "x")) == (
        "src/train.py",
        "src",
        ('"--gc"', '"True"'),
        ("--x", "1"),
    )
    assert (second.script, written(second, "gc")[0], second.launcher[0].value) == ("train.py", '"--gc"', "2")
    assert (third.is_open, third.entries[0].value) == (True, "True")
    assert fourth.script == "${file}"


def test_no_text() -> None:
    with pytest.raises(RecipeError) as error:
        read("run.sh", "a\nb\0\n")
    assert error.value.row == 2


@pytest.mark.parametrize(
    "text",
    [
        'A="x x"\n' + 'A="$A$A"\n' * 60 + "python t.py --a $A",
        'A+=(x)\npython t.py "${A[@]}"\n' * 2_000,
        "A=(x x)\n" + 'A+=("${A[@]}" "${A[@]}")\n' * 60 + 'python t.py "${A[@]}"',
        "$(" * 10_000,
        "${a:-" * 10_000,
        '"' * 20_000,
        "`" * 10_000,
        "((" * 20_000,
        "if x; then " * 4_000,
        "(" * 20_000,
        "<<a " * 4_000,
        "case x in " * 4_000,
        "'\"" * 12_000,
        "a=(" * 12_000,
        "python t.py " + "--a " * 12_000,
        "python t.py\n" * 4_000,
        'X="python t.py $X"\neval $X\n' * 2_000,
        "\\\n" * 20_000,
        "\xa0\x0b\x0c\u2028" * 2_000,
    ],
)
def test_what_grows_without_end_comes_to_an_end(text: str) -> None:
    for recipe in read("run.sh", text):
        assert len(recipe.entries) < 100_000
    read("Makefile", ("t:\n\t" + text.replace("\n", "\n\t")))
    read("Makefile", text + "\nA = $(A)$(A)\nB = $(A)$(A)\nt:\n\tpython t.py $(B)$(B)\n")
