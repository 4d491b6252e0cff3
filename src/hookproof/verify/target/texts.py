"""Compares two texts that a program printed, line by line and numbers within a tolerance."""

from __future__ import annotations

import collections
import itertools
import re
from typing import Any

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.I)
_ADDRESS = re.compile(r"\b0x[0-9a-f]+")
_SHOWN = 80  # characters
TOLERANCE = 1e-3  # torch computes in another order once it has left eager mode


def different_lines(one: str, other: str, tolerance: float = TOLERANCE) -> Any:
    """Return how often each line is of one text alone where the other has another line.

    A line goes without its numbers, and counts for each of these that differs, by its position.
    """
    found: Any = collections.Counter()
    lines = [text.splitlines() for text in (one, other)]
    for number in range(max(map(len, lines))):
        a, b = (text[number] if number < len(text) else None for text in lines)
        if not is_same_line(a, b, tolerance):
            differing = _differing_numbers(a or "", b or "", tolerance)
            for line in (a, b):
                if line is not None:
                    found.update((_without_numbers(line), position) for position in differing or [-1])
    return found


def first_difference(one: str, other: str, known: Any = ()) -> tuple[str, str]:
    """Return the first lines that are not the same as literals, long ones from shortly before they differ.

    Those come first that are not among the `known` differences (see `different_lines`).
    """
    lines = [text.splitlines() for text in (one, other)]
    pairs = list(itertools.zip_longest(*lines))
    apart = [(a, b) for a, b in pairs if not is_same_line(a, b)]
    new = [(a, b) for a, b in apart if different_lines(a or "", b or "") - collections.Counter(known)]
    first, second = (text or "" for text in [*new, *apart, (one, other)][0])
    start = next((n for n, (a, b) in enumerate(zip(first, second)) if a != b), min(len(first), len(second)))
    start = start - _SHOWN // 2 if start > _SHOWN // 2 else 0
    return repr(first[start : start + _SHOWN]), repr(second[start : start + _SHOWN])


def is_same_line(one: str | None, other: str | None, tolerance: float = TOLERANCE) -> bool:
    """Tell whether two lines say the same."""
    if one is None or other is None or one == other:
        return one == other
    one, other = _ADDRESS.sub("", one), _ADDRESS.sub("", other)
    return _without_numbers(one) == _without_numbers(other) and _have_same_numbers(one, other, tolerance)


def _have_same_numbers(one: str, other: str, tolerance: float) -> bool:
    return not _differing_numbers(one, other, tolerance)


def _differing_numbers(one: str, other: str, tolerance: float) -> list[int]:
    """Return the positions of the numbers that differ, the last of all where there are not as many."""
    numbers = _NUMBER.findall(one), _NUMBER.findall(other)
    pairs = enumerate(zip(*numbers))
    differing = [position for position, (a, b) in pairs if not _is_close(a, b, tolerance)]
    return differing if len(numbers[0]) == len(numbers[1]) else [-2]


def _is_close(one: str, other: str, tolerance: float) -> bool:
    """Tell whether two numbers are the same; whole ones, which count something, have no tolerance."""
    if one == other or (one + other).isdigit():
        return one == other
    a, b = float(one), float(other)
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def _without_numbers(line: str) -> str:
    return _NUMBER.sub("#", _ADDRESS.sub("", line))
