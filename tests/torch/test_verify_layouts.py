"""Projects laid out in unusual ways are imported as their authors would, or the reason says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.finding import Finding, Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from test_verify_worker import verdicts

NET = """\
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width: int = 4):
        super().__init__()
        self.fc = nn.Linear(width, 2)
        self.cache = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    module.cache.append(output)


def build():
    net = Net()
    net.register_forward_hook(hook)
    return torch.jit.script(net)
"""
LAYOUTS = {
    "src folder": {"src/pkg/__init__.py": "", "src/pkg/net.py": NET},
    "no name of a module": {"train-my net.py": NET, "9_x.py": NET, "class.py": NET, "a b/é-ö/net.py": NET},
    "dots in the name": {
        "net.v2.py": NET,
        "resnet-1.0.py": NET,
        "pkg/__init__.py": "",
        "pkg/net.v3.py": "from .util import WIDTH\n" + NET,
        "pkg/util.py": "WIDTH = 4\n",
    },
    "warnings as errors": {"net.py": "import warnings\nwarnings.simplefilter('error')\n" + NET},
    "an exported notebook": {
        "export.py": "# coding: utf-8\n\n# In[1]:\n\n\nget_ipython().run_line_magic('matplotlib', 'inline')\n"
        "get_ipython().system('ls')\nget_ipython().magic('load_ext autoreload')\n"
        "get_ipython().run_cell_magic('time', '', 'width = 4\\n')\nassert width == 4\n\n\n# In[2]:\n\n\n"
        + NET
        + "\n\n# In[3]:\n\n\ndisplay(Net(width))\nget_ipython().run_line_magic('timeit', 'Net(width)')\n"
    },
    "names of Python's own": {
        "types.py": NET,
        "calendar.py": NET,
        "site.py": NET,
        "json.py": NET,
        "logging/__init__.py": "",
        "logging/net.py": NET,
    },
    "relative import without a package": {
        "models/parts/net.py": "from ..util import WIDTH\n" + NET,
        "models/util.py": "WIDTH = 4\n",
    },
    "a script that imports its neighbour": {
        "scripts/net.py": "from util import WIDTH\n" + NET,
        "scripts/util.py": "WIDTH = 4\n",
    },
    "names of the worker's own": {"bench.py": NET, "imports.py": NET, "worker.py": NET},
    "two of one name": {"a/pyproject.toml": "", "a/net.py": NET, "b/pyproject.toml": "", "b/net.py": NET},
    "to be run": {"pkg/__init__.py": "", "pkg/__main__.py": NET},
}
FAILING = {
    "import argparse\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument('--rate', required=True)\nparser.parse_args()\n": "under `if __name__",
    "raise EOFError\n": "under `if __name__",
    "raise FileNotFoundError(2, 'No such file', 'settings.json')\n": "let the path start from `__file__`",
    "raise ModuleNotFoundError('No module named a_package')\n": "`--python` takes an interpreter that has it",
}
PASSED_OVER = {
    "name = input('What name? ')\n": "under `if __name__",
    "settings = open('settings.json').read()\n": "let the path start from `__file__`",
    "import a_package_that_nobody_has\n": "`--python` takes an interpreter that has it",
}


def findings_in(files: dict[str, str], folder: Path) -> list[Finding]:
    (folder / "pyproject.toml").write_text("", "utf-8")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    findings = check_paths([str(folder)], Settings()).findings
    assert len(findings) == sum(NET in text for text in files.values())
    return list(findings)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Verdict]]:
    """Return the verdicts on what is found in each project, of one worker."""
    projects = LAYOUTS | {start: {"net.py": start + NET} for start in FAILING | PASSED_OVER}
    found = {
        name: findings_in(files, tmp_path_factory.mktemp(f"project{number}"))
        for number, (name, files) in enumerate(projects.items())
    }
    all_verdicts = iter(verdicts([finding for findings in found.values() for finding in findings]))
    return {name: [next(all_verdicts) for _ in findings] for name, findings in found.items()}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_project_is_put_to_torch_however_it_is_laid_out(
    layout: str, judged: dict[str, list[Verdict]]
) -> None:
    assert {verdict.status for verdict in judged[layout]} == {"confirmed"}, judged[layout]


@pytest.mark.parametrize("start", FAILING)
def test_the_reason_says_what_to_do_about_an_import_that_fails(
    start: str, judged: dict[str, list[Verdict]]
) -> None:
    (found,) = judged[start]
    assert found.status == "inconclusive"
    assert FAILING[start] in found.reason


@pytest.mark.parametrize("start", PASSED_OVER)
def test_so_does_that_of_a_verdict_past_it(start: str, judged: dict[str, list[Verdict]]) -> None:
    (found,) = judged[start]
    assert (found.status, found.shown_by) == ("confirmed", "a reduced program")
    went_on = "stood in for one" if "open(" in start else "line 1 was passed over"
    assert went_on in found.reason
    assert PASSED_OVER[start] in found.reason
