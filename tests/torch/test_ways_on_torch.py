"""The programs of `data/ways.txt` break on torch where their headings say that a module gets there."""

from __future__ import annotations

import contextlib
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from way_programs import Way, ways


@pytest.mark.parametrize("way", ways(), ids=str)
@pytest.mark.filterwarnings("ignore")
def test_torch_raises_where_the_module_gets_there(way: Way, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(way.text, "utf-8")
    outside = SimpleNamespace(change=list[object].reverse)
    program = runpy.run_path(str(file), {"outside": outside})
    with pytest.raises((RuntimeError, AttributeError)) if way.breaks else contextlib.nullcontext():
        program["go"]()
