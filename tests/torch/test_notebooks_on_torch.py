"""Notebooks in the shapes that people publish: what is found in them is what torch does, cell by cell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hookproof.finding import Finding
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.source.notebook import Place, notebook
from notebooks import NOTEBOOKS, errors_when_run, recorded_errors

NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("name", NAMES)
def test_cells_end_in_the_errors_that_the_notebook_holds(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = errors_when_run(NOTEBOOKS / name)
    recorded = recorded_errors(NOTEBOOKS / name)
    assert found.keys() == recorded.keys()
    for cell, (error, start) in recorded.items():
        assert found[cell][0] == error
        assert found[cell][1].startswith(start)


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_that_is_certain_to_raise_names_the_cell_that_raises(name: str, tmp_path: Path) -> None:
    path = shutil.copy(NOTEBOOKS / name, tmp_path)
    shutil.copy(NOTEBOOKS / "notebook_hooks.py", tmp_path)
    report = check_paths([str(tmp_path)], Settings(), jobs=1)
    assert not report.files.failed
    certain = [each for each in report.findings if (each.outcome, each.confidence) == ("raises", "certain")]
    named = {place.cell for finding in certain for place in _places(finding, path)}
    assert named >= recorded_errors(NOTEBOOKS / name).keys()
    assert bool(certain) == bool(recorded_errors(NOTEBOOKS / name))


def _places(finding: Finding, path: str) -> list[Place]:
    book = notebook(Path(path).read_bytes(), path)
    lines = [finding.line] if finding.path == path else []
    lines += [link.line for link in finding.evidence if link.path == path]
    return [book.place(line) for line in lines]
