"""`pytest --hookproof` on a suite as people write it, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hooked_project import environment, hookproof
from places import ROOT

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)
        self.seen = []

    def forward(self, x):
        return self.fc(x)


def remember(module, input: tuple[torch.Tensor], output: torch.Tensor):
    module.seen.append(output)


def double(module, input: tuple[torch.Tensor], output: torch.Tensor):
    return output * 2


def hooked(hook):
    net = Net()
    net.register_forward_hook(hook)
    return net


def export():
    return torch.jit.script(hooked(remember))
"""
SUITE = """\
import pytest
import torch

from net import double, export, hooked, remember


@pytest.fixture(scope="module")
def scripted():
    return torch.jit.script(hooked(double))


def test_eager():
    net = hooked(remember)
    net(torch.ones(1, 4))
    assert len(net.seen) == 1


def test_compiles(scripted):
    assert scripted(torch.ones(1, 4)).shape == (1, 2)


def test_traces():
    torch.jit.trace(hooked(remember), torch.ones(1, 4))


def test_registers_on_the_scripted(scripted):
    with pytest.raises(RuntimeError):
        scripted.register_forward_hook(double)


@pytest.mark.parametrize("name", ["seen"])
def test_exports(name):
    with pytest.raises(RuntimeError, match=name):
        export()


def test_fails():
    assert not hooked(double)
"""
LOST = {
    "test_net.py::test_traces": "ran while tracing only",
    "test_net.py::test_registers_on_the_scripted": "refused",
    "test_net.py::test_exports[seen]": "refused",
}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", "utf-8")
    (tmp_path / "net.py").write_text(NET, "utf-8")
    (tmp_path / "test_net.py").write_text(SUITE, "utf-8")
    return tmp_path


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *options]
    # Not as a worker of this very run.
    ours = {name: value for name, value in environment().items() if not name.startswith("PYTEST_")}
    return subprocess.run(command, cwd=folder, env=ours, capture_output=True, text=True, timeout=300)


def report_of(folder: Path, *options: str) -> dict[str, Any]:
    run(folder, "--hookproof-report", "seen.json", *options)
    report: dict[str, Any] = json.loads((folder / "seen.json").read_text("utf-8"))
    return report


def lost_in(report: dict[str, Any]) -> dict[str, str]:
    from hookproof.watching.suite import losses

    return {str(loss.test): loss.fate for loss in losses(report)}


def test_the_end_of_the_run_names_each_lost_hook_with_its_test(suite: Path) -> None:
    done = run(suite, "--hookproof")
    _, _, section = done.stdout.partition("hooks that did not survive")
    told = section.splitlines()
    assert done.returncode == 1  # test_fails
    assert "5 passed" in done.stdout
    (traced,) = (line for line in told if "ran while tracing only" in line)
    assert traced == ("  net.py:25: remember: ran while tracing only, in torch.jit.trace at test_net.py:23")
    assert told[told.index(traced) - 1] == "test_net.py::test_traces"
    assert any("RuntimeError: Module 'Net' has no attribute 'seen'" in line for line in told)
    assert any(line.startswith("hookproof: 3 refused or lost, in 3 tests") for line in told)


def test_without_the_option_nothing_is_said_or_watched(suite: Path) -> None:
    assert "hookproof" not in run(suite).stdout


def test_a_strict_run_fails_the_tests_in_which_it_happened(suite: Path) -> None:
    done = run(suite, "--hookproof-strict", "-rf")
    failed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED ")}
    assert failed == {*LOST, "test_net.py::test_fails"}
    assert "hooks were refused or lost:" in done.stdout


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_the_report_has_all_of_it_however_many_processes(options: tuple[str, ...], suite: Path) -> None:
    report = report_of(suite, *options)
    schema = (ROOT / "src/hookproof/output/schemas/witness.schema.json").read_text("utf-8")
    jsonschema.validate(report, json.loads(schema))
    assert lost_in(report) == LOST
    assert [each["number"] for each in report["registrations"]] == list(range(len(report["registrations"])))
    assert all(location["path"].startswith(str(suite)) for e in report["entries"] for location in e["chain"])


def test_check_marks_the_findings_that_a_suite_bears_out(suite: Path) -> None:
    report_of(suite)
    done = hookproof("check", "--witness", "seen.json", "--output-format=json", cwd=suite)
    found = json.loads(done.stdout)["findings"]
    seen = {each["code"]: each["evidence"][0]["note"] for each in found}
    assert seen == {"HKP302": "seen in test_net.py::test_exports[seen]"}


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', '{"version": 1, "findings": []}', "[" * 9999])
def test_a_file_of_another_kind_is_told_in_one_line(text: str, suite: Path) -> None:
    (suite / "seen.json").write_text(text, "utf-8")
    done = hookproof("check", "--witness", "seen.json", cwd=suite)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "--witness seen.json" in line


def test_loading_it_imports_nothing_of_hookproof() -> None:
    text = "import sys, hookproof.pytest_plugin; print(sorted(n for n in sys.modules if 'hookproof' in n))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout.strip() == "['hookproof', 'hookproof.pytest_plugin']"
