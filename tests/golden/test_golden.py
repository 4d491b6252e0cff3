"""The facts below the rules are the recorded ones, of fixtures, forms and torch's own tree."""

from __future__ import annotations

import pytest

from golden_lines import PARTS, differences


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=pytest.mark.slow if part == "torch" else ()) for part in PARTS]
)
def test_what_is_worked_out_is_what_was_recorded(part: str) -> None:
    assert not list(differences(part))
