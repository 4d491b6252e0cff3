"""What `--fix --unsafe-fixes` makes of every fixture is as it was recorded, as differences."""

from __future__ import annotations

from fixture_fixes import RECORDED, all_differences


def test_fixes_of_fixtures_are_as_recorded() -> None:
    assert all_differences() == RECORDED.read_text("utf-8")
