"""Hooks that run while a module is traced: what they leave on the module, and the world they meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.engine import check_paths, inventory
from hookproof.report import HookSite
from hookproof.settings import Settings
from torch_oracle import Outcome, oracle

PROGRAM = """\
import torch
from torch import nn


def hook(module, inputs, output):
    {body}


layer = nn.Linear(1, 1)
layer.register_forward_hook(hook)
traced = torch.jit.trace(layer, torch.ones(1))
"""

# What torch shows of it: call `layer` or `traced` once the attribute is gone, and see whether it is back.
SEEN_AGAIN = """\
del layer.seen
traced(torch.ones(1))
scripted = hasattr(layer, "seen")
layer(torch.ones(1))
eager = hasattr(layer, "seen")
"""


def program(folder: Path, body: str, rest: str = "") -> Path:
    path = folder / "program.py"
    path.write_text(PROGRAM.format(body=body) + rest, "utf-8")
    return path


def on_torch(path: Path) -> Outcome:
    return oracle().run(path, [None])[None]


def codes(path: Path) -> list[tuple[int, str, str]]:
    found = check_paths([str(path)], Settings()).findings
    return [(finding.line, finding.code, finding.confidence) for finding in found]


def only_hook(path: Path) -> HookSite:
    (site,) = inventory([str(path)], Settings()).hooks
    return site


@pytest.mark.parametrize("body", ["module.to(torch.float64)", "module.half()", "module.double()"])
def test_a_module_that_becomes_another_is_found_without_a_call(body: str, tmp_path: Path) -> None:
    path = program(tmp_path, body)
    assert "dtype" in on_torch(path).message
    assert codes(path) == [(10, "HKP109", "certain")]
    assert only_hook(path).worlds == ("traced",)


@pytest.mark.parametrize(
    ("body", "confidence"),
    [
        ("module.register_buffer('seen', output.detach())", "certain"),
        ("module.seen = True", "certain"),
        ("setattr(module, 'seen', True)", "certain"),
    ],
)
def test_what_is_set_on_a_module_is_found(body: str, confidence: str, tmp_path: Path) -> None:
    path = program(tmp_path, body, SEEN_AGAIN)
    assert on_torch(path).differs
    assert codes(path) == [(10, "HKP109", confidence)]


@pytest.mark.parametrize("body", ["return output * 2", "output.mul_(2)", "pass", "assert output.dim() == 1"])
def test_what_is_baked_in_is_no_loss_and_yet_met(body: str, tmp_path: Path) -> None:
    rest = "with torch.no_grad():\n    eager, scripted = layer(torch.ones(1)), traced(torch.ones(1))\n"
    path = program(tmp_path, body, rest)
    assert on_torch(path).differs is False
    assert codes(path) == []
    assert only_hook(path).worlds == ("traced",)


def test_a_condition_that_is_not_understood_is_no_certainty(tmp_path: Path) -> None:
    rest = "traced(torch.ones(1))\nscripted = 0\nlayer(torch.ones(1))\neager = 1\n"
    path = program(tmp_path, "if output.sum() > -100: print(output.shape)", rest)
    assert codes(path) == [(10, "HKP109", "likely")]
