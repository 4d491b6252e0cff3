"""Has one worker judge the findings of many programs: it imports torch once for a whole file of tests."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from hookproof.finding import Finding
from hookproof.verify.plan import plan
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
