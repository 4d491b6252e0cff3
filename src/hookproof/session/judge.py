"""Judging: every rule looks at every outcome, and what several roads found is said once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

import msgspec

from hookproof.finding import CONFIDENCES, Evidence, Finding
from hookproof.outcomes.uses import is_cut_short, uses_of
from hookproof.rules.compiled_body import is_understood
from hookproof.rules.registry import rule as rule_of
from hookproof.rules.registry import rules
from hookproof.rules.rule import Rule
from hookproof.session.torches import Notes
from hookproof.session.torches import is_there as is_in
from hookproof.settings import Settings
from hookproof.source.failures import SECONDS_TO_END, begin, told_of
from hookproof.source.text import SourceError
from hookproof.worker_pool import WorkerPool
from hookproof.worlds.outcome import Order, Outcome

ONLY_ANNOTATIONS = " (only annotations are missing)"
"""What a message ends with where a hook needs nothing else."""

_FIRST = "torch stops here first"


_Key: TypeAlias = tuple[str, str, int, int]


class _Candidate(NamedTuple):
    """A finding, and when it was found."""

    finding: Finding
    order: Order

    def is_better(self, other: _Candidate | None) -> bool:
        """Whether it says more than the other, or as much and first."""
        if other is None:
            return True
        own, others = _rank(self.finding), _rank(other.finding)
        return own > others or (own == others and self.order < other.order)


def judge(
    outcomes: Iterable[Outcome],
    settings: Settings,
    pool: WorkerPool | None = None,
    on_failure: Callable[[str, SourceError], None] = lambda path, error: None,
    judged: Judged | None = None,
) -> list[Finding]:
    """Return what the selected rules say of the outcomes, each (code, place) once, most certain first.

    In a `pool`, the leader gets what they say of all members' outcomes. An outcome that a rule fails on is
    handed to `on_failure`. What was `judged` before is not judged again.
    """
    best: dict[_Key, _Candidate] = {}
    for candidates in (pool or WorkerPool()).collect(
        _best(outcomes, settings, on_failure, judged or Judged())
    ):
        for key, candidate in candidates.items():
            if candidate.is_better(best.get(key)):
                best[key] = candidate
    in_order = sorted(best.values(), key=lambda candidate: candidate.order)
    pairs = [(rule_of(candidate.finding.code), candidate.finding) for candidate in in_order]
    return list(_once_per_location(_without_echoes(pairs)))


class Judged:
    """What rules said of outcomes, which are told from each other by the identity of their parts."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[Outcome, list[Finding]]] = {}
        self._asked: dict[object, tuple[Outcome, list[Finding]]] = {}

    def of(self, outcome: Outcome, make: Callable[[Outcome], list[Finding]]) -> list[Finding]:
        """Return what rules say of an outcome, in torch's order."""
        key = tuple(_identity(getattr(outcome, name)) for name in _PARTS)
        known = self._known.get(key)
        if known is None:
            known = (outcome, make(outcome))  # with the outcome no other has the identity of its parts
        self._asked[key] = known
        return known[1]

    def end(self) -> None:
        """Let go of the outcomes that nobody has asked for this time."""
        self._known, self._asked = self._asked, {}


_PARTS = tuple(name for name in Outcome.__struct_fields__ if name != "order")


def _identity(part: object) -> object:
    if part is None or isinstance(part, (str, bool, frozenset)):
        return part
    if isinstance(part, tuple):
        return tuple(map(_identity, part))
    return id(part)


def _best(
    outcomes: Iterable[Outcome],
    settings: Settings,
    on_failure: Callable[[str, SourceError], None],
    judged: Judged,
) -> dict[_Key, _Candidate]:
    """Return the best finding of each code at each place."""
    judge_one = _Judge(settings)
    best: dict[_Key, _Candidate] = {}
    for outcome in outcomes:
        path = outcome.registration.location.path
        try:
            begin(path, SECONDS_TO_END)
            with told_of(path):
                found = judged.of(outcome, judge_one)
        except SourceError as error:  # what the outcome rests on does not parse
            if error.path is not None:
                on_failure(error.path, error)
            continue
        for number, finding in enumerate(found):
            key = (finding.code, finding.path, finding.line, finding.column)
            candidate = _Candidate(finding, (*outcome.order, number))
            if candidate.is_better(best.get(key)):
                best[key] = candidate
    return best


class _Judge:
    """Asks the rules that these settings have."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rules = [rule for rule in rules() if settings.supports(rule.since, rule.until)]
        self._notes = Notes()

    def __call__(self, outcome: Outcome) -> list[Finding]:
        """Return what the selected rules say of an outcome, in torch's order. Raises `SourceError`."""
        settings = self._settings
        # A project that names versions has what they lack left out; else it is noted.
        is_there = not settings.torch or is_in(outcome, outcome.project.facts)
        found_by = list(findings_of(outcome, self._rules)) if is_there else []
        told = _with_ease(outcome, _without_pointless(outcome, found_by))
        # A rule that is switched off still keeps quiet what is pointless because of it.
        found = [
            (rule, finding)
            for rule, finding in told
            if settings.is_enabled(rule.code) and settings.wants(finding)
        ]
        in_order = [finding for _, finding in _in_torch_order(found)]
        if settings.torch:
            return in_order
        return [
            msgspec.structs.replace(finding, torch=self._notes.of(finding, outcome)) for finding in in_order
        ]


