"""The rounds of fixes on one file, until nothing changes, and the fixes that are taken back.

A round takes the fixes in order of place, leaves out those that touch what another has taken or share a group with it,
and checks the new text. A text that no longer parses, a finding that is still there, or a new error puts the round in
doubt: then its fixes are tried one by one, and the guilty one is taken back for good. What a fix uncovers (turning the
cache off calls for a restore before the save) is the next round's work.

No fix may take away what another has written, or write its own lines a second time (`trail`). And the rounds end, whatever
the rules are: a place of the text as it was is due as many fixes of a rule as the rule had findings there when it first had
any. Places and rules are finitely many, and each round takes something off what is due. Where something sure is left then
that was not there before, the fix that brought it up is taken back as well, unless what is new is less grave than what was
fixed: the file is begun again without it, one fix in a round. Each beginning has one fix less, so that ends, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Severity
from gcheck_lint.fixing.bench import Bench
from gcheck_lint.fixing.selection import is_applicable
from gcheck_lint.fixing.trail import Trail
from gcheck_lint.records import dataclass
from gcheck_lint.run.pipeline import SYNTAX_ERROR, UNREADABLE, FileReport
from gcheck_lint.text.notebook import RefusedError
from gcheck_lint.text.source import UnreadableError
from gcheck_lint.text.spans import Edit, LineIndex

_Mark = tuple[str, str, str]  # what a fix is known by when its place has moved: code, title, the text of its statement
_Place = tuple[str, int]  # a code, and where it was found, by the text as it was
_Refused = dict[_Mark, tuple[_Place, str]]  # fixes that are not used: whose, and why
_OF_FILES = "GCK0"  # codes about files and comments, not about what a script does


@dataclass(frozen=True, slots=True)
class Reverted:
    """A fix that was taken back, and why."""

    diagnostic: Diagnostic
    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one file: the findings whose fixes were applied, those of the text as it was that are gone, and those
    whose fixes were taken back.
    """

    applied: list[Diagnostic]
    gone: list[Diagnostic]
    reverted: list[Reverted]


def settle(path: str, bench: Bench, unsafe: bool) -> Settled:
    """Fixes one file until no fix is left."""
    start = bench.keep()
    guilty: _Refused = {}
    rounds = _Rounds(path, bench, unsafe, guilty)
    rounds.run()
    tries = 0
    while rounds.left():
        more = rounds.guilty() if tries else {}
        bench.restore(start)
        if tries and more.keys() <= guilty.keys():  # nobody is to blame: then nothing is written
            return Settled([], [], list(rounds.taken_back()))
        guilty, tries = guilty | more, tries + 1
        rounds = _Rounds(path, bench, unsafe, guilty)
        rounds.run(at_once=1)
    return Settled(rounds.applied, rounds.gone(), list(rounds.taken_back()))


