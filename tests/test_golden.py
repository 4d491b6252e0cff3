"""The facts below the rules are the recorded ones, of fixtures, forms and torch's own tree.

    python tests/test_golden.py            print the lines that differ
    python tests/test_golden.py --write    record what is found now

A line may only change where torch agrees with the new one: write the program and run it.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator

import pytest

from golden_lines import GOLDEN, PARTS


def differences(part: str) -> Iterator[str]:
    """Yield the lines of a part that are not as recorded, as a diff under the headings of their programs."""
    recorded = (GOLDEN / f"{part}.txt").read_text("utf-8").splitlines(keepends=True)
    yield from difflib.unified_diff(recorded, list(PARTS[part]()), "recorded", "now", n=1)


@pytest.mark.parametrize("part", PARTS)
def test_what_is_worked_out_is_what_was_recorded(part: str) -> None:
    assert not list(differences(part))


if __name__ == "__main__":
    for each in PARTS:
        if "--write" in sys.argv:
            (GOLDEN / f"{each}.txt").write_text("".join(PARTS[each]()), "utf-8")
        else:
            sys.stdout.writelines(differences(each))
