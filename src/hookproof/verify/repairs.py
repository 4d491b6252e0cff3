"""`verify --fix`: of what torch has confirmed, the fixes after which torch accepts the program are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hookproof import fixing
from hookproof.finding import Finding
from hookproof.mended import Mended, Place, place_of
from hookproof.output.closing import counted
from hookproof.report import Report
from hookproof.settings import Group
from hookproof.source.text import SourceError, read
from hookproof.telling import write
from hookproof.verify.notebook_scripts import NotebookScripts
from hookproof.verify.plan import Experiment, Factories, plan
from hookproof.verify.repaired_tree import RepairedTree
from hookproof.verify.run import Limits, Task, ask
from hookproof.verify.verdict import verdict_of

_MOST_ROUNDS = 5


class EagerRuns(Struct, frozen=True):
    """For the worker: programs that reach a finding, to be run in eager mode before and after a fix.

    `prefix` is what paths after it begin with that do not do so before.
    """

    id: int
    before: Experiment
    after: Experiment
    prefix: str
    timeout: float | None = None


class BeforeAndAfter:
    """Fixed findings as they stand in the project and in a repaired tree of it; notebooks as scripts.

    `contents` are the repaired files by their absolute paths. The folders last as long as the `with`.
    """

    def __init__(self, fixed: Sequence[Finding], contents: Mapping[str, bytes]) -> None:
        self._folders = ExitStack()
        tree = self._folders.enter_context(RepairedTree(contents))
        self.after = [tree.finding(finding) for finding in fixed]
        self.prefix = tree.prefix
        self._scripts = [self._folders.enter_context(NotebookScripts(each)) for each in (fixed, self.after)]

    def __enter__(self) -> BeforeAndAfter:
        return self

    def __exit__(self, *_: object) -> None:
        self._folders.close()

    def experiments(self, factories: Factories) -> Iterator[Experiment]:
        """Yield what asks torch about each finding in the repaired tree."""
        return self._planned(self._scripts[1], factories)

    def eager_runs(self, factories: Factories) -> Iterator[EagerRuns]:
        """Yield what compares eager runs before and after the fixes, numbered behind the experiments."""
        pairs = zip(*(self._planned(scripts, factories) for scripts in self._scripts), strict=True)
        for number, (before, after) in enumerate(pairs, len(self.after)):
            yield EagerRuns(number, before, after, self.prefix)

    def told(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return an answer that speaks of notebooks and not of their scripts."""
        for scripts in self._scripts:
            answer = scripts.told(answer)
        return answer

    @staticmethod
    def _planned(scripts: NotebookScripts, factories: Factories) -> Iterator[Experiment]:
        return map(scripts.experiment, plan(scripts.findings, factories))


class Repairing(Struct):
    """Carries out fixes of confirmed findings as far as torch agrees.

    `shown` leaves out of a report what people are not told; `pythons` are the interpreters to ask.
    """

    groups: Sequence[Group]
    reports: Sequence[Report]
    shown: fixing.Shown
    pythons: Sequence[str]
    factories: Factories
    limits: Limits
    takes_unsafe: bool
    tell: Callable[[int, int], None] = lambda done, total: None

    def repaired(self, verified: Iterable[Finding]) -> tuple[Mended, list[tuple[Finding, str]]]:
        """Return what comes of the fixes of confirmed findings, and those rolled back with the reasons."""
        confirmed = _confirmed(verified)
        refused: dict[Place, str] = {}
        for _ in range(_MOST_ROUNDS):
            mended = self._mended(frozenset(confirmed.keys() - refused.keys()))
            if not mended.fixed:
                break
            fixed = [confirmed[place] for place in mended.places if place in confirmed]
            reasons = self._refusals(fixed, mended)
            if not reasons:
                break
            found = {id(finding): place for place, finding in confirmed.items()}
            refused |= {found[id(finding)]: reason for finding, reason in reasons}
        else:
            mended = self._mended(frozenset())
        return mended, [
            *mended.dropped,
            *((confirmed[place], reason) for place, reason in refused.items()),
        ]

    def _mended(self, chosen: frozenset[Place]) -> Mended:
        return fixing.merged(
            fixing.mend(
                group,
                report,
                {},
                self.shown,
                takes_unsafe=self.takes_unsafe,
                chosen=chosen,
            )
            for group, report in zip(self.groups, self.reports, strict=True)
        )

    def _refusals(self, fixed: Sequence[Finding], mended: Mended) -> list[tuple[Finding, str]]:
        """Return which fixes torch, or an eager run, speaks against, and what it says."""
        contents = {os.path.abspath(path): content for path, content in mended.contents.items()}
        with BeforeAndAfter(fixed, contents) as both:
            trials: list[Task] = [*both.experiments(self.factories), *both.eager_runs(self.factories)]
            count = len(fixed)
            reasons: dict[int, str] = {}
            for python in self.pythons:
                for done, answer in enumerate(map(both.told, ask(python, trials, self.limits)), 1):
                    number = answer["id"] % count
                    is_run = answer["id"] >= count
                    reason = noticed(answer) if is_run else _of_torch(both.after[number], answer, both.after)
                    if reason and (is_run or number not in reasons):
                        reasons.setdefault(number, reason.replace(both.prefix, ""))
                    self.tell(done, 2 * count)
        return [(fixed[number], reason) for number, reason in sorted(reasons.items())]


