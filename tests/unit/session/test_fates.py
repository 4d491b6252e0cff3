"""What becomes of a hook in worlds that its program does not go to."""

from __future__ import annotations

from pathlib import Path

from hookproof.session.pipeline import inventory
from hookproof.settings import Settings

TRACED = """import torch
from torch import nn


class Recorder:
    def __init__(self, model):
        self.kept = []
        model.register_forward_hook(self.keep)

    def keep(self, module, inputs, output):
        self.kept.append(output)


net = nn.Sequential(nn.Linear(3, 3))
recorder = Recorder(net)
traced = torch.jit.trace(net, torch.ones(1, 3))
"""


def test_a_hook_that_is_traced_is_still_refused_by_script(tmp_path: Path) -> None:
    path = tmp_path / "traced.py"
    path.write_text(TRACED)
    (site,) = inventory([str(path)], Settings()).hooks
    fates = {each.world: (each.fate, each.codes) for each in site.fates}
    for world in ("script", "freeze", "load"):
        assert fates[world] == ("refused", ("HKP203",))
    assert fates["trace"][0] == "runs once"
    assert fates["compile"] == ("survives", ())
