"""What follows a conditional end of the program is certain only where that end tells of an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

PROGRAM = """\
import os
import sys

import torch
from torch import nn


def leave(message):
    print(message)
    sys.exit(0)


def show(module, inputs, output):
    print(output.shape)


if os.environ.get("NAME"):
    {end}
model = torch.jit.script(nn.ReLU())
model.register_forward_hook(show)
"""
CERTAIN = (
    "sys.exit(1)",
    'sys.exit("no such name")',
    "sys.exit(f'no {os.name}')",
    "os.abort()",
    "raise ValueError",
)
LIKELY = ("sys.exit()", "sys.exit(0)", "sys.exit(None)", "quit()", "sys.exit(leave.status)", 'leave("done")')


@pytest.mark.parametrize("end", [*CERTAIN, *LIKELY])
def test_an_end_that_is_no_failure_leaves_a_doubt(end: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM.format(end=end), "utf-8")
    (found,) = check_paths([str(tmp_path)], Settings()).findings
    assert (found.code, found.confidence) == ("HKP101", "certain" if end in CERTAIN else "likely")
