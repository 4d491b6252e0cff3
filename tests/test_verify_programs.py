"""Programs as people write them, which save models, read arguments and keep handles, are put to torch."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hookproof.engine import check_paths
from hookproof.finding import Verdict
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.reproduce import write_reproductions
from test_verify_fixtures import asked
from test_verify_worker import LIMITS, verdicts

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


def test_a_program_that_no_eager_model_goes_through_is_compared_call_by_call(tmp_path: Path) -> None:
    found = verdict("HKP113", CUT_SHORT, tmp_path)
    assert found.status == "confirmed", found
    assert "what comes out: float32[1, 2]" in found.reason


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


def test_a_program_that_reads_its_arguments_gets_none_of_the_workers(tmp_path: Path) -> None:
    (tmp_path / "record.py").write_text(RECORDER, "utf-8")
    late = [f for f in check_paths([str(tmp_path)], Settings()).findings if f.code == "HKP108"]
    (found,) = verdicts(late)
    assert found.status == "confirmed", found
    assert "main()" in found.reason


def test_a_handle_taken_off_where_nothing_was_scripted_refutes_nothing(tmp_path: Path) -> None:
    (tmp_path / "record.py").write_text(RECORDER.replace("def main()", "def main(wanted)"), "utf-8")
    late = [f for f in check_paths([str(tmp_path)], Settings()).findings if f.code == "HKP108"]
    (found,) = verdicts(late)
    assert found.status != "refuted", found


def test_a_script_shows_what_is_wrong_with_a_partial_made_in_a_function(tmp_path: Path) -> None:
    (tmp_path / "record.py").write_text(RECORDER, "utf-8")
    found = [f for f in check_paths([str(tmp_path)], Settings()).findings if f.code == "HKP202"]
    judged, answers = asked(found)
    folder = str(tmp_path / "scripts")
    (written,) = write_reproductions(judged, list(plan(found)), answers, folder, sys.executable, LIMITS)
    assert written.verdict
    assert written.verdict.reproduction
    assert "functools.partial(print, model)" in Path(written.verdict.reproduction).read_text("utf-8")


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


def test_findings_of_one_program_do_not_hide_each_other(tmp_path: Path) -> None:
    (tmp_path / "tagging.py").write_text(MASKED, "utf-8")
    found = check_paths([str(tmp_path)], Settings()).findings
    assert {finding.code for finding in found} == {"HKP101", "HKP115", "HKP206", "HKP304", "HKP305"}
    judged, answers = asked(found)
    said = {f.code: f.verdict for f in judged if f.verdict}
    assert {verdict.status for verdict in said.values()} == {"confirmed"}, said
    assert "other hooks were left out" in said["HKP101"].reason
    assert "replaced by plain ones" in said["HKP115"].reason
    folder = str(tmp_path / "scripts")
    written = write_reproductions(judged, list(plan(found)), answers, folder, sys.executable, LIMITS)
    assert all(finding.verdict and finding.verdict.reproduction for finding in written)
