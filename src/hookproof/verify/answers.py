"""The shape of an answer: what is read of it has the type and size that are said here, or it is no answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

import msgspec

from hookproof.finding import ShownBy

_Text = Annotated[str, msgspec.Meta(max_length=20_000)]
_Texts = Annotated[list[_Text], msgspec.Meta(max_length=1_000)]
_Places = Annotated[list[tuple[_Text, int]], msgspec.Meta(max_length=10_000)]


class _SaidOfError(TypedDict):
    type: _Text
    bases: _Texts
    message: _Text


class Error(_SaidOfError, total=False):
    """An error as `target/outcome.py` describes it."""

    places: _Places
    frames: _Places


class _SaidOfAttempt(TypedDict):
    name: _Text
    error: Error | None


class Attempt(_SaidOfAttempt, total=False):
    """One way of asking, and what came of it."""

    matched: bool
    alone: bool
    akin: bool
    kept_off: bool
    shown_by: ShownBy
    what: _Text
    against: _Text


class _Compared(TypedDict):
    eager: Any
    torchscript: Any


class Answer(TypedDict, total=False):
    """What an experiment or a trial says of itself."""

    failure: Literal[
        "timeout",
        "crash",
        "flood",
        "memory",
        "processes",
        "disk",
        "malformed",
        "tampered",
        "worker",
        "interrupted",
    ]
    detail: _Text
    stage: _Text
    output: _Text
    inconclusive: _Text
    notes: _Texts
    attempts: list[Attempt]
    before: list[Attempt]
    programs: list[tuple[_Text, _Text]]
    ran: _Text
    differs: _Text
    shows: Annotated[int, msgspec.Meta(ge=0)] | None


# What an attempt was made of, for a script that does the same; one of its names is a word of Python's.
_Recipe = TypedDict(
    "_Recipe",
    {
        "hook": str,
        "name": str,
        "before": str,
        "call": str,
        "given": str,
        "inputs": str,
        "arguments": str,
        "is_recorded": bool,
        "class": tuple[str, str],
        "factory": tuple[str, str],
        "captured": dict[str, str],
        "forwards": dict[str, str],
        "unknown": list[str],
    },
    total=False,
)


def checked(fields: dict[str, Any], is_silent: bool = False) -> dict[str, Any]:
    """Return what an answer has of the fields of one; where they have not its shape, that it is malformed.

    `is_silent` when it is about a finding that raises nothing: what has passed then says what it compared.
    """
    try:
        msgspec.convert(fields, Answer)
        for attempt in fields.get("attempts", ()) if is_silent else ():
            if attempt["error"] is None:
                msgspec.convert(attempt, _Compared)
    except (msgspec.ValidationError, RecursionError):
        return {"failure": "malformed"}
    return {name: fields[name] for name in Answer.__annotations__ if name in fields}


def recipe_of(attempt: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an attempt was made of; nothing where that has not the shape of it."""
    recipe = attempt.get("recipe") or {}
    try:
        msgspec.convert(recipe, _Recipe)
    except (msgspec.ValidationError, RecursionError):
        return {}
    return dict(recipe)