class _Rounds:
    """One try: the rounds on a file from the text as it was, without the fixes that are known to do harm."""

    def __init__(self, path: str, bench: Bench, unsafe: bool, refused: _Refused) -> None:
        self.path = path
        self.bench = bench
        self.unsafe = unsafe
        self.refused = dict(refused)
        self.applied: list[Diagnostic] = []
        self.trail = Trail(path)
        self._start = [(self._place(one), one) for one in self._found()]
        self._first = dict(self._start)
        # what a repair at the first place of a fault would have cured is not new where it is found by itself
        self._before = {place for one in self._found() for place in self._places(one)}
        self._brought: dict[_Place, _Refused] = {}
        self._due = Counter(self._place(one) for one in self._found())  # how many fixes a place is still due
        self._gravity: dict[_Place, Severity] = {}  # how grave the least of what was fixed was when it came up

    def run(self, at_once: int | None = None) -> None:
        """Rounds, until no fix is left that may be used."""
        while True:
            mine = (one for one in self._found() if is_applicable(one, self.unsafe) and self._mark(one) not in self.refused)
            chosen = list(_choose(list(mine)))[:at_once]
            if not chosen:
                return
            self._round(chosen)

    def left(self) -> list[Diagnostic]:
        """What is surely found now and was not before any fix, and is as grave as what was fixed, or the same again."""
        new = ((place, one) for place, one in self._sure().items() if place not in self._before)
        fixed = {one.code for one in self.applied}
        return [one for place, one in new if one.code in fixed or one.severity >= self._gravity.get(place, one.severity)]

    def gone(self) -> list[Diagnostic]:
        """What was found in the text as it was, and is not any more: by its own fix, or by that of another."""
        left = Counter(self._place(one) for one in self._found())
        gone: list[Diagnostic] = []
        for place, one in self._start:
            if left[place]:
                left[place] -= 1
            else:
                gone.append(one)
        return gone

    def guilty(self) -> _Refused:
        """The fixes that have brought up what is left."""
        found: _Refused = {}
        for new in self.left():
            taken = self._mark(new) in self.refused
            reason = f"it causes {new.code}, {'whose own fix was reverted' if taken else 'which has no fix'}"
            found |= {mark: (place, reason) for mark, (place, _) in self._brought.get(self._place(new), {}).items()}
        return found

    def taken_back(self) -> Iterator[Reverted]:
        """The fixes that were refused, of what was found in the text as it was; others nobody has seen."""
        for place, reason in self.refused.values():
            if place in self._first:
                yield Reverted(self._first[place], reason)

    def _round(self, chosen: list[Diagnostic]) -> None:
        """Applies fixes, or the first of them that does no harm by itself."""
        reason, trial = self._try(chosen)
        if reason:
            for diagnostic in chosen:
                reason, trial = self._try([diagnostic])
                if not reason:
                    chosen = [diagnostic]
                    break
                self.refused[self._mark(diagnostic)] = self._place(diagnostic), reason
            else:
                return
        sure, marks = self._sure(), {self._mark(one): (self._place(one), "") for one in chosen}
        self._due.subtract(self._place(one) for one in chosen)
        self.trail.follow((one.code, edit) for one in chosen if one.fix is not None for edit in one.fix.edits)
        self.bench.accept(trial)
        self.applied += chosen
        for place, count in Counter(self._place(one) for one in self._found()).items():
            self._due.setdefault(place, count)
        now = self._sure()
        self._before -= sure.keys() - now.keys()  # who brings it back has brought it up
        self._brought |= dict.fromkeys(now.keys() - sure.keys(), marks)
        self._gravity |= dict.fromkeys(now.keys() - sure.keys(), min(one.severity for one in chosen))

    def _try(self, chosen: Sequence[Diagnostic]) -> tuple[str, dict[str, FileReport]]:
        """Applies fixes on trial. Gives the reason for doubt (empty: none), and the new reports."""
        if any(count > self._due[place] for place, count in Counter(self._place(one) for one in chosen).items()):
            return "it was applied before, and the finding is back", {}
        for one in chosen:
            edits = one.fix.edits if one.fix is not None else ()
            if author := self.trail.undoes(edits):
                return f"it would undo the fix of {author}", {}
            if self.trail.repeats(one.code, edits):
                return "it would be applied again and again", {}
        fixes = [diagnostic.fix for diagnostic in chosen if diagnostic.fix is not None]
        try:
            trial = self.bench.attempt(fixes)
        except RefusedError as error:
            return str(error), {}
        except UnicodeEncodeError as error:
            return f"the file's encoding ({error.encoding}) has no {error.object[error.start]!r}", {}
        except UnreadableError as error:
            return str(error), {}
        for other, report in trial.items():
            reason = _doubt(self.bench.reports.get(other), report)
            if reason:
                return reason, trial
        after = trial.get(self.path)
        if after is not None and _is_still_there(chosen, fixes, self.bench, self.path, after):
            return "the finding remains after it", trial
        return "", trial

    def _found(self) -> Sequence[Diagnostic]:
        return self.bench.reports[self.path].diagnostics

    def _sure(self) -> dict[_Place, Diagnostic]:
        """What is surely found now, of what a script does."""
        sure = (one for one in self._found() if one.certainty is Certainty.SURE and not one.code.startswith(_OF_FILES))
        return {self._place(one): one for one in sure}

    def _place(self, diagnostic: Diagnostic) -> _Place:
        return self._places(diagnostic)[0]

    def _places(self, diagnostic: Diagnostic) -> list[_Place]:
        """Where it is, by the text as it was: its own place first, then those that are named beside it."""
        lines = LineIndex(self.bench.sources[self.path].text)
        spans = [diagnostic.span, *(one.span for one in diagnostic.related if one.path == self.path)]
        return [(diagnostic.code, self.trail.origin(lines.offset(span.start))) for span in spans]

    def _mark(self, diagnostic: Diagnostic) -> _Mark:
        return _mark(diagnostic, self.bench)


