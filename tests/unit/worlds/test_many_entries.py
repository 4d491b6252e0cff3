"""What one entry point says of a hook is told however many others the hook came to before."""

from __future__ import annotations

from hookproof.session.pipeline import check_source
from hookproof.settings import Settings

PROGRAM = """import torch
from torch import nn

def show(module, inputs, output):
    print(output.shape)

net = nn.Linear(2, 2)
net.register_forward_hook(show)
"""
TRACED = "torch.jit.trace(net, torch.ones(1, 2))\n"
SCRIPTED = "torch.jit.script(net)\n"


def test_a_hook_that_was_traced_many_times_is_refused_by_script() -> None:
    text = PROGRAM + TRACED * 40 + SCRIPTED
    codes = {found.code for found in check_source(text.encode(), "m.py", Settings()).findings}
    assert "HKP204" in codes


def test_more_entries_of_one_kind_say_nothing_new() -> None:
    one, many = (
        [found.message for found in check_source((PROGRAM + text).encode(), "m.py", Settings()).findings]
        for text in (SCRIPTED, SCRIPTED * 40)
    )
    assert one == many
