"""How sure it is that eager mode comes to what compiled code leaves out (HKP215)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

PROGRAM = """\
from typing import Tuple

import torch
from torch import Tensor, nn


def hook(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
{body}


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
scripted = torch.jit.script(model)
"""
DOUBLED = "    output = output * 2\nreturn output"
BODIES = {
    f"if not torch.jit.is_scripting():\n{DOUBLED}": "certain",
    f"if not (torch.jit.is_scripting() or torch.jit.is_tracing()):\n{DOUBLED}": "certain",
    f"if torch.jit.is_scripting() is False:\n{DOUBLED}": "certain",
    f"eager = not torch.jit.is_scripting()\nif eager:\n{DOUBLED}": "certain",
    "return output if torch.jit.is_scripting() else output * 2": "certain",
    f"if not torch.jit.is_scripting() and module.training:\n{DOUBLED}": "likely",
    f"if output.dim() < 2:\n    return output\nif not torch.jit.is_scripting():\n{DOUBLED}": "likely",
    f"for i in range(2):\n    if not torch.jit.is_scripting():\n    {DOUBLED}": "likely",
    "return output.mul(2) if torch.jit.is_scripting() else output * 2": None,
    "if torch.jit.is_scripting():\n    return output.mul(2)\nreturn output * 2": None,
    "if not torch.jit.is_scripting():\n    print(output)\nreturn output": None,
    "if torch.jit.is_tracing():\n    return output\nreturn output * 2": None,
}


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_no_more_is_said_than_the_conditions_tell(body: str, tmp_path: Path) -> None:
    text = PROGRAM.format(body="\n".join(f"    {line}" for line in body.splitlines()))
    (tmp_path / "program.py").write_text(text, "utf-8")
    found = check_paths([str(tmp_path)], Settings()).findings
    said = {finding.confidence for finding in found if finding.code == "HKP215"}
    assert said == ({BODIES[body]} if BODIES[body] else set())