def _confirmed(findings: Iterable[Finding]) -> dict[Place, Finding]:
    """Return the findings that torch confirmed, wherever it was asked, by their places."""
    return {
        place: found[0]
        for place, found in _by_place(findings, {}).items()
        if all(each.verdict is not None and each.verdict.status == "confirmed" for each in found)
    }


def _of_torch(finding: Finding, answer: Mapping[str, Any], others: Sequence[Finding]) -> str:
    """Return what torch says against the repaired program, nothing where it accepts it."""
    verdict = verdict_of(finding, dict(answer), others)
    if verdict.status == "refuted":
        return ""
    if verdict.status == "confirmed":
        return f"torch still refuses it: {verdict.error or verdict.reason}"
    return f"torch could not be asked about the repaired program: {verdict.reason}"


def noticed(answer: Mapping[str, Any]) -> str:
    """Return what eager runs notice of a fix, by the worker's answer, or why nothing could be compared."""
    if answer.get("differs"):
        return str(answer["differs"])
    if "failure" in answer or answer.get("inconclusive"):
        said = answer.get("inconclusive") or answer["failure"]
        return f"no eager run could be compared: {said}"
    return ""


def carry_out(
    repairing: Repairing, verified: Sequence[Finding], options: Mapping[str, Any]
) -> tuple[Report, tuple[str, ...]]:
    """Write the fixes that are kept, or show them; return the findings that are left, with their verdicts.

    With them comes what is said of the fixes.
    """
    befores = _by_place(verified, {})
    mended, rolled_back = repairing.repaired(verified)
    count = sum(len(befores.get(place, ())) > 0 for place in set(mended.places))
    said = tuple(_remarks(count, rolled_back, is_shown=bool(options["diff"])))
    if options["diff"]:
        write(fixing.differences(mended.contents, {}), None)
    else:
        mended = fixing.write_all(mended, {})
    left = [
        replace(finding, verdict=before.verdict)
        for place, findings in _by_place(mended.report.findings, mended.contents).items()
        for finding, befores_there in [(findings[0], befores.get(place, findings[:1]))]
        for before in befores_there
    ]
    return replace(mended.report, findings=tuple(left)), said


def _by_place(findings: Iterable[Finding], contents: Mapping[str, bytes]) -> dict[Place, list[Finding]]:
    found: dict[Place, list[Finding]] = {}
    for finding in findings:
        try:
            content = contents[finding.path] if finding.path in contents else read(finding.path)
        except SourceError:
            content = b""  # it went away since it was read: the finding stays, and no fix is there for it
        found.setdefault(place_of(finding, content), []).append(finding)
    return found


def _remarks(count: int, rolled_back: Iterable[tuple[Finding, str]], *, is_shown: bool) -> Iterator[str]:
    for finding, reason in sorted(rolled_back, key=lambda pair: pair[0]):
        where = f"{finding.path}:{finding.line}:{finding.column}"
        yield f"{where}: the fix of {finding.code} was rolled back: {reason}"
    verb = "Would fix" if is_shown else "Fixed"
    if count:
        yield f"{verb} {counted(count, 'confirmed finding')}: torch accepts it, and eager runs do the same"
    else:
        yield "Nothing that torch confirmed has a fix that is kept"
