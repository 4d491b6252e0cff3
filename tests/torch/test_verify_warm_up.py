"""What several experiments need of torch is imported once, and leaves torch as it was."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from hookproof.verify.target import experiments

EXPORTED = {"world": "exported"}
COMPILED = {"world": "compiled by dynamo"}
SCRIPT = {"scripts": ["import torch\nprogram = torch.export.export(net, (x,))\n"]}
OTHERS: list[dict[str, Any]] = [{"world": "traced"}, {"scripts": ["import torch\ntorch.jit.script(net)\n"]}]


@pytest.mark.parametrize(
    ("asked", "is_imported"),
    [
        ([EXPORTED, COMPILED, *OTHERS], True),
        ([SCRIPT, SCRIPT], True),
        ([EXPORTED, *OTHERS], False),
        (OTHERS * 2, False),
    ],
)
def test_graphs_are_imported_where_several_need_them(
    asked: list[dict[str, Any]], is_imported: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported: list[bool] = []
    monkeypatch.setattr(experiments, "import_graphs", lambda: imported.append(True))
    monkeypatch.setattr(experiments, "_settle", lambda: None)
    experiments.warm_up_for(asked)
    assert bool(imported) is is_imported


def test_importing_them_changes_nothing_that_a_program_could_tell() -> None:
    program = """
import sys, torch
from hookproof.verify.target.experiments import import_graphs

def state():
    functions = (torch.jit.trace, torch.jit.script, torch.compile, torch.export.export)
    return functions, dict(vars(torch.nn.Module)), dict(vars(torch.nn.Linear)), torch.rand(3).tolist()

torch.manual_seed(0)
before = state()
torch.manual_seed(0)
import_graphs()
assert state() == before
assert "torch._dynamo" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
