"""The project's own tests are run as pytest runs them, where a finding is reached by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from asked_together import Case, verdicts_together
from hookproof.finding import Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

MODEL = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def keep(module, inputs, output):
    print(output)


def hooked():
    net = Net()
    net.register_forward_hook(keep)
    return net


def export(net, path):
    torch.jit.script(net).save(path)
"""
FIXTURE = "import pytest\nfrom netlib import hooked\n\n\n@pytest.fixture\ndef net():\n    return hooked()\n"
SCRIPTS = "import torch\n\n\ndef test_export(net, tmp_path):\n    torch.jit.script(net)\n"
PROJECTS = {
    "a fixture of a conftest": (
        {"tests/conftest.py": FIXTURE, "tests/test_export.py": SCRIPTS},
        "test_export",
    ),
    "a fixture of the file": ({"tests/test_export.py": FIXTURE + SCRIPTS}, "test_export"),
    "a fixture that asks for another, and a function of the project": (
        {
            "conftest.py": FIXTURE + "\n\n@pytest.fixture\ndef ready(net):\n    return net.eval()\n",
            "test_it.py": "from netlib import export\n\n\ndef test_it(ready, tmp_path):\n"
            "    export(ready, str(tmp_path / 'net.pt'))\n",
        },
        "test_it",
    ),
    "a method of a class": (
        {
            "tests/conftest.py": FIXTURE,
            "tests/export_test.py": "import torch\n\n\nclass TestExport:\n    def test_it(self, net):\n"
            "        torch.jit.script(net)\n",
        },
        "TestExport",
    ),
    "a test case of unittest": (
        {
            "tests/test_case.py": "import unittest\nimport torch\nfrom netlib import hooked\n\n\n"
            "class Exporting(unittest.TestCase):\n    def setUp(self):\n        self.net = hooked()\n\n"
            "    def test_it(self):\n        torch.jit.script(self.net)\n",
        },
        "Exporting",
    ),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Verdict]]:
    cases = {}
    for name, (files, _) in PROJECTS.items():
        folder = tmp_path_factory.mktemp("project")
        for file, text in {"pyproject.toml": "", "src/netlib/__init__.py": MODEL, **files}.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, "utf-8")
        cases[name] = Case(tuple(check_paths([str(folder)], Settings(root=str(folder))).findings))
    return verdicts_together(cases)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_test_of_the_project_shows_the_finding(name: str, judged: dict[str, list[Verdict]]) -> None:
    [verdict] = judged[name]
    assert (verdict.status, verdict.shown_by) == ("confirmed", "the program"), verdict
    assert verdict.reason.endswith(f"::{PROJECTS[name][1]}"), verdict


def test_where_a_folder_is_no_project_of_its_own_nothing_else_is_run(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL + "\n\nexport(hooked(), 'net.pt')\n", "utf-8")
    (tmp_path / "test_other.py").write_text("def test_other():\n    raise SystemExit(3)\n", "utf-8")
    findings = check_paths([str(tmp_path)], Settings()).findings
    [verdict] = verdicts_together({"": Case(tuple(findings))})[""]
    assert verdict.status == "confirmed"
    assert "model.py as a script" in verdict.reason
