"""Judging: every rule looks at every case, and what several roads found is said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from hookproof.finding import CONFIDENCES, Evidence, Finding
from hookproof.link.case import Case
from hookproof.rules.registry import rules
from hookproof.rules.rule import Rule
from hookproof.settings import Settings


def judge(cases: Iterable[Case], settings: Settings) -> list[Finding]:
    """Return what the selected rules say of the cases, each (code, place) once, most certain first."""
    selected = [
        rule
        for rule in rules()
        if settings.is_enabled(rule.code) and settings.supports(rule.since, rule.until)
    ]
    best: dict[tuple[str, str, int, int], Finding] = {}
    for case in cases:
        for finding in _in_torch_order(_findings(case, selected)):
            key = (finding.code, finding.path, finding.line, finding.column)
            known = best.get(key)
            if known is None or _rank(finding) > _rank(known):
                best[key] = finding
    return [finding for finding in _without_echoes(best.values()) if settings.wants(finding)]


def _findings(case: Case, selected: list[Rule]) -> Iterator[tuple[Rule, Finding]]:
    for rule in selected:
        if case.world in rule.worlds and rule.code.startswith("HKP1") == (case.event is not None):
            for finding in rule.check(case):
                yield rule, finding


def _in_torch_order(found: Iterable[tuple[Rule, Finding]]) -> Iterator[Finding]:
    """Yield the findings of one case in the order in which torch would come upon them, the first marked."""
    ordered = sorted(found, key=lambda pair: (pair[0].stage, pair[1].path, pair[1].line, pair[1].column))
    raising = [finding for rule, finding in ordered if rule.stage and rule.outcome == "raises"]
    for _, finding in ordered:
        if len(raising) > 1 and finding is raising[0]:
            note = Evidence(finding.path, finding.line, f"torch reports this cause first, of {len(raising)}")
            finding = msgspec.structs.replace(finding, evidence=(note, *finding.evidence))
        yield finding


def _without_echoes(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out a guess about one world at a place where another finding already stands firmer."""
    found = list(findings)
    firm = {
        (finding.path, finding.line, finding.column) for finding in found if finding.confidence != "possible"
    }
    for finding in found:
        place = (finding.path, finding.line, finding.column)
        if finding.confidence != "possible" or place not in firm:
            yield finding


def _rank(finding: Finding) -> tuple[int, bool]:
    return CONFIDENCES.index(finding.confidence), finding.module_class is not None
