"""Silent findings that no program shows as it is: in a library, behind an error, and past one that hangs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from fixture_programs import all_fixtures
from hookproof.finding import Finding, Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.run import Limits
from test_verify_fixtures import asked, shown
from test_verify_worker import verdicts

WITHOUT = ("HKP215", "HKP312", "HKP406", "HKP409", "HKP410", "HKP415")
PICKY = """\
from typing import Tuple

import torch
from torch import nn


class Picky(nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.sum() > 0:
            raise ValueError("too large")
        return x


def count(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:
    module.count += 1{mark}


def mark(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:
    module.mark = 1


model = Picky()
model.register_forward_hook(count, always_call=True)
{other}scripted = torch.jit.script(model)
for each in (model, scripted):
    try:
        each(torch.ones(1))
    except Exception:
        print("failed")
"""
ANOTHER = PICKY.format(mark="", other="model.register_forward_hook(mark)\n")
ITSELF = PICKY.format(mark="\n    module.mark = 1", other="")
HANGS = """\
import time

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def mark(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    module.mark = 1


def main():
    time.sleep(1000)
    model = Net()
    model.register_forward_hook(mark)
    return torch.jit.script(model)
"""


def findings_in(text: str, folder: Path) -> list[Finding]:
    (folder / "setup.cfg").write_text("", "utf-8")
    (folder / "program.py").write_text(text, "utf-8")
    return list(check_paths([str(folder)], Settings()).findings)


def without_programs(path: Path) -> None:
    """Leave a fixture's classes and hooks on their lines, and nothing that runs them."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("differs_", "survives_", "breaks_")):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or 0) - node.lineno + 1)
    path.write_text("\n".join(lines), "utf-8")


def test_what_a_hook_of_a_library_does_is_observed_on_a_model_made_for_it(tmp_path: Path) -> None:
    findings = []
    for fixture in all_fixtures():
        if fixture.path.stem.upper().startswith(WITHOUT):
            folder = tmp_path / fixture.path.stem
            folder.mkdir()
            copy = folder / fixture.path.name
            copy.write_text(fixture.path.read_text("utf-8"), "utf-8")
            found = check_paths([str(folder)], Settings(assume_scripted=fixture.assume_scripted)).findings
            findings += [finding for finding in found if finding.code in WITHOUT]
            without_programs(copy)
    judged, _ = asked(findings)
    assert {finding.code for finding in judged} == set(WITHOUT)
    others = [shown(f) for f in judged if f.verdict and f.verdict.status != "confirmed"]
    assert not others, "\n".join(others)
    assert {f.verdict.shown_by for f in judged if f.verdict} == {"a reduced program"}


def test_a_value_that_a_hook_of_a_library_makes_nothing_of_confirms_nothing(tmp_path: Path) -> None:
    text = HANGS.partition("def mark")[0] + (
        "def double(module, input, output):\n"
        "    if isinstance(module, Net):\n        pass\n    return output * 2\n\n\n"
        "def attach(net: Net):\n    traced = torch.jit.trace(net, torch.ones(1, 4))\n"
        "    traced.register_forward_hook(double)\n    return traced\n"
    )
    kept = text.replace("        pass\n    return output * 2", "        return output * 2")
    found = [f for f in findings_in(kept, tmp_path) if f.code == "HKP409"]
    assert [verdict.status for verdict in verdicts(found)] == ["confirmed"]
    (tmp_path / "program.py").write_text(text, "utf-8")
    assert [verdict.status for verdict in verdicts(found)] != ["confirmed"]


@pytest.mark.parametrize(
    ("text", "note"), [(ANOTHER, "other hooks were left out"), (ITSELF, "replaced by plain ones")]
)
def test_an_option_is_found_lost_behind_an_error_of_another_cause(
    text: str, note: str, tmp_path: Path
) -> None:
    found = {f.code: f for f in findings_in(text, tmp_path)}
    judged: dict[str, Verdict] = dict(zip(found, verdicts(list(found.values())), strict=True))
    lost = judged["HKP119"]
    assert lost.status == "confirmed", lost
    assert lost.shown_by == "a reduced program"
    assert note in lost.reason
    assert "masked by" in lost.reason


def test_past_a_program_that_hangs_the_hook_is_asked_about_alone(tmp_path: Path) -> None:
    found = findings_in(HANGS, tmp_path)
    (verdict,) = verdicts(found, Limits(timeout=8, jobs=1))
    assert verdict.status == "confirmed", verdict
    assert verdict.shown_by == "a reduced program"
    assert "a program that reaches it did not finish in time" in verdict.reason
