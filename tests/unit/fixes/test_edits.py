"""Edits leave every other byte of a file alone."""

from __future__ import annotations

import codecs

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hookproof.finding import Edit
from hookproof.fixes.edits import EditError, are_apart, edited

ENDINGS = ("\n", "\r\n", "\r")
TEXT = "x = 1\ny = (2,\n     3)\n"


def edit(line: int, column: int, end_line: int, end_column: int, text: str) -> Edit:
    return Edit("a.py", line, column, end_line, end_column, text)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["utf-8", "latin-1", "cp1252", "utf-8-sig"])
def test_line_endings_and_encoding_are_kept(ending: str, name: str) -> None:
    cookie = "" if name.startswith("utf-8") else f"# coding: {name}{ending}"
    first = 2 if cookie else 1
    text = f"{cookie}ä = 1{ending}y = 2"
    made = edited(text.encode(name), "a.py", [edit(first, 5, first, 6, "ü\n3")])
    assert made == f"{cookie}ä = ü{ending}3{ending}y = 2".encode(name)


def test_a_byte_order_mark_is_no_column() -> None:
    made = edited(codecs.BOM_UTF8 + b"x = 1\n", "a.py", [edit(1, 1, 1, 2, "y")])
    assert made == codecs.BOM_UTF8 + b"y = 1\n"


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([edit(1, 1, 1, 4, "a"), edit(1, 3, 1, 5, "b")], "two edits overlap"),
        ([edit(9, 1, 9, 2, "a")], "an edit lies outside of the file"),
        ([edit(1, 1, 1, 2, "π")], "iso-8859-1 cannot spell what is put in"),
    ],
)
def test_edits_that_cannot_be_carried_out(edits: list[Edit], reason: str) -> None:
    with pytest.raises(EditError, match=reason):
        edited(b"# coding: latin-1\n", "a.py", edits)


def test_several_edits_are_carried_out_together_whatever_their_order() -> None:
    edits = [edit(2, 6, 2, 7, "20"), edit(1, 5, 1, 6, "10"), edit(3, 6, 3, 7, "30"), edit(1, 5, 1, 6, "10")]
    assert edited(TEXT.encode(), "a.py", edits) == b"x = 10\ny = (20,\n     30)\n"


def test_edits_touch_where_they_share_text_or_begin_at_one_place() -> None:
    assert are_apart([edit(1, 1, 1, 3, "a"), edit(1, 3, 1, 4, "b")])
    assert not are_apart([edit(1, 1, 1, 3, "a"), edit(1, 2, 1, 4, "b")])
    assert not are_apart([edit(1, 1, 1, 1, "a"), edit(1, 1, 1, 1, "b")])
    assert are_apart([edit(1, 1, 1, 1, "a"), Edit("b.py", 1, 1, 1, 1, "b")])


@given(st.lists(st.sampled_from(["a", "ß", "𝕏", "\n", "\r\n", "\t"]), max_size=20), st.data())
def test_what_is_put_in_stands_where_it_was_put_and_nothing_else_moves(
    parts: list[str], data: st.DataObject
) -> None:
    text = "".join(parts)
    lines = text.replace("\r\n", "\n").split("\n")
    line = data.draw(st.integers(1, len(lines)))
    column = data.draw(st.integers(1, len(lines[line - 1]) + 1))
    made = edited(text.encode(), "a.py", [edit(line, column, line, column, "XYZ")]).decode()
    assert made.replace("XYZ", "", 1) == text
    before = made[: made.index("XYZ")].replace("\r\n", "\n")
    assert (before.count("\n") + 1, len(before) - before.rfind("\n")) == (line, column)
