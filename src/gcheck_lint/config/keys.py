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

_READ: Final = "Default: what the nearest dependency files require (pyproject.toml, requirements.txt, lock files, …)"


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
            "The enabled rules: codes, prefixes of codes, names, or `ALL`.",
            '["GCK1", "cache-off-saved"]',
        ),
        Key(
            "ignore",
            "selectors",
            [],
            "The disabled rules. The more specific selector overrides `select`.",
            '["GCK103"]',
        ),
        Key("extend-select", "selectors", [], "Rules to enable in addition to `select`.", '["GCK203"]'),
        Key(
            "per-file-ignores",
            "ignores",
            {},
            "Rules to disable in the files that match a pattern.",
            '{ "tests/*" = ["GCK2"] }',
        ),
        Key("fixable", "selectors", [ALL], "The rules whose fixes `--fix` may apply.", '["GCK1"]'),
        Key("unfixable", "selectors", [], "The rules whose fixes `--fix` never applies.", '["GCK201"]'),
        Key(
            "include",
            "patterns",
            list(DEFAULT_INCLUDE),
            "The scripts and notebooks to find in folders. Paths on the command line are always linted.",
            '["src/*.py", "train_*.py"]',
        ),
        Key(
            "exclude",
            "patterns",
            list(DEFAULT_EXCLUDE),
            "Files and folders to exclude.",
            '[".venv", "third_party/*"]',
        ),
        Key(
            "extend-exclude",
            "patterns",
            [],
            "Files and folders to exclude in addition to `exclude`.",
            '["vendored"]',
        ),
        Key("force-exclude", "flag", False, "Exclude paths even if they are given on the command line.", "true"),
        Key("respect-gitignore", "flag", True, "Exclude what git ignores.", "false"),
        Key("possible", "flag", False, "Also show possible findings, not only sure ones.", "true"),
        Key("test-code", "flag", False, "Check test code like any other code. Otherwise its findings are only possible.", "true"),
        Key("ignore-noqa", "flag", False, "Also report findings that comments suppress.", "true"),
        Key(
            "min-severity",
            "choice",
            "warning",
            "The lowest severity to show, count for the exit code and fix. Machine-readable formats contain all findings.",
            '"info"',
            SEVERITIES,
        ),
        Key("fail-on", "choice", "info", "The lowest shown severity that sets exit code 1.", '"error"', SEVERITIES),
        Key(
            "timeout",
            "seconds",
            120,
            "The time limit per file in seconds. A file that exceeds it is skipped with a warning. 0: no limit.",
            "30",
        ),
        Key("fix", "flag", False, "Apply safe fixes in every run, like `--fix`.", "true"),
        Key("unsafe-fixes", "flag", False, "Let `--fix` also apply unsafe fixes.", "true"),
        Key("output-format", "choice", "full", "The output format for findings.", '"concise"', FORMATS),
        Key(
            "target-transformers",
            "specifier",
            None,
            f"The versions of transformers that the scripts run on. {_READ}; `>=4.25` if they require nothing.",
            '">=4.46,<5"',
        ),
        Key("target-trl", "specifier", None, f"The versions of trl that the scripts run on. {_READ}.", '">=0.12"'),
        Key("target-peft", "specifier", None, f"The versions of peft that the scripts run on. {_READ}.", '">=0.14"'),
        Key("target-torch", "specifier", None, f"The versions of torch that the scripts run on. {_READ}.", '">=2.4"'),
        Key("target-lightning", "specifier", None, f"The versions of Lightning that the scripts run on. {_READ}.", '">=2.2"'),
        Key("target-diffusers", "specifier", None, f"The versions of diffusers that the scripts run on. {_READ}.", '">=0.32"'),
        Key("jobs", "count", None, "The maximum number of processes, at most one per core. Default: chosen by workload.", "2"),
        Key(
            "cache-dir",
            "folder",
            None,
            "The cache folder. In a project's settings file it must be inside the project. Default: the user's cache folder.",
            '".gclint_cache"',
        ),
        Key(
            "required-version",
            "version",
            None,
            "The versions of gclint that may use these settings; any other version exits with an error.",
            '">=0.1"',
        ),
        Key("extend", "path", None, "Another settings file to inherit from.", '"../gclint.toml"'),
    )
}
