"""SARIF 2.1.0 for code scanning: rules out of the cards, every place linked, the story as a code flow, fixes.

Our fingerprint has a key of its own. `primaryLocationLineHash` is left out: GitHub computes it while it uploads, and
complains about one that it did not compute itself.
"""

from __future__ import annotations

import re
from typing import Any, Final

from gcheck_lint import __version__
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Related, Safety, Severity
from gcheck_lint.findings.fingerprints import KEY
from gcheck_lint.report import explained, jsons
from gcheck_lint.report.findings import Findings, Place, notes, remedy
from gcheck_lint.rulebook import cards, pages
from gcheck_lint.rulebook.cards import Card
from gcheck_lint.text.spans import LineIndex, Span

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEM: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_LIMIT: Final = 1024  # of GitHub, for descriptions
_HELP: Final = ("Why", "Versions", "Examples", "What does not help", "When to ignore", "Evidence")


def sarif(findings: Findings) -> str:
    """One log with one run."""
    known = list(cards.load().values())
    index = {card.code: number for number, card in enumerate(known)}
    prints = findings.fingerprints()
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "gclint",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(card) for card in known],
            }
        },
        "automationDetails": {"id": "gclint/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(findings)],
        "results": [
            _result(diagnostic, index, mark, findings) for diagnostic, mark in zip(findings.diagnostics, prints, strict=True)
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return jsons.dumps(log, indent=2) + "\n"


def _invocation(findings: Findings) -> dict[str, Any]:
    told: dict[str, Any] = {"executionSuccessful": not findings.broken}
    said: list[dict[str, Any]] = [{"level": "error", "message": {"text": text}} for text in findings.broken]
    for level, files, text in (("warning", findings.skipped, "{} is not checked: {}"), ("note", findings.unseen, "{}: {}")):
        for path, why in files.items():
            place = {"physicalLocation": {"artifactLocation": _artifact(path, findings)}}
            said.append({"level": level, "message": {"text": text.format(path, why)}, "locations": [place]})
    if said:
        told["toolExecutionNotifications"] = said
    return told


def _rule(card: Card) -> dict[str, Any]:
    why = _plain(card.sections["Why"])
    fix = "\n\n".join(part for part in (card.remedy, explained.fix_words(card), explained.change(card)) if part)
    told_of = (
        f"`gclint rule {card.code}` prints the same text; `gclint story FILE` shows how it comes about in a script, line by line."
    )
    sections = [("How to fix it", fix)]
    sections += [(heading, explained.section(card, heading)) for heading in _HELP if heading in card.sections]
    sections.append(("On a command line", told_of))
    body = "\n\n".join(f"## {heading}\n\n{text}" for heading, text in sections)
    told: dict[str, Any] = {
        "id": card.code,
        "name": card.slug,
        "shortDescription": {"text": _cut(card.sentence)},
        "fullDescription": {"text": _cut(f"{card.sentence} {why}")},
        "help": {
            "text": "\n\n".join((card.sentence, *(f"{heading}\n\n{text}" for heading, text in sections))),
            "markdown": f"# {card.code} {card.slug}\n\n{card.sentence}\n\n{body}",
        },
        "defaultConfiguration": {"level": _LEVEL[card.severity]},
        "properties": {
            "precision": "high",
            "problem.severity": _PROBLEM[card.severity],
            "tags": ["correctness", "gradient-checkpointing", "kv-cache"],
        },
    }
    page = pages.public(card.code)  # what is read elsewhere leads to no file of this machine; the help holds the whole card
    return {**told, "helpUri": page} if page else told


def _plain(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str) -> str:
    """At most as long as GitHub takes, and whole sentences."""
    if len(text) <= _LIMIT:
        return text
    kept = text[:_LIMIT]
    end = kept.rfind(". ")  # a colon or a semicolon may stand in code
    return kept[: end + 1] if end > 0 else kept[: _LIMIT - 1] + "…"


def _result(diagnostic: Diagnostic, index: dict[str, int], mark: str, findings: Findings) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "level": _LEVEL[diagnostic.severity],
        "message": {"text": _message(diagnostic)},
        "locations": [_location(diagnostic.path, findings.place(diagnostic.path, diagnostic.span, diagnostic.cell), findings)],
        "partialFingerprints": {KEY: mark},
    }
    if diagnostic.code in index:
        result["ruleIndex"] = index[diagnostic.code]
    if diagnostic.related:
        result["relatedLocations"] = [
            {"id": number, **_related(related, findings)} for number, related in enumerate(diagnostic.related, start=1)
        ]
        steps = [{"location": _related(step, findings)} for step in _in_order(diagnostic)]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    fix = diagnostic.fix and _fix(diagnostic.fix, findings)
    if fix:
        result["fixes"] = [fix]
    if diagnostic.certainty is Certainty.POSSIBLE:
        result["properties"] = {"certainty": str(diagnostic.certainty)}
    return result


def _message(diagnostic: Diagnostic) -> str:
    """The message as the first sentence, which is the title, and the other places as links."""
    text = _sentence(_unlinked(diagnostic.message))
    for note in (*notes(diagnostic), remedy(diagnostic)):
        text += f" {_sentence(_unlinked(note))}" if note else ""
    if diagnostic.related:
        links = (f"[{_linked(related.message)}]({number})" for number, related in enumerate(diagnostic.related, start=1))
        text += f" See: {', '.join(links)}."
    return text


def _unlinked(text: str) -> str:
    """A text in which no source is taken for a link."""
    return text.replace("](", "] (")


def _linked(text: str) -> str:
    return re.sub(r"([\\\[\]])", r"\\\1", text)


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _in_order(diagnostic: Diagnostic) -> list[Related]:
    """The places in the order of the story: the finding stands before the first one below it in its own file."""
    own = Related(diagnostic.label or diagnostic.message, diagnostic.path, diagnostic.span, diagnostic.cell)
    steps = list(diagnostic.related)

    def is_later(step: Related) -> bool:
        return step.path == own.path and (step.cell or 0, step.span) > (own.cell or 0, own.span)

    at = next((number for number, step in enumerate(steps) if is_later(step)), len(steps))
    return [*steps[:at], own, *steps[at:]]


def _related(related: Related, findings: Findings) -> dict[str, Any]:
    place = findings.place(related.path, related.span, related.cell)
    return {**_location(related.path, place, findings), "message": {"text": related.message}}


def _location(path: str, place: Place, findings: Findings) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(path, findings), "region": _region(place)}}


