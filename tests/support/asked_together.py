"""Has one worker judge the findings of many programs: it imports torch once for a whole file of tests."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from hookproof.finding import Finding, Verdict
from hookproof.verify.plan import Factories, plan
from hookproof.verify.run import Limits, ask
from hookproof.verify.verdict import verdict_of

LIMITS = Limits(timeout=60, jobs=2)
Judged = tuple[list[Finding], dict[int, dict[str, Any]]]
Key = TypeVar("Key", bound=Hashable)


def asked(findings: Sequence[Finding]) -> Judged:
    """Return the findings with their verdicts, and the worker's answers."""
    answers = {a["id"]: a for a in ask(sys.executable, plan(findings), LIMITS)}
    verdicts = [verdict_of(finding, answers[number]) for number, finding in enumerate(findings)]
    judged = [msgspec.structs.replace(f, verdict=v) for f, v in zip(findings, verdicts, strict=True)]
    return judged, answers


def asked_together(groups: Mapping[Key, Sequence[Finding]]) -> dict[Key, Judged]:
    """Return for each group what `asked` would."""
    judged, answers = asked([finding for group in groups.values() for finding in group])
    found, start = dict[Key, Judged](), 0
    for key, group in groups.items():
        numbers = range(start, start + len(group))
        found[key] = [judged[n] for n in numbers], {own: answers[n] for own, n in enumerate(numbers)}
        start += len(group)
    return found


class Case(NamedTuple):
    """Findings that are asked about with factories, or within a time, of their own."""

    findings: Sequence[Finding]
    factories: Factories | None = None
    timeout: float | None = None


def verdicts_together(cases: Mapping[Key, Case], limits: Limits = LIMITS) -> dict[Key, list[Verdict]]:
    """Return for each case the verdicts on its findings, of one worker."""
    experiments = [e for case in cases.values() for e in plan(*case)]
    numbered = [msgspec.structs.replace(e, id=number) for number, e in enumerate(experiments)]
    answers = {answer["id"]: answer for answer in ask(sys.executable, numbered, limits)}
    numbers = iter(range(len(numbered)))
    return {
        key: [verdict_of(finding, answers[next(numbers)]) for finding in case.findings]
        for key, case in cases.items()
    }