def findings_of(outcome: Outcome, known_rules: Iterable[Rule]) -> Iterator[tuple[Rule, Finding]]:
    """Yield what the rules say of one outcome, whatever others say of the same place."""
    for rule in known_rules:
        if outcome.world in rule.worlds and (rule.asks == "fate") == (outcome.event is not None):
            for finding in rule.check(outcome):
                if finding.refused is None or outcome.project.facts.refuses(finding.refused):
                    yield rule, finding


def _without_pointless(outcome: Outcome, found: list[tuple[Rule, Finding]]) -> list[tuple[Rule, Finding]]:
    """Leave out guesses about the body of a hook that no module can be scripted with.

    Where the module is known to be scripted all causes are wanted: each has to be fixed. Where nothing is
    known, a hook of such a form was never meant to be compiled.
    """
    if outcome.confidence != "possible" or not any(rule.is_structural for rule, _ in found):
        return found
    return [(rule, finding) for rule, finding in found if rule.is_structural]


def _with_ease(outcome: Outcome, found: list[tuple[Rule, Finding]]) -> list[tuple[Rule, Finding]]:
    """Say of a hook that lacks annotations only that this is all, where its module is known well enough."""
    cls = outcome.module_class
    is_known = ((cls is not None and cls.is_complete) or not uses_of(outcome)) and is_understood(outcome)
    is_known = is_known and not is_cut_short(outcome)
    if not is_known or not all(rule.is_annotation_only for rule, _ in found if rule.outcome == "raises"):
        return found
    return [
        (rule, msgspec.structs.replace(finding, message=f"{finding.message}{ONLY_ANNOTATIONS}"))
        if rule.is_annotation_only
        else (rule, finding)
        for rule, finding in found
    ]


def _in_torch_order(found: Iterable[tuple[Rule, Finding]]) -> Iterator[tuple[Rule, Finding]]:
    """Yield the findings of one outcome in the order in which torch comes upon them, the first marked."""
    ordered = sorted(found, key=lambda pair: (pair[1].stage, pair[1].path, pair[1].line, pair[1].column))
    raising = [finding for rule, finding in ordered if finding.stage and rule.outcome == "raises"]
    for rule, finding in ordered:
        if len(raising) > 1 and finding is raising[0]:
            note = Evidence(finding.path, finding.line, f"{_FIRST}; {_more(len(raising) - 1)} in this hook")
            finding = msgspec.structs.replace(finding, evidence=(note, *finding.evidence))
        yield rule, finding


def _without_echoes(pairs: Iterable[tuple[Rule, Finding]]) -> Iterator[tuple[Rule, Finding]]:
    """Leave out a guess about one world at a place where another finding already stands firmer."""
    found = list(pairs)
    firm = {_location(finding) for _, finding in found if finding.confidence != "possible"}
    for rule, finding in found:
        if finding.confidence != "possible" or _location(finding) not in firm:
            yield rule, finding


def _once_per_location(pairs: Iterable[tuple[Rule, Finding]]) -> Iterator[Finding]:
    """Guess one thing of a hook at one place: the cause hardest to fix, with the others as its evidence.

    What is known to break stays as it is: each cause has to be fixed, and has a fix of its own.
    """
    groups: dict[object, list[tuple[Rule, Finding]]] = {}
    for number, (rule, finding) in enumerate(pairs):
        # Each event of a life cycle is a story of its own.
        is_single = finding.confidence != "possible" or rule.asks == "fate"
        key = number if is_single else (_location(finding), finding.world, finding.hook)
        groups.setdefault(key, []).append((rule, finding))
    for group in groups.values():
        (_, main), *others = sorted(group, key=lambda pair: _ease(*pair))
        notes = [
            Evidence(other.path, other.line, f"also {other.code}{_rank_in_torch(other)}: {other.message}")
            for _, other in others
        ]
        yield msgspec.structs.replace(main, evidence=(*main.evidence, *notes)) if notes else main


def _more(count: int) -> str:
    return "one more problem" if count == 1 else f"{count} more problems"


def _rank_in_torch(finding: Finding) -> str:
    is_first = any(evidence.note.startswith(_FIRST) for evidence in finding.evidence)
    return f" ({_FIRST})" if is_first else ""


def _location(finding: Finding) -> tuple[str, int, int]:
    return finding.path, finding.line, finding.column


def _ease(rule: Rule, finding: Finding) -> tuple[bool, bool, bool, int, str]:
    """Order causes at one place: what no edit fixes, what no annotation fixes, then as torch says them."""
    return (
        not rule.is_structural,
        rule.outcome == "silent",
        rule.is_annotation_only,
        finding.stage,
        rule.code,
    )


def _rank(finding: Finding) -> tuple[int, bool]:
    return CONFIDENCES.index(finding.confidence), finding.module_class is not None
