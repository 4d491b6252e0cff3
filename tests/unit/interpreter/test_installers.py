"""Objects of other packages that put hooks on the model they were given once they are asked something."""

from __future__ import annotations

import re
from pathlib import Path

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

# What fvcore 0.1.5 and captum 0.9.0 do with torch 2.13.0, run.
PROGRAM = """\
import torch
from captum.attr import DeepLift, LayerActivation
from fvcore.nn import FlopCountAnalysis
from torch import nn

X = torch.ones(1, 4)


def mixed():
    return nn.Sequential(torch.jit.script(nn.Linear(4, 4)), nn.ReLU())


def breaks_flops_of_parts():
    flops = FlopCountAnalysis(mixed(), X)
    print(flops.total())  # HKP102


def breaks_flops():
    FlopCountAnalysis(torch.jit.script(nn.Linear(4, 4)), X).by_module()  # HKP101


def survives_never_asked():
    FlopCountAnalysis(mixed(), X)


def survives_eager_flops():
    print(FlopCountAnalysis(nn.Linear(4, 4), X).total())


def breaks_layer():
    model = mixed()
    LayerActivation(model, model[0]).attribute(X)  # HKP101


def survives_another_layer():
    model = mixed()
    LayerActivation(model, layer=model[1]).attribute(X)


def breaks_deep_lift():
    DeepLift(torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))).attribute(X, target=0)  # HKP101


def survives_deep_lift_of_parts():
    DeepLift(mixed()).attribute(X, target=0)
"""


def test_hooks_are_put_on_where_the_object_is_asked(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    report = check_paths([str(tmp_path)], Settings())
    expected = {
        (number, code)
        for number, line in enumerate(PROGRAM.splitlines(), 1)
        for code in re.findall(r"# (HKP\d+)", line)
    }
    assert {(finding.line, finding.code) for finding in report.findings} == expected
