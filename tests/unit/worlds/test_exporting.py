"""What is said of hooks whose modules nobody is seen to export."""

from __future__ import annotations

from hookproof.session.pipeline import check_source
from hookproof.settings import Settings

LIBRARY = """import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return x


def watch(net: Net):
    seen = []
    net.register_forward_hook(lambda module, inputs, output: seen.append(1))
    net.register_forward_hook(lambda module, inputs, output: output * 2)
    net.register_full_backward_hook(lambda module, grads, outputs: None)
    return seen
"""
ELSEWHERE = """

def save(path, x):
    torch.export.save(torch.export.export(Net(), (x,)), path)
"""


def said(text: str, settings: Settings) -> list[tuple[int, str, str]]:
    found = check_source(text.encode(), "library.py", settings).findings
    return [(each.line, each.code, each.confidence) for each in found]


def test_nothing_is_said_where_another_function_exports_a_module_of_the_class() -> None:
    """What is lost is lost where the exported module is used, and the hook may be on another."""
    assert said(LIBRARY + ELSEWHERE, Settings()) == []


def test_as_if_all_were_exported_what_is_more_than_computing_is_possible() -> None:
    expected = [(12, "HKP601", "possible"), (14, "HKP603", "possible")]
    settings = Settings(assume=("export",), min_confidence="possible", select=("HKP6",))
    assert said(LIBRARY, settings) == expected


SCRIPT = """import torch
from torch import nn

seen = []


def keep(module, inputs, output):
    seen.append(output)


net = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
net.register_forward_hook(keep)
handle = net[0].register_forward_hook(keep)
handle.remove()
net(torch.ones(2, 3))
"""


def test_a_model_that_stays_in_its_script_is_taken_to_be_exported_too() -> None:
    """Which of its own hooks are lost is what somebody asks who is about to move a script to export."""
    assert said(SCRIPT, Settings(min_confidence="possible", select=("HKP6",))) == []
    settings = Settings(assume=("export",), select=("HKP6",))
    assert said(SCRIPT, settings) == [(12, "HKP601", "possible")]
