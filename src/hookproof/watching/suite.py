"""What a witness told of a whole test suite: which test each record belongs to, and what was lost where.

A report is what `Witness.report` returns; here its registrations and entries have a `test`, the name by which
pytest calls it, or None where they belong to none (imports while tests are collected).
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_RUNNERS = tuple(f"{os.sep}{name}{os.sep}" for name in ("_pytest", "pluggy", "xdist", "execnet"))


@dataclass(frozen=True)
class Loss:
    """One hook that did not do what it does in eager mode: where it was registered, what became of it.

    `at` is where it was lost, in the test or in what the test called; `error` is torch's word, or empty.
    """

    test: str | None
    hook: str
    registration: str
    fate: str
    api: str
    at: str
    error: str


class Attribution:
    """Notes when each test began, by the running number of the witness's events."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._names: list[str | None] = []

    def begin(self, moment: int, test: str | None) -> None:
        """Have what happens after `moment` belong to `test`, None for no test."""
        self._starts.append(moment)
        self._names.append(test)

    def test_at(self, moment: int) -> str | None:
        """Return the test that an event belongs to."""
        position = bisect_right(self._starts, moment - 1) - 1
        return self._names[position] if position >= 0 else None

    def attributed(self, report: dict[str, Any]) -> dict[str, Any]:
        """Return the report with a test for each registration and entry, and chains that end in the test."""
        said = dict(report)
        for key in ("registrations", "entries"):
            said[key] = [
                dict(record, test=self.test_at(record["at"]), chain=_within_test(record["chain"]))
                for record in report[key]
            ]
        return said


def _within_test(chain: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the frames from the innermost up to the test function: beyond it there is only pytest."""
    kept = []
    for location in chain:
        if any(runner in location["path"] for runner in _RUNNERS):
            break
        kept.append(location)
    return kept


def merged(reports: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return one report of several processes; registrations and entries get new numbers."""
    whole: dict[str, Any] = {
        "version": 1,
        "python": "",
        "torch": None,
        "registrations": [],
        "removals": [],
        "entries": [],
        "notes": [],
    }
    for report in reports:
        first = len(whole["registrations"])
        numbers = {each["number"]: first + n for n, each in enumerate(report["registrations"])}
        whole["python"] = report["python"]
        whole["torch"] = whole["torch"] or report["torch"]
        whole["registrations"] += [
            dict(each, number=numbers[each["number"]]) for each in report["registrations"]
        ]
        whole["removals"] += [
            dict(each, registration=numbers[each["registration"]]) for each in report["removals"]
        ]
        for entry in report["entries"]:
            hooks = [dict(fate, registration=numbers[fate["registration"]]) for fate in entry["hooks"]]
            whole["entries"].append(dict(entry, number=len(whole["entries"]), hooks=hooks))
        whole["notes"] += [note for note in report["notes"] if note not in whole["notes"]]
    return whole


def losses(report: dict[str, Any]) -> Iterator[Loss]:
    """Yield each hook that was refused or lost, once for each test, registration and entry point."""
    seen: set[Loss] = set()
    for loss in _all_losses(report):
        if loss not in seen:
            seen.add(loss)
            yield loss


def _all_losses(report: dict[str, Any]) -> Iterator[Loss]:
    registrations = {each["number"]: each for each in report["registrations"]}
    for each in report["registrations"]:
        if each["error"]:
            where = location(each["chain"])
            said = quote(each["error"])
            yield Loss(each.get("test"), each["hook"]["name"], where, "refused", each["api"], where, said)
    for entry in report["entries"]:
        for fate in entry["hooks"]:
            if fate["lost"]:
                registration = registrations[fate["registration"]]
                # What is registered after an entry point is lost in the test that registers it.
                is_later = registration["at"] > entry["at"]
                yield Loss(
                    (registration if is_later else entry).get("test"),
                    registration["hook"]["name"],
                    location(registration["chain"]),
                    fate["fate"],
                    entry["api"],
                    location(entry["chain"]),
                    quote(entry["error"]) if fate["fate"] == "refused" else "",
                )


def lines(found: Sequence[Loss]) -> Iterator[str]:
    """Yield what was lost in words, by test: one line for a hook, one more for what torch said."""
    tests: dict[str | None, list[Loss]] = {}
    for loss in found:
        tests.setdefault(loss.test, []).append(loss)
    for test, members in tests.items():
        yield test or "while tests were collected, or between them"
        for loss in members:
            yield f"  {loss.registration}: {loss.hook}: {words(loss)}"
            if loss.error:
                yield f"      {loss.error}"


def words(loss: Loss) -> str:
    """Return what became of a hook, and where."""
    if loss.at == loss.registration:
        return f"refused by {loss.api}"
    by = f"{loss.api} at {loss.at}"
    return {
        "refused": f"refused by {by}",
        "dropped": f"dropped by {by}",
        "ran while tracing only": f"ran while tracing only, in {by}",
        "too late": f"registered too late for {by}",
        "not called": f"never called on what came from {by}",
    }.get(loss.fate, f"{loss.fate}: {by}")


def location(chain: Sequence[dict[str, Any]]) -> str:
    """Return the innermost place of a chain as `path:line`, the path as seen from the working directory."""
    if not chain:
        return "?"
    return f"{shown_path(chain[0]['path'])}:{chain[0]['line']}"


def shown_path(path: str) -> str:
    """Return a path relative to the working directory where it lies in it."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):
        return path
    return path if relative.startswith(os.pardir + os.sep) else relative


def quote(error: dict[str, Any] | None) -> str:
    """Return the first line of an error, or nothing."""
    if error is None:
        return ""
    first = next((line.strip() for line in error["message"].splitlines() if line.strip()), "")
    return f"{error['type']}: {first}" if first else str(error["type"])
