"""Scripts for findings on registration and life cycle: the smallest program that meets the same fate.

They stand on a small module of their own, with the registration call of the finding (`API`).
"""

from __future__ import annotations

_NET = """\
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)
"""
_COUNTED = """

def count(*_):
    seen.append(1)


seen = []
model = Net()
x = torch.rand(2, 4, requires_grad=True)
"""
_CHANGES_OUTPUT = """

def double(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * 2 + 1


model = Net().eval()
x = torch.rand(2, 4)
handle = model.register_forward_hook(double)
eager = model(x)
scripted = torch.jit.script(model)
"""
_COMPARED = """\
if eager != in_torchscript:
    raise SystemExit(f"differs: {eager} in eager mode, {in_torchscript} in TorchScript")
"""
_COUNT_BOTH = (
    """\
counts = []
for module in (model, converted):
    seen.clear()
    USE
    counts.append(len(seen))
eager, in_torchscript = counts
"""
    + _COMPARED
)
_COUNT_CHILDREN = (
    """\
counts = []
for module in (model, converted):
    seen.clear()
    REGISTER
    USE
    counts.append(len(seen))
eager, in_torchscript = counts
"""
    + _COMPARED
)
_OUTPUTS = "eager, in_torchscript = eager.tolist(), output.tolist()\n" + _COMPARED
_SCRIPT, _TRACE = "converted = torch.jit.script(model)\n", "converted = torch.jit.trace(model, x)\n"
_REFUSED = "model.API(count)\n"
_MIXED = """\
model = nn.Sequential(nn.Linear(4, 4), torch.jit.script(Net()))
for module in model.modules():
    module.API(count)
"""
_EXPORTING = """

class Exporting(Net):
    @torch.jit.export
    def twice(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2


"""
_DEFAULT = """

class Default(nn.Module):
    def forward(self, x: torch.Tensor, scale: float = 2.0) -> torch.Tensor:
        return x * scale


def shape(module, input: Tuple[torch.Tensor, float], output: torch.Tensor) -> None:
    print(output.shape)


model = Default()
model.register_forward_hook(shape)
torch.jit.script(model)(torch.rand(2))
"""
_OPTION = """

def one_more(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output + 1


def outcome(module):
    try:
        return str(module(x).shape)
    except TypeError as error:
        return str(error)


model = Net()
x = torch.rand(2, 4)
model.register_forward_hook(one_more, with_kwargs=True)
eager, in_torchscript = outcome(model), outcome(torch.jit.script(model))
"""
_WRITTEN = """

class Counting(Net):
    def __init__(self):
        super().__init__()
        self.calls = 0


def count_calls(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:
    module.calls += 1


model, x = Counting(), torch.rand(2, 4)
model.register_forward_hook(count_calls)
scripted = torch.jit.script(model)
scripted(x)
in_torchscript = model.calls  # what the hook wrote is in the scripted copy alone
model(x)
eager = model.calls
"""
_TRACE_WITH_EXPORTS = "model = torch.jit.trace(Exporting(), x)\n"

_BODIES = {
    "HKP101": _COUNTED + "model = torch.jit.script(model)\n" + _REFUSED,
    "HKP102": _COUNTED + _MIXED,
    "HKP103": _EXPORTING.rstrip("\n") + "\n" + _COUNTED + _TRACE_WITH_EXPORTS + _REFUSED,
    "HKP104": _COUNTED + _TRACE + _COUNT_CHILDREN.replace("REGISTER", "module.fc.API(count)"),
    "HKP105": _COUNTED + _SCRIPT + _COUNT_CHILDREN.replace("REGISTER", "nn.Module.API(module.fc, count)"),
    "HKP106": _COUNTED + _SCRIPT + "nn.modules.module.API(count)\n" + _COUNT_BOTH,
    "HKP107": _COUNTED + _SCRIPT + "model.API(count)\n" + _COUNT_BOTH,
    "HKP108": _CHANGES_OUTPUT + "handle.remove()\neager, output = model(x), scripted(x)\n" + _OUTPUTS,
    "HKP109": _COUNTED + "model.API(count)\n" + _TRACE + _COUNT_BOTH,
    "HKP110": _COUNTED + "model.API(count)\n" + _SCRIPT + _COUNT_BOTH,
    "HKP111": _COUNTED + "model.API(count)\n" + _SCRIPT + _COUNT_BOTH,
    "HKP112": _COUNTED + "model.API(count)\n" + _TRACE,
    "HKP113": _CHANGES_OUTPUT + "output = torch.jit.freeze(scripted)(x)\n" + _OUTPUTS,
    "HKP114": _CHANGES_OUTPUT + "output = scripted.forward(x)\n" + _OUTPUTS,
    "HKP115": _DEFAULT,
    "HKP116": "\ntorch.jit.script(nn.utils.weight_norm(nn.Linear(4, 4)))\n",
    "HKP117": "\nmodel = nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))\n"
    "torch.jit.script(model)(torch.rand(2, 4))\n",
    "HKP118": _COUNTED + _SCRIPT + "nn.modules.module.API(count)\nconverted(x)\n",
    "HKP119": _OPTION + _COMPARED,
    "HKP120": _COUNTED + _MIXED,
    "HKP121": _WRITTEN + _COMPARED,
}


def life_cycle(code: str, api: str) -> str | None:
    """Return the program of a life-cycle rule, None where the rule has none."""
    body = _BODIES.get(code)
    if body is None:
        return None
    use = "module(x)"
    if "backward" in api:
        use = "module(x).sum().backward()"
    elif "state_dict" in api:
        use = "module.load_state_dict(module.state_dict())"
    return _NET + body.replace("API", api or "register_forward_hook").replace("USE", use)
