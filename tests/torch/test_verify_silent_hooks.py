"""Silent findings that no program shows as it is: in a library, behind an error, and past one that hangs."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

from asked_together import Case, verdicts_together
from fixture_programs import all_fixtures
from hookproof.finding import Finding, Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from test_verify_fixtures import shown

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


KEPT = HANGS.partition("def mark")[0] + (
    "def double(module, input, output):\n"
    "    if isinstance(module, Net):\n        return output * 2\n\n\n"
    "def attach(net: Net):\n    traced = torch.jit.trace(net, torch.ones(1, 4))\n"
    "    traced.register_forward_hook(double)\n    return traced\n"
)
MADE_NOTHING_OF = KEPT.replace("        return output * 2", "        pass\n    return output * 2")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """Return findings with their verdicts, all of one worker."""
    cases = {"fixtures": Case(of_fixtures(tmp_path_factory.mktemp("fixtures")))}
    for name, text in {"another": ANOTHER, "itself": ITSELF, "kept": KEPT}.items():
        cases[name] = Case(findings_in(text, tmp_path_factory.mktemp(name)))
    folder = tmp_path_factory.mktemp("hangs")
    cases["hangs"] = Case(findings_in(HANGS, folder), timeout=8)
    folder = tmp_path_factory.mktemp("nothing")
    cases["made nothing of"] = Case([f for f in findings_in(KEPT, folder) if f.code == "HKP409"])
    (folder / "program.py").write_text(MADE_NOTHING_OF, "utf-8")
    found = verdicts_together(cases)
    return {
        name: [
            msgspec.structs.replace(finding, verdict=verdict)
            for finding, verdict in zip(case.findings, found[name], strict=True)
        ]
        for name, case in cases.items()
    }


def of_fixtures(folder: Path) -> list[Finding]:
    """Return what fixtures have for the rules in question, and leave no program that shows it."""
    findings = []
    for fixture in all_fixtures():
        if fixture.path.stem.upper().startswith(WITHOUT):
            copy = folder / fixture.path.stem / fixture.path.name
            copy.parent.mkdir()
            copy.write_text(fixture.path.read_text("utf-8"), "utf-8")
            settings = Settings(assume_scripted=fixture.assume_scripted)
            found = check_paths([str(copy.parent)], settings).findings
            findings += [finding for finding in found if finding.code in WITHOUT]
            without_programs(copy)
    return findings


def verdict_on(findings: list[Finding], code: str) -> Verdict:
    """Return the verdict on the one finding of a rule."""
    [verdict] = [finding.verdict for finding in findings if finding.code == code and finding.verdict]
    return verdict


def test_what_a_hook_of_a_library_does_is_observed_on_a_model_made_for_it(
    judged: dict[str, list[Finding]],
) -> None:
    found = judged["fixtures"]
    assert {finding.code for finding in found} == set(WITHOUT)
    others = [shown(f) for f in found if f.verdict and f.verdict.status != "confirmed"]
    assert not others, "\n".join(others)
    assert {f.verdict.shown_by for f in found if f.verdict} == {"a reduced program"}


def test_a_value_that_a_hook_of_a_library_makes_nothing_of_confirms_nothing(
    judged: dict[str, list[Finding]],
) -> None:
    assert verdict_on(judged["kept"], "HKP409").status == "confirmed"
    assert verdict_on(judged["made nothing of"], "HKP409").status != "confirmed"


@pytest.mark.parametrize(
    ("name", "note"), [("another", "other hooks were left out"), ("itself", "replaced by plain ones")]
)
def test_an_option_is_found_lost_behind_an_error_of_another_cause(
    name: str, note: str, judged: dict[str, list[Finding]]
) -> None:
    lost = verdict_on(judged[name], "HKP119")
    assert lost.status == "confirmed", lost
    assert lost.shown_by == "a reduced program"
    assert note in lost.reason
    assert "masked by" in lost.reason


def test_past_a_program_that_hangs_the_hook_is_asked_about_alone(judged: dict[str, list[Finding]]) -> None:
    [verdict] = [finding.verdict for finding in judged["hangs"] if finding.verdict]
    assert verdict.status == "confirmed", verdict
    assert verdict.shown_by == "a reduced program"
    assert "a program that reaches it did not finish in time" in verdict.reason
