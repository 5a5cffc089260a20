"""`gclint completion SHELL`: what a shell needs to complete the command, its files, rules and keys."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, get_completion_class, split_arg_string

from gcheck_lint.cli.terminal import hand_over
from gcheck_lint.config.keys import KEYS
from gcheck_lint.errors import UsageError
from gcheck_lint.rulebook import cards

VARIABLE = "_GCLINT_COMPLETE"
_SHELLS = ("bash", "zsh", "fish", "powershell")
# PowerShell gives the words before the cursor, and takes an answer of none for leave to offer files
_POWERSHELL: Final = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $command, $cursor)
    $line = $command.Extent.Text
    $before = [Math]::Min([Math]::Max($cursor - $command.Extent.StartOffset, 0), $line.Length)
    $env:%(complete_var)s = "powershell_complete"
    $env:COMP_WORDS = $line.Substring(0, $before)
    $env:COMP_WORD = $word
    try {
        & %(prog_name)s | Where-Object { $_ } | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
        }
    } finally {
        Remove-Item "Env:%(complete_var)s", "Env:COMP_WORDS", "Env:COMP_WORD" -ErrorAction SilentlyContinue
    }
}
"""


class PowerShell(ShellComplete):
    """Completion in PowerShell, of which click knows nothing."""

    name = "powershell"
    source_template = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is typed, and that."""
        words = split_arg_string(os.environ.get("COMP_WORDS", ""))[1:]
        incomplete = os.environ.get("COMP_WORD", "").strip("'\"")
        if incomplete and words and words[-1] == incomplete:
            words.pop()
        return words, incomplete

    def complete(self) -> str:
        """A line for each that is offered; files are offered by PowerShell itself."""
        items = self.get_completions(*self.get_completion_args())
        return "\n".join(self.format_completion(item) for item in items if item.type == "plain")

    def format_completion(self, item: CompletionItem) -> str:
        """What is offered, and behind a tab what it is."""
        return f"{item.value}\t{' '.join(item.help.split())}" if item.help else str(item.value)


add_completion_class(PowerShell)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print a completion script for a shell to source."""
    parent = click.get_current_context().parent
    made = get_completion_class(shell)
    if parent is None or made is None:  # click knows three of them, and was told of the last one above
        raise UsageError(f"no completion for {shell}")
    hand_over(made(parent.command, {}, "gclint", VARIABLE).source() + "\n")


def first_word(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """A path, or as the first word a sub-command.

    bash takes the paths where there are both, since they come last and it forgets what came before a request for files.
    """
    words: list[CompletionItem] = []
    group = ctx.parent.command if ctx.parent is not None else None
    if not ctx.params.get("paths") and isinstance(group, click.Group):
        words = [
            CompletionItem(name, help=command.get_short_help_str())
            for name in group.list_commands(ctx)
            if incomplete and name.startswith(incomplete) and (command := group.get_command(ctx, name)) is not None
        ]
    return [*words, CompletionItem(incomplete, type="file")] if not words or _leads_on(incomplete) else words


def rule_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes and names of rules."""
    known = cards.load().values()
    by_code = [CompletionItem(card.code, help=card.slug) for card in known if card.code.startswith(incomplete.upper())]
    by_name = [CompletionItem(card.slug, help=card.code) for card in known if card.slug.startswith(incomplete.lower())]
    return [*by_code, *by_name] if incomplete else by_code


def keys(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Keys of the settings, or a path."""
    named = [CompletionItem(key.name, help=key.text) for key in KEYS.values() if key.name.startswith(incomplete)]
    return named or [CompletionItem(incomplete, type="file")]


def _leads_on(incomplete: str) -> bool:
    folder, _, begun = incomplete.rpartition("/")
    try:
        return any(place.name.startswith(begun) for place in Path(folder or ".").iterdir())
    except OSError:
        return False
