#!/usr/bin/env python3
"""Writes all that is generated and committed: `python tools/generate.py`.

| file | out of | by |
| --- | --- | --- |
| README.md, the table of rules | the cards | tools/rule_table.py |
| src/gcheck_lint/prefilter/words.py | cards, checks, knowledge | tools/words.py |
| src/gcheck_lint/config/releases.py | knowledge | tools/releases_table.py |
| src/gcheck_lint/config/schema.json | the keys of the settings | tools/settings_schema.py |
| rules/observed.json | tests/oracle/results.json | tests/oracle/record.py |
| docs/evidence.md | tests/oracle/results.json | tests/oracle/evidence.py |
| docs/frameworks.md, the table | knowledge | tools/framework_table.py |
| docs/logs.md, the table | the cards | tools/message_table.py |
| docs/story-limits.md, the tables | story/domain/limits.py | tools/limits_table.py |
| docs/tutorial.md, what its commands print | the commands | tools/website/tutorial.py |
| docs/images/finding.svg | the script of the tutorial | tools/finding_picture.py |
| docs/images/story-light.svg, story-dark.svg | the script of the tutorial | tools/story_picture.py |
| editors/vscode: LICENSE, the example and pictures in media/ | LICENSE, docs/tutorial.md | tools/extension_files.py |
| editors/vscode/package.json, the settings that are keys | the keys of the settings | tools/extension_settings.py |
| public addresses, in all places | address.toml | tools/addresses.py |

With `--check` nothing is written: the files that are out of date are named, and the exit code is 1 if there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools" / "website")]  # tests.oracle, tutorial

import addresses
import extension_files
import extension_settings
import finding_picture
import framework_table
import limits_table
import message_table
import releases_table
import rule_table
import settings_schema
import story_picture
import tutorial
import words

from tests.oracle import evidence, record

# each file, and what it has to say, given what it says now
GENERATED: dict[str, Callable[[str], str]] = {
    "README.md": rule_table.rewritten,
    "src/gcheck_lint/prefilter/words.py": lambda _: words.written(),
    "src/gcheck_lint/config/releases.py": lambda _: releases_table.written(),
    "src/gcheck_lint/config/schema.json": lambda _: settings_schema.written(),
    "rules/observed.json": lambda _: record.shipped(record.read()),
    "docs/evidence.md": lambda _: evidence.page(record.read()),
    "docs/frameworks.md": framework_table.rewritten,
    "docs/logs.md": message_table.rewritten,
    "docs/story-limits.md": limits_table.rewritten,
    "docs/tutorial.md": tutorial.rewritten,
    "docs/images/finding.svg": finding_picture.written,
    "docs/images/story-light.svg": story_picture.light,
    "docs/images/story-dark.svg": story_picture.dark,
    **extension_files.FILES,
    "editors/vscode/package.json": extension_settings.rewritten,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that are out of date")
    check = parser.parse_args().check
    stale = 0
    for name, written in (*GENERATED.items(), *addresses.PLACES.items()):
        path = ROOT / name
        now = path.read_text(encoding="utf-8") if path.is_file() else ""
        text = written(now)
        if text != now:
            stale += 1
            print(f"{name} is out of date" if check else f"{name} is written")
            if not check:
                path.write_text(text, encoding="utf-8")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
