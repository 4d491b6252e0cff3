"""Compares what torch said with what the finding foretold."""

from __future__ import annotations

import re
from typing import Any

from hookproof.finding import Finding, Verdict, VerdictStatus
from hookproof.rules.registry import rule
from hookproof.settings import Settings

_FAILURES = {
    "timeout": "the experiment did not finish in time",
    "crash": "the experiment crashed the interpreter ({detail})",
    "flood": "the experiment printed without end",
    "memory": "the experiment needed more memory than it may have",
    "processes": "the experiment started too many processes",
    "disk": "the experiment wrote more than it may",
    "malformed": "the experiment's answer is none: what it ran wrote in its place",
    "worker": "the worker ended while this was running",
    "interrupted": "interrupted before it was run",
}


def verdict_of(finding: Finding, answer: dict[str, Any]) -> Verdict:
    """Return the verdict that the worker's `answer` gives on `finding`."""
    torch = answer.get("torch")
    notes = "; ".join(answer.get("notes", []))
    if "failure" in answer:
        return Verdict("inconclusive", _failure(answer), torch=torch)
    if answer.get("inconclusive"):
        return Verdict("inconclusive", _join(answer["inconclusive"], notes), torch=torch)
    attempts = answer.get("attempts", [])
    judge = _judge_silent if finding.outcome == "silent" else _judge_error
    status, reason, error = judge(attempts)
    if status == "refuted" and torch and not _speaks_of(finding.code, torch):
        return Verdict(
            "inconclusive", _join(f"{finding.code} does not speak of this version", reason), error, torch
        )
    return Verdict(status, _join(reason, notes), error, torch)


def _speaks_of(code: str, torch: str) -> bool:
    found = rule(code)
    version = re.match(r"\d+(\.\d+)*", torch)
    return version is None or Settings(torch=(version[0],)).supports(found.since, found.until)


def _failure(answer: dict[str, Any]) -> str:
    failure, stage = answer["failure"], answer.get("stage", "")
    if stage.startswith("importing") and failure == "timeout":
        return f"{stage} did not finish"
    reason = _FAILURES[failure].format(detail=answer.get("detail", ""))
    return f"{reason} while {stage}" if stage else reason


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _judge_error(attempts: list[dict[str, Any]]) -> tuple[VerdictStatus, str, str | None]:
    other: dict[str, Any] | None = None
    for attempt in attempts:
        error = attempt["error"]
        if error is None:
            if other is None:
                return "refuted", f"torch accepts {attempt['name']}", None
            if attempt.get("alone"):
                # The bare access has lost what gave it its meaning, so that torch takes it proves nothing.
                break
            return (
                "refuted",
                f"torch accepts {attempt['name']}; what is around it fails otherwise",
                quote(other),
            )
        if attempt.get("matched"):
            return "confirmed", f"torch raises it for {attempt['name']}", quote(error)
        other = error
    if other is None:
        return "inconclusive", "nothing could be run", None
    return "inconclusive", _masked(other), quote(other)


def _judge_silent(attempts: list[dict[str, Any]]) -> tuple[VerdictStatus, str, str | None]:
    reason, error = "nothing could be run", None
    for attempt in attempts:
        if attempt["error"] is not None:
            error = quote(attempt["error"])
            reason = _masked(attempt["error"])
            continue
        eager, scripted, what = attempt["eager"], attempt["torchscript"], attempt.get("what", "result")
        if eager != scripted:
            return (
                "confirmed",
                f"{what}: {eager} in eager mode, {scripted} in TorchScript ({attempt['name']})",
                None,
            )
        return "refuted", f"{what}: {eager} in both ({attempt['name']})", None
    return "inconclusive", reason, error


def _masked(error: dict[str, Any]) -> str:
    # What has no type is a reason of the worker's own, which may have said so already.
    text = quote(error)
    return text if text.startswith("masked by") or not error["type"] else f"masked by: {text}"


def quote(error: dict[str, Any] | None) -> str:
    """Return the error on one line, as a person would quote it."""
    if error is None:
        return ""
    lines = [line.strip() for line in error["message"].splitlines() if line.strip()]
    text = next(
        (line for line in lines if not line.startswith(("File ", "~", "type("))), lines[0] if lines else ""
    )
    return (f"{error['type']}: {text}" if error["type"] else text)[:300].rstrip(" :")
