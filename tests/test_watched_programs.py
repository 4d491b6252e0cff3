"""Every program of the fixtures and the documentation does under a witness what it does alone."""

from __future__ import annotations

from pathlib import Path

from alone_and_watched import runs
from fixture_programs import all_fixtures
from test_docs import programs as documented

_PROGRAMS = r"(breaks|differs|survives)_\w+"


def write(folder: Path, name: str, text: str) -> tuple[str, str]:
    path = folder / name / "program.py"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    return str(path), "$"


def assert_same(programs: list[tuple[str, str]], size: int = 1) -> None:
    groups = [programs[start : start + size] for start in range(0, len(programs), size)]
    pairs = runs(groups)
    assert len(pairs) == len(groups) > 0
    for group, (alone, watched) in zip(groups, pairs, strict=True):
        assert alone["results"], group
        assert watched == alone, group


def test_fixtures() -> None:
    assert_same([(str(fixture.main), _PROGRAMS) for fixture in all_fixtures()])


def test_documentation(tmp_path: Path) -> None:
    assert_same([write(tmp_path, f"{n}", program.text) for n, program in enumerate(documented())], 10)
