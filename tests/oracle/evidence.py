"""docs/evidence.md, made of results.json. `make oracle` writes it after a run, `tools/generate.py` whenever it is out of date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gcheck_lint.rulebook import facts
from gcheck_lint.rulebook.cards import Card

from . import claims, columns, cures, record

PAGE = columns.ROOT / "docs" / "evidence.md"
SIGNS = {
    claims.PROVEN: "**proven**",
    claims.SILENT: "silent",
    claims.ABSENT: "ok",
    claims.OUTSIDE: "–",
    claims.NOT_HERE: "not run",
    claims.EXPLAINED: "explained",
    claims.FAILS: "**FAILS**",
}
OPENING = """# Evidence

Written by `make oracle` from runs of the libraries. Only the last section is written by hand:
[Facts](#facts), from `rules/facts.toml`. Each example of each rule is run unchanged, on tiny random models that
are placed where the script loads the real ones. The run is checked for what the rule claims: the log line, the exception, the
input tokens of each generation step, the text compared with one forward pass in eval mode, the saved `config.json`, the
gradients, the calls to `checkpoint()`.

| sign | meaning |
| --- | --- |
| **proven** | gclint reports a bad example for exactly this version, and the run shows the effect |
| silent | gclint does not report a bad example for this version, and the run shows no effect |
| ok | a fixed or a good example: it runs to the end without the effect |
| – | the version is outside the example's target |
| not run | it cannot be run on this version here; see the notes |
| explained | the run shows the effect, and gclint does not report it; see the notes |
| **FAILS** | the rule and the run disagree |

The harness does not cover GPUs, half precision, quantisation (a quantised load gives plain weights that are marked as
quantised), sampling, and pushing to a hub. Trainings have at most three steps or one short epoch, and generations 24 tokens.
"""


def page(recorded: dict[str, Any]) -> str:
    """The whole page."""
    return "\n".join(
        [
            OPENING,
            *_libraries(recorded),
            *_table(recorded),
            *_effects(recorded),
            *_cures(recorded),
            *_scripts(recorded),
            *_scenarios(recorded),
            *_facts(),
        ]
    )


def write(recorded: dict[str, Any]) -> None:
    PAGE.write_text(page(recorded), encoding="utf-8")


def _libraries(recorded: dict[str, Any]) -> Iterator[str]:
    yield "## Versions\n"
    names = ["torch", "peft", "trl", "accelerate", "datasets"]
    yield _row(["transformers", *names])
    yield _row(["---"] * (len(names) + 1))
    for version, column in recorded.items():
        yield _row([version, *(column["libraries"][name] for name in names)])
    yield ""


def _table(recorded: dict[str, Any]) -> Iterator[str]:
    yield "## Rules\n"
    recorded = {version: column for version, column in recorded.items() if column["examples"]}
    for card in columns.runnable():
        yield f"### {card.code} {card.slug}\n"
        yield f"{record.observed(card.code, recorded).words}\n"
        yield _row(["example", "model", *recorded])
        yield _row(["---"] * (len(recorded) + 2))
        notes: list[str] = []
        for position in range(len(card.fences)):
            name = columns.name_of(card, position)
            cells, stand_ins = [], set()
            for version, column in recorded.items():
                one = column["examples"].get(name)
                cells.append(SIGNS[one["verdict"]] if one else "")
                stand_ins |= set(one["stands_in"]) if one else set()
                if one and one["why"]:
                    notes.append(f"- {name.partition(' ')[2]}, {version}: {one['why']}.")
            yield _row([name.partition(" ")[2], ", ".join(sorted(stand_ins)), *cells])
        yield ""
        if notes:
            yield "\n".join(notes) + "\n"


def _effects(recorded: dict[str, Any]) -> Iterator[str]:
    yield "## Effects\n"
    for card in columns.runnable():
        seen: dict[str, dict[str, list[str]]] = {}
        for version, column in recorded.items():
            for name, one in column["examples"].items():
                if name.startswith(f"{card.code} bad") and one["effect"]:
                    seen.setdefault(one["effect"], {}).setdefault(version, []).append(name.rpartition(" ")[2])
        printed = _printed(card, recorded)
        if not seen and not printed:
            continue
        yield f"### {card.code}\n"
        for effect, versions in seen.items():
            where = "; ".join(f"{version} (bad {', '.join(numbers)})" for version, numbers in versions.items())
            yield f"- {effect}: {where}"
        yield ""
        if printed:
            yield from ["Messages of the rule:\n", *printed, ""]


def _cures(recorded: dict[str, Any]) -> Iterator[str]:
    yield "## Fixes\n"
    yield "The effect of each rule in a run of the bad example, and in a run of the result of `gclint --fix` for exactly this"
    yield "version, with `--unsafe-fixes` if the example needs it. Versions without a report or fix are not listed."
    yield ""
    for card in columns.runnable():
        found: dict[str, dict[tuple[str, str, str], list[str]]] = {}
        for version, column in recorded.items():
            for name, one in column["cures"].items():
                if name.startswith(card.code):
                    told = (one["bad"], one["fixed"], one["fault"])
                    found.setdefault(name.partition(" ")[2], {}).setdefault(told, []).append(version)
        if found:
            yield f"### {card.code}: {cures.MEASURES[card.code].what}\n"
            yield _row(["example", "transformers", "bad", "fixed"])
            yield _row(["---"] * 4)
            for name, seen in found.items():
                for (bad, fixed, fault), versions in seen.items():
                    yield _row([name, ", ".join(versions), bad, f"**{fixed}**: {fault}" if fault else fixed])
            yield ""


def _printed(card: Card, recorded: dict[str, Any]) -> list[str]:
    """The card's messages, and the versions on which its examples printed them."""
    told = []
    for message in card.messages:
        due = [version for version, column in recorded.items() if message.text in column["messages"].get(card.code, {})]
        seen = [version for version in due if recorded[version]["messages"][card.code][message.text]]
        words = f"printed on {', '.join(seen)}" if seen else "printed by none of its examples"
        told.append(f"- ``{message.text}`` ({message.versions}): {words if due else 'no version of it was run'}")
    return told


def _scripts(recorded: dict[str, Any]) -> Iterator[str]:
    yield "## Whole scripts\n"
    how = "unchanged and after `gclint --fix --unsafe-fixes`: train, generate, save, load again, generate"
    yield f"The scripts in `examples/`, {how}.\n"
    for version, column in recorded.items():
        if not column["scripts"]:
            continue
        yield _row(["script", f"as it is, {version}", f"fixed, {version}"])
        yield _row(["---"] * 3)
        for name, both in column["scripts"].items():
            yield _row([f"`{name}`", *("<br>".join(both[how]) or "right" for how in ("as it is", "fixed"))])
        yield ""


def _scenarios(recorded: dict[str, Any]) -> Iterator[str]:
    yield "## Scenarios\n"
    yield "Runs that are not examples; each is a module in `tests/oracle/scenarios/`.\n"
    for name in columns.scenario_names():
        versions = [version for version in recorded if name in recorded[version]["scenarios"]]
        title = (columns.HERE / "scenarios" / f"{name}.py").read_text(encoding="utf-8").partition('"""')[2].partition("\n")[0]
        yield f"### {name}\n"
        yield title.rstrip('"') + "\n"
        keys = list(dict.fromkeys(key for version in versions for key in recorded[version]["scenarios"][name]))
        yield _row(["what", *versions])
        yield _row(["---"] * (len(versions) + 1))
        for key in keys:
            yield _row([key, *(_words(recorded[version]["scenarios"][name].get(key, "")) for version in versions)])
        yield ""


def _facts() -> Iterator[str]:
    known = facts.load()
    yield "## Facts\n"
    yield "Runs that rules cite by an id. They were run once, on more versions than the columns above, not by `make oracle`.\n"
    yield f"{known.about}\n"
    yield _row(["transformers", "with"])
    yield _row(["---"] * 2)
    for version, libraries in known.libraries.items():
        yield _row([version, libraries])
    yield "\nThe other versions were run with the libraries of an adjacent version.\n"
    for fact in known.by_name.values():
        yield f"### {fact.name}\n"
        yield f"{fact.title[0].upper()}{fact.title[1:]}.\n"
        yield f"- Run: {fact.run}"
        yield f"- On: {', '.join(fact.versions)}."
        yield from (f"- Seen: {one}" for one in fact.seen)
        cited = [card.code for card in columns.runnable() if fact.name in card.facts]
        yield f"- Cited by: {', '.join(cited) or 'no rule'}.\n"


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_words(one)}" for key, one in value.items())
    return json.dumps(value)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
