"""Programs as people write them, which save models, read arguments and keep handles, are verified."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from asked_together import LIMITS, Judged, asked_together
from hookproof.finding import Finding, Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.reproduce import write_reproductions

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
RECORDER = """\
import argparse
import functools
from typing import Tuple

import torch
from torch import nn


class Block(nn.Linear):
    pass


class Recorder:
    def __init__(self, model: nn.Module) -> None:
        blocks = [module for module in model.modules() if isinstance(module, Block)]
        self.handles = [block.register_forward_hook(double) for block in blocks]

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def double(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=4)
    width = parser.parse_args().width
    model = nn.Sequential(Block(width, 2), nn.Linear(2, 2))
    recorder = Recorder(model)
    scripted = torch.jit.script(model)
    recorder.remove()
    scripted(torch.rand(1, width))
    model[1].register_forward_hook(functools.partial(print, model))
    torch.jit.script(model)
"""
MASKED = """\
import enum
from dataclasses import dataclass
from typing import Optional, Tuple

import torch
from torch import Tensor, nn


class Norm(enum.Enum):
    LAYER = nn.LayerNorm


@dataclass
class Sizes:
    width: int
    norm: Norm


class Encoder(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
        self.fc = nn.Linear(sizes.width, sizes.width)
        self.norm = sizes.norm.value(sizes.width)
        self.last = None

    def forward(self, x: Tensor, scale: Optional[float] = None) -> Tensor:
        return self.norm(self.fc(x))


class Tagger(nn.Module):
    def __init__(self, encoder: Encoder, tags: int):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.fc.out_features, tags)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(x))


def keeps_length(m, input: Tuple[Tensor, Optional[float]], output: Tensor):
    m.last = output.size(0)


def shows(m, input: Tuple[Tensor, Optional[float]], output: Tensor):
    print(output.dim())


def names(m, input: Tuple[Tensor], output: Tensor):
    print(type(m).__name__)


def export(width=4):
    model = Tagger(Encoder(Sizes(width, Norm.LAYER)), 3)
    model.encoder.register_forward_hook(keeps_length)
    model.encoder.register_forward_hook(shows)
    model.register_forward_hook(names)
    scripted = torch.jit.script(model)
    scripted.register_forward_hook(names)
"""

# Whose main cannot be called, for nobody says with what: nothing is scripted.
NOT_CALLED = RECORDER.replace("def main()", "def main(wanted)")
PROGRAMS = {
    **{code: HEADER + rest for code, rest in SAVED.items()},
    "cut short": HEADER + CUT_SHORT,
    "recorder": RECORDER,
    "not called": NOT_CALLED,
    "masked": MASKED,
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """Return what was found in each program, with the verdicts of one worker."""
    findings: dict[str, Sequence[Finding]] = {}
    for name, text in PROGRAMS.items():
        folder = tmp_path_factory.mktemp("program")
        (folder / "program.py").write_text(text, "utf-8")
        findings[name] = check_paths([str(folder)], Settings()).findings
    return asked_together(findings)


@pytest.fixture(scope="module")
def written(judged: dict[str, Judged], tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """Return what was found in two of them, with the scripts that show it."""
    partials = [number for number, f in enumerate(judged["recorder"][0]) if f.code == "HKP202"]
    chosen = {"recorder": partials, "masked": range(len(judged["masked"][0]))}
    findings = [judged[name][0][number] for name, numbers in chosen.items() for number in numbers]
    said = [judged[name][1][number] for name, numbers in chosen.items() for number in numbers]
    answers, folder = dict(enumerate(said)), str(tmp_path_factory.mktemp("scripts"))
    return write_reproductions(findings, list(plan(findings)), answers, folder, sys.executable, LIMITS)


def only(judged: Judged, code: str) -> Verdict:
    """Return the verdict on the one finding of a rule."""
    (found,) = [f.verdict for f in judged[0] if f.code == code]
    assert found
    return found


@pytest.mark.parametrize("code", SAVED)
def test_a_hook_is_counted_in_a_model_that_is_saved(code: str, judged: dict[str, Judged]) -> None:
    assert [finding.code for finding in judged[code][0]] == [code]
    found = only(judged[code], code)
    assert found.status == "confirmed", found
    assert "rebuilt" not in found.reason


def test_a_program_that_no_eager_model_goes_through_is_compared_call_by_call(
    judged: dict[str, Judged],
) -> None:
    assert [finding.code for finding in judged["cut short"][0]] == ["HKP113"]
    found = only(judged["cut short"], "HKP113")
    assert found.status == "confirmed", found
    assert "what comes out: float32[1, 2]" in found.reason


def test_a_program_that_reads_its_arguments_gets_none_of_the_workers(judged: dict[str, Judged]) -> None:
    found = only(judged["recorder"], "HKP108")
    assert found.status == "confirmed", found
    assert "main()" in found.reason


def test_a_handle_taken_off_where_nothing_was_scripted_refutes_nothing(judged: dict[str, Judged]) -> None:
    found = only(judged["not called"], "HKP108")
    assert found.status != "refuted", found


def test_a_script_shows_what_is_wrong_with_a_partial_made_in_a_function(written: list[Finding]) -> None:
    (found,) = [finding.verdict for finding in written if finding.code == "HKP202"]
    assert found
    assert found.reproduction
    assert "functools.partial(print, model)" in Path(found.reproduction).read_text("utf-8")


def test_findings_of_one_program_do_not_hide_each_other(
    judged: dict[str, Judged], written: list[Finding]
) -> None:
    findings, _ = judged["masked"]
    assert {finding.code for finding in findings} == {"HKP101", "HKP115", "HKP206", "HKP304", "HKP305"}
    said = {f.code: f.verdict for f in findings if f.verdict}
    assert {verdict.status for verdict in said.values()} == {"confirmed"}, said
    assert "other hooks were left out" in said["HKP101"].reason
    assert "replaced by plain ones" in said["HKP115"].reason
    shown = [f for f in written if f.path == findings[0].path]
    assert len(shown) == len(findings)
    assert all(finding.verdict and finding.verdict.reproduction for finding in shown)
