"""What each repair writes, and the ways of writing a thing that it leaves alone: `data/repairs.txt`.

There, what stands before the first heading is the head of every program. `### changes: name` is followed by
a program and, behind `--- becomes`, by what is made of it; `### stays: name` by one that is left alone.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hookproof.fixing import mend
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from places import DATA

_HEADING = re.compile(r"^### (changes|stays): (.+)\n", re.MULTILINE)
HEAD, *_PARTS = _HEADING.split((DATA / "repairs.txt").read_text("utf-8"))
PROGRAMS = {name: f"{text.rstrip()}\n" for name, text in zip(_PARTS[1::3], _PARTS[2::3], strict=True)}
CHANGED = [name for kind, name in zip(_PARTS[::3], _PARTS[1::3], strict=True) if kind == "changes"]
KEPT = [name for name in PROGRAMS if name not in CHANGED]


def mended(text: str, folder: Path) -> str:
    path = folder / "program.py"
    path.write_text(text, "utf-8")
    settings = Settings()
    report = check_paths([str(path)], settings)
    done = mend((settings, (str(path),)), report, {}, lambda shown, _: shown, takes_unsafe=True)
    return done.contents.get(str(path), text.encode()).decode()


@pytest.mark.parametrize("name", CHANGED)
def test_a_repair_changes_only_what_it_is_about_and_is_done_then(name: str, tmp_path: Path) -> None:
    before, _, after = PROGRAMS[name].partition("--- becomes\n")
    assert mended(HEAD + before, tmp_path) == HEAD + after
    assert mended(HEAD + after, tmp_path) == HEAD + after


@pytest.mark.parametrize("name", KEPT)
def test_what_has_no_one_right_repair_is_left_alone(name: str, tmp_path: Path) -> None:
    assert mended(HEAD + PROGRAMS[name], tmp_path) == HEAD + PROGRAMS[name]
