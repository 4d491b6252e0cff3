"""Which versions with facts a version, a range or a file is about, and how it is said where one holds."""

from __future__ import annotations

import pytest

from hookproof.facts.atlas import SHIPPED
from hookproof.facts.versions import Torch, asked_for, note, problem

AMONG = ("1.8.1", "2.0.1", "2.4.1", "2.13.0")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["2.4"], [("2.4", "2.4.1")]),
        (["2.4.0"], [("2.4.0", "2.0.1")]),
        (["2.5"], [("2.5", "2.4.1")]),
        (["1.5"], [("1.5", "1.8.1")]),
        (["2.20+cu130"], [("2.20", "2.13.0")]),
        ([">=2.0"], [("2.0.1", "2.0.1"), ("2.4.1", "2.4.1"), ("2.13.0", "2.13.0")]),
        ([">=2.0,<2.5"], [("2.0.1", "2.0.1"), ("2.4.1", "2.4.1")]),
        (["==2.4.*"], [("2.4.1", "2.4.1")]),
        (["~=2.5.1"], [("2.5.1", "2.4.1")]),
        ([">=2.6,<2.8"], [("2.6", "2.4.1")]),
        (["<1.5"], [("1.5", "1.8.1")]),
        (["2.13", "1.13"], [("1.13", "1.8.1"), ("2.13", "2.13.0")]),
        (["mine.json", "2.4"], [("2.4", "2.4.1"), ("mine.json", "mine.json")]),
    ],
)
def test_what_is_asked_for(wanted: list[str], found: list[tuple[str, str]]) -> None:
    assert asked_for(wanted, AMONG) == tuple(Torch(*each) for each in found)


@pytest.mark.parametrize("text", ["2.4", ">=2.4,<2.9", "!=2.5.0", "v2.1", "2.13.0+cpu", "folder/facts.json"])
def test_a_version_a_range_or_a_file(text: str) -> None:
    assert problem(text) is None


@pytest.mark.parametrize("text", ["newest", "", "  ", "2.x", ">=", "=2.4"])
def test_anything_else_is_a_mistake(text: str) -> None:
    assert problem(text)


@pytest.mark.parametrize(
    ("holds", "since", "until", "said"),
    [
        (AMONG, None, None, None),
        ((), None, None, None),
        (("2.4.1", "2.13.0"), None, None, "since 2.4"),
        (("2.4.1", "2.13.0"), "2.1", None, "since 2.1"),
        (("2.4.1", "2.13.0"), "1.9", None, "since 2.4"),
        (("1.8.1", "2.0.1"), None, None, "fixed in 2.4"),
        (("1.8.1", "2.0.1"), None, "2.2", "fixed in 2.2"),
        (("2.0.1", "2.4.1"), None, None, "since 2.0, fixed in 2.13"),
        (("1.8.1", "2.4.1"), None, None, "in 1.8, 2.4"),
    ],
)
def test_where_something_holds_is_said_in_short(
    holds: tuple[str, ...], since: str | None, until: str | None, said: str | None
) -> None:
    assert note(holds, AMONG, since, until) == said


def test_the_newest_is_last() -> None:
    assert asked_for([">=1.0"])[-1].facts == SHIPPED[-1]
