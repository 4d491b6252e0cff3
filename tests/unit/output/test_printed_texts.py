"""Printed texts are compared line by line, numbers that torch computed within a tolerance."""

from __future__ import annotations

import pytest

from hookproof.verify.target.texts import different_lines, first_difference


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ""),
        ("mean 0.50001", "mean 0.50003"),
        ("tensor([1.0000e+00, -2.])", "tensor([1.0002e+00, -2.])"),
        ("shape (2, 4)\nloss 1.25", "shape (2, 4)\nloss 1.2501"),
    ],
)
def test_what_torch_computes_in_another_order_is_the_same(one: str, other: str) -> None:
    assert not different_lines(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("calls 1000", "calls 1001"),
        ("conv1", "conv2"),
        ("mean 0.5", "mean 0.6"),
        ("called", ""),
        ("called\ncalled", "called"),
    ],
)
def test_a_count_a_name_or_a_line_more_is_not(one: str, other: str) -> None:
    assert different_lines(one, other)
    first, second = first_difference(one, other)
    assert first != second


def test_a_long_line_is_shown_where_it_differs() -> None:
    start = "layer " * 50
    assert first_difference(f"same\n{start}one", f"same\n{start}two") == (
        repr((start + "one")[-43:]),
        repr((start + "two")[-43:]),
    )


def test_a_line_is_counted_without_its_numbers_by_which_of_them_differs() -> None:
    assert different_lines("took 0.1 s\ncalls 3", "took 0.9 s\ncalls 3") == {("took # s", 0): 2}
    assert different_lines("3 calls in 0.1 s", "3 calls in 0.9 s") == {("# calls in # s", 1): 2}


def test_a_line_that_always_differs_is_told_from_one_with_other_numbers() -> None:
    names = different_lines("tensor([1.0], fn=<Add>)", "tensor([1.0], fn=<Graph>)")
    numbers = different_lines("tensor([2.0], fn=<Add>)", "tensor([1.0], fn=<Graph>)")
    assert names
    assert numbers - names


def test_where_an_object_lies_makes_no_line_another() -> None:
    assert not different_lines("<Net at 0x7f01>", "<Net at 0x7f02>")
