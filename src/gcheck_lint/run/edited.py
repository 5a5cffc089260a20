"""What comes about when somebody edits a constant that leaves out a part of the script: possible, as the script is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gcheck_lint import checks
from gcheck_lint.checks import Check, Finding
from gcheck_lint.findings.diagnostics import Certainty
from gcheck_lint.story import Story, TooComplex


def possible_findings(edited: Story, constants: frozenset[str]) -> Iterator[tuple[Check, Finding]]:
    """What is sure in the story of the edited script by what the constants say there. A fix would go by what is not written."""
    for check in checks.registry().values():
        edited.make_room()
        try:
            found = list(check.run(edited))
        except TooComplex:
            continue  # of what is only possible anyhow nothing is said
        for finding in found:
            hangs_on_it = any(f"`{name}`" in finding.condition for name in constants)
            if finding.certainty is Certainty.SURE and hangs_on_it:
                yield check, replace(finding, certainty=Certainty.POSSIBLE, fix=None)
