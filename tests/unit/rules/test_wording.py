"""What differs is told in words that differ, wherever in a value it is."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from hookproof.verify.target.state import picture
from hookproof.verify.target.wording import words_apart

PAIRS: list[tuple[Any, Any, str]] = [
    (1, 2, "1 / 2"),
    ([0, 1, 2, 3, 4], [0, 1, 2, 3, 5], "[0, 1, 2, 3, …], where [4] is 4 / [4] is 5"),
    ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5], "[0, 1, 2, 3, …], where .len() is 5 / .len() is 6"),
    (
        {n: n for n in range(5)},
        {n: n % 4 for n in range(5)},
        "{0: 0, 1: 1, 2: 2, 3: 3}, where [4] is 4 / [4] is 0",
    ),
    (
        torch.tensor([1.0, 2, 3, 4]),
        torch.tensor([1.0, 2, 3, -4]),
        "float32[4] (1, 2, 3, …), where [3] is 4 / [3] is -4",
    ),
    (
        [[torch.zeros(4)]],
        [[torch.tensor([0.0, 0, 0, 1])]],
        "[[float32[4] (0, 0, 0, …)]], where [0][0][3] is 0 / [0][0][3] is 1",
    ),
]


@pytest.mark.parametrize(("one", "other", "said"), PAIRS)
def test_the_first_difference_is_named(one: Any, other: Any, said: str) -> None:
    assert " / ".join(words_apart(picture(one), picture(other))) == said


def test_long_texts_are_told_apart() -> None:
    one, other = words_apart("x" * 500 + "a", "x" * 500 + "b")
    assert one.endswith("a part is 'xxxxxxxxxxa'")
    assert other == "a part is 'xxxxxxxxxxb'"