def _artifact(path: str, findings: Findings) -> dict[str, str]:
    uri = findings.uri(path)
    return {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": _ROOT}


def _region(place: Place) -> dict[str, int]:
    if place.column is None or place.end_column is None:
        return {"startLine": place.row, "endLine": place.end_row}
    return {
        "startLine": place.row,
        "startColumn": place.column,
        "endLine": place.end_row,
        "endColumn": place.end_column,
    }


def _fix(fix: Fix, findings: Findings) -> dict[str, Any] | None:
    """A fix as replacements; None for advice, and where the text (or the place in a notebook's JSON) is not known."""
    paths = list(dict.fromkeys(edit.path for edit in fix.edits))
    if (
        fix.safety is Safety.DISPLAY
        or not paths
        or any(path not in findings.sources or findings.is_notebook(path) for path in paths)
    ):
        return None
    changes = []
    for path in paths:
        lines = LineIndex(findings.sources[path].text)
        replacements = []
        for edit in sorted(edit for edit in fix.edits if edit.path == path):
            span: Span = lines.span(edit.start, edit.end)
            replacements.append({"deletedRegion": _region(findings.place(path, span)), "insertedContent": {"text": edit.content}})
        changes.append({"artifactLocation": _artifact(path, findings), "replacements": replacements})
    title = fix.title if fix.safety is Safety.SAFE else f"{fix.title} (unsafe: review the result)"
    return {"description": {"text": title}, "artifactChanges": changes}
