"""Notebooks in the shapes that people publish: what is found in them is what torch does, cell by cell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hooked_project import hookproof
from hookproof.finding import Finding
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.source.notebook import Place, notebook
from notebooks import NOTEBOOKS, errors_when_run, made, recorded_errors

pytestmark = pytest.mark.slow  # the cells of the notebooks import torch

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


BROKEN = (
    "%matplotlib inline\nimport torch\nfrom torch import nn\n!ls",
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.fc = nn.Linear(2, 2)\n        self.seen = []\n\n"
    "    def forward(self, x):\n        return self.fc(x)",
    "def keep(m, args, output):\n    m.seen.append(output)",
    "net = Net()\nnet.register_forward_hook(keep)\n!ls\n"
    "net.fc.register_forward_hook(lambda m, i, o: o * 2)\n%time scripted = torch.jit.script(net)",
)


def test_a_notebook_that_was_fixed_runs(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(made(*BROKEN), "utf-8")
    assert errors_when_run(path).keys() == {4}
    done = hookproof("check", "--no-cache", "--fix", "--unsafe-fixes", str(path), cwd=tmp_path)
    assert done.returncode == 0
    assert errors_when_run(path) == {}
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert "".join(cells[0]["source"]) == BROKEN[0]
    assert "!ls\n" in cells[3]["source"]


def _places(finding: Finding, path: str) -> list[Place]:
    book = notebook(Path(path).read_bytes(), path)
    lines = [finding.line] if finding.path == path else []
    lines += [link.line for link in finding.evidence if link.path == path]
    return [book.place(line) for line in lines]
