"""Makes programs of `data/loop_filters.txt`: loops that keep a scripted part of a model out, or do not.

Each loop gives two programs, one with a container and one with a class of its own as the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from places import DATA

_HEADING = re.compile(r"^### (keeps out|lets in)(, likely)?: (.+)\n", re.MULTILINE)
_HEAD = """import torch
from torch import nn


def count(module, inputs, output):
    print(len(inputs))


"""
_CONTAINER = "model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))\n"
_CLASS = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.act = torch.jit.script(nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.fc(x))


model = Net()
"""


@dataclass(frozen=True)
class LoopFilter:
    """One loop over one model, whether torch refuses the registration in it, and whether that is decided."""

    name: str
    text: str
    breaks: bool
    is_decided: bool

    def __str__(self) -> str:
        return self.name


def loop_filters() -> Iterator[LoopFilter]:
    """Yield the programs of every loop."""
    _, *parts = _HEADING.split((DATA / "loop_filters.txt").read_text("utf-8"))
    for kind, likely, name, loop in zip(*(parts[start::4] for start in range(4)), strict=True):
        for model, eager, scripted, part in (
            (_CONTAINER, "0", "1", r"model[\1]"),
            (_CLASS, "fc", "act", r"model.\1"),
        ):
            text = loop.replace("MODEL", "model").replace("HOOK", "m.register_forward_hook(count)")
            text = text.replace("EAGER", eager).replace("SCRIPTED", scripted)
            text = re.sub(r"PART\((\w+)\)", part, text)
            shape = "container" if model is _CONTAINER else "class"
            yield LoopFilter(f"{name} ({shape})", _HEAD + model + text, kind == "lets in", likely is None)
