"""Findings over several versions of torch: what is analysed again, and in which of them each one holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, TypeAlias

import msgspec

from hookproof.facts.atlas import OPTIONS, SHIPPED, Facts, Question, all_shipped
from hookproof.facts.versions import Torch, note
from hookproof.finding import Evidence, Finding, Fix
from hookproof.report import Analysis
from hookproof.rules.registry import rule as rule_of
from hookproof.rules.registry import rules
from hookproof.worlds.outcome import Outcome

_Key: TypeAlias = tuple[str, str, int, int]


def is_there(outcome: Outcome, facts: Facts) -> bool:
    """Return whether a torch has what the outcome is about: the way of registering and the entry point."""
    if outcome.entry is not None and facts.lacks_entry_point(outcome.entry.api):
        return False
    return facts.takes(outcome.registration.api, outcome.registration.options)


class Notes:
    """In which of all shipped versions findings hold, as far as their rules and what they are about say."""

    @cached_property
    def _shipped(self) -> dict[str, _Names]:
        tables = all_shipped("hooks", "global_hooks", "utilities", "language", "entry_points")
        return {version: _Names(found) for version, found in tables.items()}

    def of(self, finding: Finding, outcome: Outcome) -> str | None:
        """Return the note for a finding that does not hold in all of them."""
        rule = rule_of(finding.code)
        newest = self._shipped[SHIPPED[-1]]
        holds = [
            version
            for version, names in self._shipped.items()
            if Torch(version, version).is_within(rule.since, rule.until)
            and names.have(outcome, newest)
            and (finding.refused is None or names.language.get(finding.refused) is False)
        ]
        return note(holds, SHIPPED, rule.since, rule.until)


class _Names:
    """The ways of registering hooks and the entry points that a version has."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self.parameters: dict[str, frozenset[str]] = {
            api["name"]: frozenset(api["parameters"]) for api in (*tables["hooks"], *tables["global_hooks"])
        }
        for utility in tables["utilities"]:
            names = (utility["qualname"], *utility["aliases"])
            self.parameters.update(dict.fromkeys(names, OPTIONS))
        self.language: dict[str, bool | None] = tables["language"]
        self.absent = {name for name, is_known in tables["entry_points"].items() if not is_known}

    def have(self, outcome: Outcome, newest: _Names) -> bool:
        """Return whether what an outcome is about is there, as far as the `newest` version knows of it."""
        if outcome.entry is not None and outcome.entry.api in self.absent:
            return False
        api, options = outcome.registration.api, OPTIONS.intersection(outcome.registration.options)
        return api not in newest.parameters or (api in self.parameters and options <= self.parameters[api])


def over(torches: tuple[Torch, ...], analyse: Callable[[Torch], Analysis]) -> Analysis:
    """Return what is found in any of the versions, as the newest of those says it, with notes in which.

    A version that answers all questions as another one did, with the same rules, is not analysed.
    """
    *_, newest = torches
    found = {newest: analyse(newest)}
    of = {newest: newest}
    for torch in reversed(torches[:-1]):
        same = next((other for other in found if _is_same(torch, other, found[other].asked)), None)
        if same is None:
            found[torch] = analyse(torch)
        of[torch] = same or torch
    if len(found) == 1:
        return found[newest]
    merged: dict[_Key, Finding] = {}
    for torch, analysis in found.items():
        for finding in analysis.findings:
            known = merged.setdefault(_key(finding), finding)
            if known.message != finding.message:
                other = Evidence(finding.path, finding.line, f"with torch {torch.version}: {finding.message}")
                evidence = (*known.evidence, other)
                merged[_key(finding)] = msgspec.structs.replace(
                    known, evidence=evidence, fix=_not_safe(known.fix)
                )
    holds = {torch: {_key(finding) for finding in found[other].findings} for torch, other in of.items()}
    findings = [
        _noted(finding, torches, [t for t in torches if key in holds[t]]) for key, finding in merged.items()
    ]
    return msgspec.structs.replace(
        found[newest],
        findings=tuple(
            sorted(findings, key=lambda each: (each.path, each.line, each.column, each.code, each.message))
        ),
        parsed=tuple(sorted({path for analysis in found.values() for path in analysis.parsed})),
        failed=tuple(sorted({failure for analysis in found.values() for failure in analysis.failed})),
    )


def _not_safe(fix: Fix | None) -> Fix | None:
    """Return a fix that is right in one version of several."""
    return msgspec.structs.replace(fix, safe=False) if fix is not None else None


def _key(finding: Finding) -> _Key:
    return (finding.code, finding.path, finding.line, finding.column)


def _noted(finding: Finding, torches: tuple[Torch, ...], holds: list[Torch]) -> Finding:
    rule = rule_of(finding.code)
    names = [torch.version for torch in torches]
    said = note([torch.version for torch in holds], names, rule.since, rule.until)
    return msgspec.structs.replace(finding, torch=said)


def _is_same(torch: Torch, other: Torch, asked: Iterable[Question]) -> bool:
    questions = tuple(asked)
    if not questions:
        return True
    one, two = Facts(torch.facts), Facts(other.facts)
    return all(one.answer(question) == two.answer(question) for question in questions) and set(
        _codes(torch)
    ) == set(_codes(other))


def _codes(torch: Torch) -> Iterator[str]:
    return (rule.code for rule in rules() if torch.is_within(rule.since, rule.until))
