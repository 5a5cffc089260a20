"""Where a script takes its options from, as its story says, so that recipes can be held against it."""

from __future__ import annotations

from typing import Final

from gcheck_lint.records import dataclass

COMMAND: Final = "command"  # argparse, click, typer, fire: a command line alone gives them
DATACLASSES: Final = "dataclasses"  # HfArgumentParser and its kin: a command line, or a file
DOCUMENT: Final = "document"  # `yaml.safe_load(…)`, `OmegaConf.load(…)`
HYDRA: Final = "hydra"  # `@hydra.main(config_path=…, config_name=…)`


@dataclass(frozen=True, slots=True)
class OptionSource:
    """One of them. `form`: one of the four above.

    `names`: of the options, or the keys that are read, as far as they are known; `classes`: dotted names of library classes whose
    fields are options too. `path`: the file of settings, where the script says which; of Hydra the folder of the configurations,
    and `name` the one that counts where the command line names no other. `of_file`: a parser that reads files, too.
    """

    form: str
    names: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    path: str = ""
    name: str = ""
    of_file: bool = False


@dataclass(frozen=True, slots=True)
class Asks:
    """What a script asks of whoever starts it. `in_play`: the words of the options on which something hangs."""

    sources: tuple[OptionSource, ...]
    in_play: tuple[str, ...]
