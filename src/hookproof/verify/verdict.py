"""Compares what torch said with what the finding predicted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

from hookproof.facts.atlas import Facts
from hookproof.facts.versions import asked_for
from hookproof.finding import Finding, ShownBy, Verdict
from hookproof.rules.registry import rule
from hookproof.worlds import registry
from hookproof.worlds.world import TORCHSCRIPT_SIDES

_SIDES = TORCHSCRIPT_SIDES  # as an experiment words them, which knows no worlds
_REDUCED_HOOK = re.compile(r"hook_\d+\.py$")
_FAILURES = {
    "timeout": "the experiment did not finish in time",
    "crash": "the experiment crashed the interpreter ({detail})",
    "flood": "the experiment printed too much",
    "memory": "the experiment exceeded its memory limit",
    "processes": "the experiment started too many processes",
    "disk": "the experiment exceeded its disk limit",
    "malformed": "the experiment's answer is unreadable: the code it ran wrote over it",
    "tampered": "the code it ran replaced functions of the verifier",
    "worker": "the worker process ended during this experiment",
    "interrupted": "interrupted before it was run",
}


def verdict_of(finding: Finding, answer: dict[str, Any], others: Iterable[Finding] = ()) -> Verdict:
    """Return the verdict that the worker's `answer` gives on `finding`.

    `others` are the findings of the same run: one may be the cause of an error that was not predicted.
    """
    torch = answer.get("torch")
    notes = "; ".join(answer.get("notes", []))
    if "failure" in answer:
        return Verdict("inconclusive", _failure(answer), torch=torch)
    siblings = [other for other in others if _is_sibling(finding, other)]
    if answer.get("inconclusive"):
        masking = _masked_before(answer, siblings)
        told = masking and answer["inconclusive"].startswith("masked by:")
        reason = _join("" if told else _worded(answer["inconclusive"], finding), masking, notes)
        return Verdict("inconclusive", reason, torch=torch)
    judge = _judge_silent if finding.outcome == "silent" else _judge_error
    verdict = judge(answer.get("attempts", []), siblings)
    reason = _join(_worded(verdict.reason, finding), _masked_before(answer, siblings), notes)
    if verdict.status == "refuted" and torch and not _speaks_of(finding, torch):
        reason = _join(f"{finding.code} does not apply to this version", _worded(verdict.reason, finding))
        return Verdict("inconclusive", reason, verdict.error, torch)
    is_assumed = finding.confidence == "possible" and verdict.shown_by == "a stand-in module"
    if verdict.status == "confirmed" and is_assumed:
        reason = f"would break if {_assumed(finding)}: {reason}"
    return Verdict(verdict.status, reason, verdict.error, torch, shown_by=verdict.shown_by)


def _assumed(finding: Finding) -> str:
    """Return what has to happen to the module of a `possible` finding before anything breaks."""
    worlds = registry.concerned(finding.world, finding.code)
    if any(world.suite == "scripted" for world in worlds):
        return "traced" if finding.world == "traced" else "scripted"
    return f"someone {registry.acts(worlds)} it"


def _speaks_of(finding: Finding, torch: str) -> bool:
    """Return whether a finding says anything of a version, such as `2.4.1+cu121`."""
    found = rule(finding.code)
    version = re.match(r"\d+(\.\d+)*", torch)
    if version is None:
        return True
    [asked] = asked_for((version[0],))
    if not asked.is_within(found.since, found.until):
        return False
    return finding.refused is None or Facts(asked.facts).refuses(finding.refused)


def _failure(answer: dict[str, Any]) -> str:
    failure, stage = answer["failure"], answer.get("stage", "")
    if stage.startswith("importing") and failure == "timeout":
        return f"{stage} did not finish in time; `--timeout` gives it more"
    reason = _FAILURES[failure].format(detail=answer.get("detail", ""))
    return f"{reason} while {stage}" if stage else reason


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _judge_error(attempts: list[dict[str, Any]], siblings: Sequence[Finding]) -> Verdict:
    other: dict[str, Any] | None = None
    for attempt in attempts:
        error, shown_by = attempt["error"], attempt.get("shown_by")
        if error is None:
            if attempt.get("against"):
                reason = f"{attempt['name']} runs to its end: {attempt['against']}"
                return Verdict("refuted", reason, shown_by=shown_by)
            if attempt.get("kept_off"):
                reason = "a guard skips this code when the module is a ScriptModule"
                return Verdict("refuted", reason, shown_by=shown_by)
            if other is None:
                return Verdict("refuted", f"torch accepts {attempt['name']}", shown_by=shown_by)
            if attempt.get("alone") or other.get("akin"):
                # The bare access has lost what gave it its meaning, so that torch takes it proves nothing;
                # and what fails on the flagged line itself may be what was predicted, in other words.
                break
            reason = f"torch accepts {attempt['name']}; the code around it fails for another reason"
            return Verdict("refuted", reason, quote(other["error"]), shown_by=shown_by)
        if attempt.get("matched"):
            reason = f"torch raises it for {attempt['name']}"
            reason += ", which catches the error and continues" if attempt.get("is_caught") else ""
            if other is not None and other["error"]["type"]:
                reason += f"; {other['name']} is {masked(other['error'], siblings)}"
            return Verdict("confirmed", reason, quote(error), shown_by=shown_by)
        other = attempt
    if other is None:
        return Verdict("inconclusive", "nothing could be run")
    return Verdict("inconclusive", masked(other["error"], siblings), quote(other["error"]))


def _worded(reason: str, finding: Finding) -> str:
    """Return a reason with the two sides of a silent difference called as in the world of its finding."""
    expected, found = next((w.sides for w in registry.concerned(finding.world, finding.code)), _SIDES)
    said = reason.replace(f" {_SIDES[0]}, ", f" {expected}, ")
    return said.replace(f" {_SIDES[1]} (", f" {found} (").replace(f" {_SIDES[1]})", f" {found})")


def _judge_silent(attempts: list[dict[str, Any]], siblings: Sequence[Finding]) -> Verdict:
    reason, error = "nothing could be run", None
    for attempt in attempts:
        if attempt["error"] is not None:
            error = quote(attempt["error"])
            reason = masked(attempt["error"], siblings)
            continue
        if attempt.get("against"):
            reason = f"{attempt['name']} runs to its end: {attempt['against']}"
            return Verdict("refuted", reason, shown_by=attempt.get("shown_by"))
        eager, scripted, what = attempt["eager"], attempt["torchscript"], attempt.get("what", "result")
        shown_by: ShownBy | None = attempt.get("shown_by")
        if attempt.get("kept_off"):
            reason = "a guard skips this code when the module is a ScriptModule"
            return Verdict("refuted", reason, shown_by=shown_by)
        if eager != scripted:
            reason = f"{what}: {eager} {_SIDES[0]}, {scripted} {_SIDES[1]} ({attempt['name']})"
            return Verdict("confirmed", reason, shown_by=shown_by)
        return Verdict("refuted", f"{what}: {eager} in both ({attempt['name']})", shown_by=shown_by)
    return Verdict("inconclusive", reason, error)


# --- errors of another cause ------------------------------------------------------------------------


def masked(error: dict[str, Any], siblings: Sequence[Finding]) -> str:
    """Return what an error that was not predicted comes from: another finding, or what torch says."""
    text = quote(error)
    # What has no type is a reason of the worker's own, which may have said so already.
    if text.startswith("masked by") or not error["type"]:
        return text
    causes = sorted((s for s in siblings if _predicts(s, error)), key=lambda s: not _is_named(s, error))
    return f"masked by {causes[0].code}: {text}" if causes else f"masked by: {text}"


def _masked_before(answer: dict[str, Any], siblings: Sequence[Finding]) -> str:
    """Return what kept the whole program from showing the finding, without which the experiment went on."""
    for attempt in answer.get("before", ()):
        if attempt.get("error") and attempt["error"]["type"]:
            return f"{attempt['name']} is {masked(attempt['error'], siblings)}"
    return ""


def _is_sibling(finding: Finding, other: Finding) -> bool:
    """Return whether two findings speak of the same hook, or of the same entry point."""
    if other is finding or other.outcome != "raises" or other.prediction is None:
        return False
    location = (finding.path, finding.line, finding.column, finding.code)
    if (other.path, other.line, other.column, other.code) == location:
        return False
    if finding.hook is not None and finding.hook == other.hook:
        return True
    first, second = finding.subject, other.subject
    if first is None or second is None or first.entry_path is None:
        return False
    return (first.entry_path, first.entry_line) == (second.entry_path, second.entry_line)


def _predicts(finding: Finding, error: dict[str, Any]) -> bool:
    prediction = finding.prediction
    return (
        prediction is not None
        and prediction.exception in error["bases"]
        and re.search(prediction.message, error["message"]) is not None
        and (_is_named(finding, error) or not rule(finding.code).experiment.is_at_line)
    )


def _is_named(finding: Finding, error: dict[str, Any]) -> bool:
    """Return whether an error names a line of the finding; a reduced hook keeps its lines' numbers."""
    return any(
        finding.line <= line <= finding.end_line
        for path, line in [*error.get("places", ()), *error.get("frames", ())]
        if path == os.path.abspath(finding.path) or _REDUCED_HOOK.search(path)
    )


def quote(error: dict[str, Any] | None) -> str:
    """Return the error on one line, as a person would quote it."""
    if error is None:
        return ""
    lines = [line.strip() for line in error["message"].splitlines() if line.strip()]
    text = next(
        (line for line in lines if not line.startswith(("File ", "~", "type("))), lines[0] if lines else ""
    )
    return (f"{error['type']}: {text}" if error["type"] else text)[:300].rstrip(" :")
