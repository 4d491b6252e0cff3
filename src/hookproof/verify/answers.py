"""The shape of an answer: what is read of it is of the type that is said here, or it is no answer."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import msgspec

from hookproof.finding import ShownBy


class _SaidOfError(TypedDict):
    type: str
    bases: list[str]
    message: str


class Error(_SaidOfError, total=False):
    """An error as `target/outcome.py` describes it."""

    locations: list[tuple[str, int]]
    frames: list[tuple[str, int]]


class _SaidOfAttempt(TypedDict):
    name: str
    error: Error | None


class Attempt(_SaidOfAttempt, total=False):
    """One way of asking, and what came of it."""

    matched: bool
    alone: bool
    akin: bool
    kept_off: bool
    shown_by: ShownBy
    what: str
    recipe: dict[str, Any]


class _Compared(TypedDict):
    eager: Any
    torchscript: Any


class Answer(TypedDict, total=False):
    """What a worker says of one experiment or trial."""

    id: int
    torch: str
    failure: Literal[
        "timeout", "crash", "flood", "memory", "processes", "disk", "malformed", "worker", "interrupted"
    ]
    detail: str
    stage: str
    output: str
    inconclusive: str
    notes: list[str]
    attempts: list[Attempt]
    before: list[Attempt]
    programs: list[list[str]]
    shows: int | None


def checked(fields: dict[str, Any], is_silent: bool = False) -> dict[str, Any]:
    """Return an answer as it is where it has the shape of one, else one that says that it is malformed.

    `is_silent` when it is about a finding that raises nothing: what has passed then says what it compared.
    """
    try:
        msgspec.convert(fields, Answer)
        for attempt in fields.get("attempts", ()) if is_silent else ():
            if attempt["error"] is None:
                msgspec.convert(attempt, _Compared)
    except (msgspec.ValidationError, RecursionError):
        return {"id": fields.get("id"), "failure": "malformed"}
    return fields
