"""Hooks that run while a module is traced: what they leave on the module, and the world they meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.report import HookSite
from hookproof.session.pipeline import check_paths, inventory
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


AT_MOST_LIKELY = {
    "one of two hooks prints": (
        "model.register_forward_hook(quiet if len(sys.argv) > 1 else loud)\n"
        "traced = torch.jit.trace(model, X)\n"
        "traced(X)\n"
    ),
    "a loop over parts, of which there may be none": (
        "model.register_forward_hook(of_each_part)\ntraced = torch.jit.trace(model, X)\ntraced(X)\n"
    ),
    "a mode that only some layers feel": (
        "model.register_forward_hook(to_eval)\ntraced = torch.jit.trace(model, X)\ntraced(X)\n"
    ),
    "an option for a forward that fails": (
        "model.register_forward_hook(annotated, always_call=True)\n"
        "scripted = torch.jit.script(model)\n"
        "scripted(X)\n"
    ),
}

HOOKS_AND_MODEL = """\
import sys
import torch
from torch import nn


def quiet(module, inputs, output):
    pass


def loud(module, inputs, output):
    print(output.shape)


def of_each_part(module, inputs, output):
    for part in module.children():
        print(part)


def to_eval(module, inputs, output):
    module.eval()


def annotated(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    print("called")


class Net(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


X = torch.ones(1)
model = Net()
"""


@pytest.mark.parametrize("rest", [pytest.param(text, id=name) for name, text in AT_MOST_LIKELY.items()])
def test_what_a_program_may_not_show_is_at_most_likely(rest: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(HOOKS_AND_MODEL + rest, "utf-8")
    (finding,) = check_paths([str(path)], Settings()).findings
    assert finding.confidence == "likely"
    ((torch, eager),) = oracle().watch([path], ("as it is", "eager"))
    assert (torch.raised, torch.printed) == (eager.raised, eager.printed) == (False, eager.printed)
