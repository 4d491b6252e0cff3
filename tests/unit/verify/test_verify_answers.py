"""What is taken for an answer of the worker, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from hookproof.verify.answers import checked

ERROR = {"type": "RuntimeError", "bases": ["RuntimeError"], "message": "no", "places": [["a.py", 3]]}


@pytest.mark.parametrize(
    "fields",
    [
        {"attempts": [{"name": "the program", "error": None}]},
        {
            "attempts": [{"name": "the program", "error": ERROR, "matched": True}],
            "notes": ["a note"],
        },
        {"attempts": [{"name": "x", "error": None, "eager": [1, 2], "torchscript": [1]}]},
        {"failure": "timeout", "stage": "importing net"},
        {"inconclusive": "no instance could be made"},
        {"shows": None},
    ],
)
def test_an_answer_is_taken_as_it_is(fields: dict[str, Any]) -> None:
    assert checked(fields) == fields


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
        {"shows": -1},
        {"programs": [["a.py"]]},
        {"inconclusive": "x" * 30_000},
        {"attempts": [{"name": "FORGED", "error": {**ERROR, "places": [1]}}]},
        {"attempts": [{"name": "FORGED", "error": {**ERROR, "frames": [["a.py", "3"]]}}]},
        {"attempts": [{"name": "FORGED", "error": {**ERROR, "message": "x" * 30_000}}]},
        {"attempts": [{"name": "FORGED", "error": None, "against": 1}]},
        {"attempts": [{"name": "FORGED", "error": None, "shown_by": "me"}]},
    ],
)
def test_anything_else_is_malformed(more: dict[str, Any]) -> None:
    assert checked(more) == {"failure": "malformed"}


def test_what_passed_in_silence_says_what_it_compared() -> None:
    fields = {"attempts": [{"name": "the program", "error": None, "eager": [1, 2]}]}
    assert checked(fields) == fields
    assert checked(fields, is_silent=True) == {"failure": "malformed"}
    whole = {"attempts": [{"name": "the program", "error": None, "eager": 2, "torchscript": None}]}
    assert checked(whole, is_silent=True) == whole


def test_what_is_no_field_of_an_answer_is_left_out() -> None:
    assert checked({"started": [7], "id": 2, "torch": "FORGED", "inconclusive": "no"}) == {
        "inconclusive": "no"
    }
