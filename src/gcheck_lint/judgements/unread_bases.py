"""What hangs on a file that the base model has or has not, and the command that tells whether it has."""

from __future__ import annotations

import re
import shlex
from typing import Final

from gcheck_lint.story.domain.model_state import BASE_WITHOUT
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict

_FILE: Final = "generation_config.json"
_MADE: Final = "_from_model_config"  # what a file says that was made from a config
_LOCAL: Final = re.compile(r"/|\./|\.\./|~|[A-Za-z]:")
_HUB: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)?")


def question_of_base(subject: Subject, verdict: Verdict) -> str:
    """What tells its reader whether a verdict holds, to be put behind a remedy; empty where it hangs on no file."""
    if not (verdict.outcome.by_base or verdict.needs_fact(BASE_WITHOUT)):
        return ""
    source = subject.model_state.source
    made = verdict.outcome.by_base == _MADE
    asked = "shows it: slow if absent or generated" if made else "shows whether the base has one"
    if _LOCAL.match(source):
        folder = source.rstrip("/")
        command = f"cat {shlex.quote(f'{folder}/{_FILE}')}" if made else f"ls {shlex.quote(folder)}"
        return f"; `{command}` {asked}"
    return f"; `hf download {source if _HUB.fullmatch(source) else 'BASE'} {_FILE}` {asked}"
