"""What each repair writes, and the ways of writing a thing that it leaves alone: `data/repairs.txt`."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.fixing import mend
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from repair_programs import CHANGED, HEAD, KEPT, PROGRAMS


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
