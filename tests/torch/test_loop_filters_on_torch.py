"""The programs of `data/loop_filters.txt` break on torch where their headings say so."""

from __future__ import annotations

import contextlib
import runpy
from pathlib import Path

import pytest

from loop_filter_programs import LoopFilter, loop_filters


@pytest.mark.parametrize("program", [*loop_filters()], ids=str)
@pytest.mark.filterwarnings("ignore")
def test_torch_refuses_where_the_filter_lets_a_scripted_part_in(program: LoopFilter, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(program.text, "utf-8")
    refused = pytest.raises(RuntimeError, match="is not supported on ScriptModules")
    with refused if program.breaks else contextlib.nullcontext():
        runpy.run_path(str(file), run_name="__main__")
