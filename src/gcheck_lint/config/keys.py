"""The keys of `[tool.gclint]`: names, kinds, defaults, and what `gclint config KEY` says about each."""

from __future__ import annotations

from typing import Final

from gcheck_lint.records import dataclass

ALL: Final = "ALL"
SEVERITIES: Final = ("info", "warning", "error")
FORMATS: Final = (
    "full",
    "concise",
    "grouped",
    "json",
    "json-lines",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "azure",
    "pylint",
    "rdjson",
    "rdjsonl",
    "html",
)
DEFAULT_EXCLUDE: Final = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pypackages__",
    "_build",
    "buck-out",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)

DEFAULT_INCLUDE: Final = ("*.py", "*.pyi", "*.ipynb")
MOST_JOBS: Final = 1_000

_READ: Final = "Not set: as the nearest dependency files ask for (pyproject.toml, requirements.txt, locks, …)"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the settings file: how its value is read, and what `gclint config KEY` says about it."""

    name: str
    kind: str  # selectors, patterns, ignores, flag, choice, seconds, count, specifier, version, folder, path
    default: object
    text: str
    example: str
    choices: tuple[str, ...] = ()


KEYS: Final = {
    key.name: key
    for key in (
        Key(
            "select",
            "selectors",
            [ALL],
            "The rules that are on: codes, beginnings of codes, names, or `ALL`.",
            '["GCK1", "cache-off-saved"]',
        ),
        Key(
            "ignore",
            "selectors",
            [],
            "The rules that are off. The more exact selector wins over `select`.",
            '["GCK103"]',
        ),
        Key("extend-select", "selectors", [], "Rules that are on besides those of `select`.", '["GCK203"]'),
        Key(
            "per-file-ignores",
            "ignores",
            {},
            "Rules that are off in the files that a pattern names.",
            '{ "tests/*" = ["GCK2"] }',
        ),
        Key("fixable", "selectors", [ALL], "The rules whose fixes `--fix` may apply.", '["GCK1"]'),
        Key("unfixable", "selectors", [], "The rules whose fixes are left out.", '["GCK201"]'),
        Key(
            "include",
            "patterns",
            list(DEFAULT_INCLUDE),
            "The scripts and notebooks that are looked for in folders. What is named on the command line is linted in any case.",
            '["src/*.py", "train_*.py"]',
        ),
        Key(
            "exclude",
            "patterns",
            list(DEFAULT_EXCLUDE),
            "Files and folders that are not linted.",
            '[".venv", "third_party/*"]',
        ),
        Key(
            "extend-exclude",
            "patterns",
            [],
            "Files and folders that are not linted, besides `exclude`.",
            '["vendored"]',
        ),
        Key("force-exclude", "flag", False, "Exclude also what is named on the command line.", "true"),
        Key("respect-gitignore", "flag", True, "Leave out what git ignores.", "false"),
        Key("possible", "flag", False, "Show what may happen besides what surely does.", "true"),
        Key("test-code", "flag", False, "Judge tests like any other code; else what is found there is only possible.", "true"),
        Key("ignore-noqa", "flag", False, "Report also what comments in the files silence.", "true"),
        Key(
            "min-severity",
            "choice",
            "warning",
            "The lowest severity that is shown to people, counts for the exit code and is fixed. Formats for programs carry all.",
            '"info"',
            SEVERITIES,
        ),
        Key("fail-on", "choice", "info", "The lowest severity shown that makes the exit code 1.", '"error"', SEVERITIES),
        Key("timeout", "seconds", 120, "The seconds that one file may take; then it is not followed, and said so. 0: any.", "30"),
        Key("fix", "flag", False, "Apply safe fixes in each run, as `--fix` does.", "true"),
        Key("unsafe-fixes", "flag", False, "Let `--fix` apply unsafe fixes too.", "true"),
        Key("output-format", "choice", "full", "How findings are written.", '"concise"', FORMATS),
        Key(
            "target-transformers",
            "specifier",
            None,
            f"The versions of transformers that the scripts run on. {_READ}; `>=4.25` if it asks for none.",
            '">=4.46,<5"',
        ),
        Key("target-trl", "specifier", None, f"The versions of trl that the scripts run on. {_READ}.", '">=0.12"'),
        Key("target-peft", "specifier", None, f"The versions of peft that the scripts run on. {_READ}.", '">=0.14"'),
        Key("target-torch", "specifier", None, f"The versions of torch that the scripts run on. {_READ}.", '">=2.4"'),
        Key("target-lightning", "specifier", None, f"The versions of Lightning that the scripts run on. {_READ}.", '">=2.2"'),
        Key("target-diffusers", "specifier", None, f"The versions of diffusers that the scripts run on. {_READ}.", '">=0.32"'),
        Key("jobs", "count", None, "Processes at most, and never more than there are cores. Not set: as many as pay.", "2"),
        Key(
            "cache-dir",
            "folder",
            None,
            "Where the cache is: below a project's settings file, or anywhere for your own. Not set: your own cache folder.",
            '".gclint_cache"',
        ),
        Key(
            "required-version",
            "version",
            None,
            "The versions of gclint that these settings are for; another one ends with an error.",
            '">=0.1"',
        ),
        Key("extend", "path", None, "Another settings file to build on.", '"../gclint.toml"'),
    )
}
