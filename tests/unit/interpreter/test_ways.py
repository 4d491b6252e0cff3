"""Modules are followed on every ordinary way, in programs and in hooks, and guards keep findings out."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from way_programs import Way, ways

ALL = [
    pytest.param(way, marks=pytest.mark.xfail(strict=True, reason="not understood so far") if way.gap else ())
    for way in ways()
]


@pytest.mark.parametrize("way", ALL, ids=str)
def test_it_is_found_where_the_program_breaks_and_only_there(way: Way, tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "program.py").write_text(way.text, "utf-8")
    found = check_paths([str(tmp_path)], Settings()).findings
    assert any(each.code == way.code and each.confidence == "certain" for each in found) == way.breaks
