"""Conditions in a loop over a model are asked for each part: a scripted one is kept out, or told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from loop_filter_programs import LoopFilter, loop_filters


@pytest.mark.parametrize("program", [*loop_filters()], ids=str)
def test_refusal_is_certain_where_the_filter_lets_a_scripted_part_in(
    program: LoopFilter, tmp_path: Path
) -> None:
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "program.py").write_text(program.text, "utf-8")
    found = check_paths([str(tmp_path)], Settings()).findings
    told = {(each.code, each.confidence) for each in found}
    decided = {("HKP102", "certain")} if program.breaks else set[tuple[str, str]]()
    assert told == (decided if program.is_decided else {("HKP102", "likely")})