def _choose(candidates: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Those that can be applied together: no overlap, no two of a group, each edit once."""
    taken: list[Edit] = []
    groups: set[str] = set()
    # a line that is put right may make a new one needless
    for diagnostic in sorted(candidates, key=_adds_statements):
        chosen = diagnostic.fix
        if chosen is None or not chosen.edits or (chosen.group and chosen.group in groups):
            continue
        if any(_touches(edit, other) for edit in chosen.edits for other in taken):
            continue
        taken.extend(chosen.edits)
        groups.add(chosen.group)
        yield diagnostic


def _adds_statements(diagnostic: Diagnostic) -> bool:
    return diagnostic.fix is not None and any(set(edit.content) & set(";\r\n") for edit in diagnostic.fix.edits)


def _touches(one: Edit, other: Edit) -> bool:
    if one.path != other.path:
        return False
    # two insertions at one place would stand in no certain order
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def _doubt(before: FileReport | None, after: FileReport) -> str:
    if after.skipped:
        return f"the fixed text cannot be checked: {after.skipped}"
    for diagnostic in after.diagnostics:
        if diagnostic.code in {SYNTAX_ERROR, UNREADABLE}:
            return f"the fixed text does not parse: {diagnostic.message}"
    if len(after.failures) > (len(before.failures) if before else 0):
        return f"{after.failures[-1].rule} fails on the fixed text"
    if before is not None and _errors(after) > _errors(before):
        return "it causes a new error"
    return ""


def _errors(report: FileReport) -> int:
    return sum(d.severity is Severity.ERROR and d.certainty is Certainty.SURE for d in report.diagnostics)


def _is_still_there(chosen: Sequence[Diagnostic], fixes: Sequence[Fix], bench: Bench, path: str, after: FileReport) -> bool:
    """Whether a statement has as many findings of a code as before, though some were fixed."""
    lines = LineIndex(bench.sources[path].text)
    edits = sorted(edit for one in fixes for edit in one.edits if edit.path == path)

    def place(diagnostic: Diagnostic) -> tuple[str, int]:
        return diagnostic.code, _moved(lines.offset(diagnostic.statement.start), edits)

    now_lines = LineIndex(after.source.text if after.source else "")
    now = Counter((d.code, now_lines.offset(d.statement.start)) for d in after.diagnostics)
    was = Counter(place(diagnostic) for diagnostic in bench.reports[path].diagnostics)
    fixed = Counter(place(diagnostic) for diagnostic in chosen)
    return any(now[key] > was[key] - count for key, count in fixed.items())


def _moved(offset: int, edits: Sequence[Edit]) -> int:
    """Where an offset of the old text is in the new one."""
    shift = 0
    for edit in edits:
        if edit.end > offset:
            # within the edit: what was inserted stands before, what was replaced begins at its start
            return min(offset, edit.start) + shift
        shift += len(edit.content) - (edit.end - edit.start)
    return offset + shift


def _mark(diagnostic: Diagnostic, bench: Bench) -> _Mark:
    """What a refused fix is known by in later rounds, when its place has moved."""
    lines = LineIndex(bench.sources[diagnostic.path].text)
    start, end = lines.offset(diagnostic.statement.start), lines.offset(diagnostic.statement.end)
    title = diagnostic.fix.title if diagnostic.fix else ""
    return diagnostic.code, title, lines.text[start:end]
