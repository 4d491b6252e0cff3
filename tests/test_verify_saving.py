"""Life cycles that save and load the model, or ask it for what only a ScriptModule has, are put to torch."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.engine import check_paths
from hookproof.finding import Verdict
from hookproof.settings import Settings
from test_verify_worker import verdicts

HEADER = """\
import io
from pathlib import Path
from typing import Tuple

import torch
from torch import nn


def double(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * 2 + 1


def export():
    model = nn.Linear(2, 2).eval()
    handle = model.register_forward_hook(double)
    scripted = torch.jit.script(model)
"""
SAVED = {
    "HKP108": """\
    handle.remove()
    scripted.save("model.pt")
    scripted(torch.ones(1, 2))
""",
    "HKP113": """\
    path = Path("model.pt")
    torch.jit.save(scripted, path)
    frozen = torch.jit.freeze(torch.jit.load(path))
    frozen(torch.ones(1, 2))
""",
    "HKP114": """\
    buffer = io.BytesIO()
    torch.jit.save(scripted, buffer)
    buffer.seek(0)
    torch.jit.load(buffer).forward(torch.ones(1, 2))
""",
}
CUT_SHORT = """\
    print(scripted.graph)
    frozen = torch.jit.freeze(scripted)
    frozen(torch.ones(1, 2))
"""


def verdict(code: str, rest: str, folder: Path) -> Verdict:
    (folder / "exporting.py").write_text(HEADER + rest, "utf-8")
    findings = check_paths([str(folder)], Settings()).findings
    assert [finding.code for finding in findings] == [code]
    return verdicts(list(findings))[0]


@pytest.mark.parametrize("code", SAVED)
def test_a_hook_is_counted_in_a_model_that_is_saved(code: str, tmp_path: Path) -> None:
    found = verdict(code, SAVED[code], tmp_path)
    assert found.status == "confirmed", found
    assert "rebuilt" not in found.reason


def test_an_eager_run_that_ends_early_refutes_nothing(tmp_path: Path) -> None:
    found = verdict("HKP113", CUT_SHORT, tmp_path)
    assert found.status == "inconclusive", found
    assert (
        "fails with an eager model: AttributeError: 'Linear' object has no attribute 'graph'" in found.reason
    )
