"""What is taken for an answer of the worker, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from hookproof.verify.answers import checked

ERROR = {"type": "RuntimeError", "bases": ["RuntimeError"], "message": "no", "places": [["a.py", 3]]}


@pytest.mark.parametrize(
    "fields",
    [
        {"id": 1, "attempts": [{"name": "the program", "error": None}]},
        {
            "id": 1,
            "attempts": [{"name": "the program", "error": ERROR, "matched": True}],
            "notes": ["a note"],
        },
        {"id": 1, "attempts": [{"name": "x", "error": None, "eager": [1, 2], "torchscript": [1]}]},
        {"id": 1, "failure": "timeout", "stage": "importing net"},
        {"id": 1, "inconclusive": "no instance could be made"},
        {"id": 1, "shows": None},
    ],
)
def test_an_answer_is_taken_as_it_is(fields: dict[str, Any]) -> None:
    assert checked(fields) is fields


@pytest.mark.parametrize(
    "more",
    [
        {"attempts": [{}]},
        {"attempts": [{"name": "FORGED"}]},
        {"attempts": [{"name": "FORGED", "error": {"type": "E"}}]},
        {"attempts": [{"name": ["FORGED"], "error": None}]},
        {"attempts": {"name": "FORGED"}},
        {"attempts": 3},
        {"failure": "nope"},
        {"failure": ["timeout"]},
        {"notes": "a note"},
        {"notes": [{}]},
        {"inconclusive": 1},
        {"detail": {}},
        {"shows": "0"},
    ],
)
def test_anything_else_is_malformed(more: dict[str, Any]) -> None:
    assert checked({"id": 1, **more}) == {"id": 1, "failure": "malformed"}


def test_what_passed_in_silence_says_what_it_compared() -> None:
    fields = {"id": 1, "attempts": [{"name": "the program", "error": None, "eager": [1, 2]}]}
    assert checked(fields) is fields
    assert checked(fields, is_silent=True) == {"id": 1, "failure": "malformed"}
    whole = {"id": 1, "attempts": [{"name": "the program", "error": None, "eager": 2, "torchscript": None}]}
    assert checked(whole, is_silent=True) is whole
