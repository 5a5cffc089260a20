"""Launch recipes that were changed at random: read or refused in a line with its row, and an edit changes what it says."""

from __future__ import annotations

from random import Random
from typing import Final

from gcheck_lint.recipes.edits import added, replaced
from gcheck_lint.recipes.model import Entry, Recipe, RecipeError
from gcheck_lint.recipes.reading import read
from gcheck_lint.text.spans import LineIndex
from tests.robustness.campaign.mutations import mutated

_YAML: Final = (
    "# a recipe\nmodel_name_or_path: org/model\nbf16: true\ngradient_checkpointing: yes  # c\ngradient_checkpointing_kwargs:\n  use_reentrant: False\nlearning_rate: 2.0e-5\n"
    "datasets:\n  - path: a\n    split: 'train'\n  - b\nnote: |\n  some text\nfolded: >-\n  x\n\nhub: ~\n",
    "defaults:\n  - _self_\n  - model: llama\nbase: &base\n  use_cache: false\n  n: 3\nrun:\n  <<: *base\n  n: 4\n  out: ${hydra:runtime.cwd}/x\nlast: *base\n---\nsecond: {a: 1, b: [x, 2]}\n",
    "a: !!python/object:os.system x\nb: !env HOME\n? c\n: d\n\"e f\": 'it''s'\nt: 12:30:45\nu: 0o7\nv: 1_000\nw: .nan\n",
)
_JSON: Final = (
    '{\n  // c\n  "train_batch_size": "auto",\n  "zero_optimization": {"stage": 3, "offload": {"device": "cpu"}},\n  "lr": 1e-5, /* d */\n  "x": [1, null, true, "\\u00e9\\n"],\n}\n',
    '{"configurations": [{"type": "debugpy", "program": "${workspaceFolder}/t.py", "args": ["--gc", "True", "--x=1", "${env:Y}"], "cwd": "src"},\n'
    '{"type": "python", "module": "torch.distributed.run", "args": "--nproc_per_node 2 t.py --gc \'a b\'"}]}\n',
)
_SHELL: Final = (
    '#!/bin/bash\n#SBATCH -N 1\nexport CUDA_VISIBLE_DEVICES=0\nMODEL=org/m\nGC=${GC:-True}\nARGS=(--a 1 --b "x y")\nARGS+=(--c)\nDIST="\n  --nproc_per_node 8 \\\n"\n'
    'torchrun $DIST $DIR/train.py \\\n  --model "$MODEL" --out=out/${MODEL##*/} \\\n  "${ARGS[@]}" $EXTRA "$@" 2>&1 | tee log &\n',
    'if [ "$1" = x ]; then\n  LR=1\nelse\n  LR=2\nfi\nfor s in 1 2; do\n  (cd src && accelerate launch --config_file a.yaml -m pkg.train r.yaml a.b=$s --lr $LR)\ndone > log\n'
    'case $1 in\n a|b) python t.py --x ;;\n *) ;;\nesac\nf() { python t.py "$1"; }\ncat <<EOF | sh\npython x.py\nEOF\neval "$CMD --u `date` $(ls $(pwd)) $((1+2))"\n',
)
_MAKE: Final = (
    "DATA := data/x.json\nFLAGS = --a 1 \\\n  --b\nFLAGS += --c $(EXTRA)\nRUN ?= python -m pkg.train\n.PHONY: train\ntrain: dep\n\t@-cd src && $(RUN) --data $(DATA) \\\n\t  $(FLAGS) --o $@ $$HOME\n"
    "ifeq ($(X),1)\nFLAGS = x\nendif\ndefine D\nx\nendef\na: ; python $(shell ls).py $(call f,${DATA})\n",
)
_SEEDS: Final = (
    *(("a.yaml", text) for text in _YAML),
    ("ds.json", _JSON[0]),
    (".vscode/launch.json", _JSON[1]),
    *(("run.sh", text) for text in _SHELL),
    *(("Makefile", text) for text in _MAKE),
)
_TOKENS: Final = (
    "&a ", "*a", "<<: *a\n", "!!set ", "!x ", "{{ x }}", "{% if %}", "${a}", "${A:-", "$(", "`", "$((", "))", '"', "'", "$'", "\\\n", "<<EOF\n", "EOF\n", "A=(", ")", "A+=", '"$@"', "$A", "${A[@]}",
    "python t.py --x ", "torchrun ", "accelerate launch ", "-m ", "--", "if ", "then ", "else ", "fi\n", "do ", "done\n", "esac\n", ";;", "{ ", "}\n", "f() ", "eval ", "cd x\n", "$(A)", "$$", "\t", "- ",
    ": ", "|\n", ">-\n", "---\n", "...\n", "%YAML 1.1\n", "? ", "[", "]", "{", "}", ",", "//", "/*", "9" * 50, "1:2:3", "\0", "\1", "\ufeff", "\ud800", "=", "#",
)  # fmt: skip
_VALUES: Final = (True, False, None, 0, 1.5, 1e-7, "x", "a b", "it's", '"', "$A", "\n", "", "no", "é")


def launch_recipes(random: Random) -> None:
    """Recipes that were changed: places within the text, values of plain kinds, edits that change one value."""
    path, text = random.choice(_SEEDS)
    text = mutated(random, text, [other for _, other in _SEEDS], _TOKENS)
    try:
        found = read(path, text)
    except RecipeError as error:
        assert 1 <= error.row <= len(LineIndex(text)), (error, text)
        assert "\n" not in error.reason
        return
    for recipe in found:
        entries = _all(recipe.entries)
        for one in (*entries, *recipe.files, *recipe.positionals, *recipe.launcher):
            for place in (one.place, one.key):
                assert 0 <= place.start <= place.end <= len(text), (one, text)
        if entries and random.random() < 0.3:
            _edit(random, recipe, random.choice(entries))


def _all(entries: tuple[Entry, ...]) -> list[Entry]:
    return [one for entry in entries for one in (entry, *_all(entry.children))]


def _edit(random: Random, recipe: Recipe, entry: Entry) -> None:
    value = random.choice(_VALUES)
    made = replaced(recipe, entry, value) if random.random() < 0.6 else added(recipe, entry, "use_cache", value)
    if made is not None:
        text = recipe.text[: made.start] + made.content + recipe.text[made.end :]
        before, after = read(recipe.path, recipe.text), read(recipe.path, text)
        assert len(before) == len(after)
        differing = [old for old, new in zip(before, after, strict=True) if _values(old) != _values(new)]
        assert len(differing) <= 1, (recipe.text, made)


def _values(recipe: Recipe) -> str:
    return repr([(one.name, one.value) for one in recipe.entries])
