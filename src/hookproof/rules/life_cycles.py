"""Life cycles of hooks as programs: the smallest that meet the fate a rule speaks of.

The worker runs such a program on the project's own module class where it can, with `make_model` and `inputs`
of its own; a script that shows the failure runs the same text on a small class. `API` stands for the
finding's registration method, `USE` for what calls hooks of that kind.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

_MAKE_NET = "\n\ndef make_model():\n    return Net()\n"
_CLASS = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)
"""
_EXPORT = """
    @torch.jit.export
    def twice(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2
"""
NET, _EXPORTING = _CLASS + _MAKE_NET, _CLASS + _EXPORT + _MAKE_NET
_BACKWARD = """\
    result = module(*inputs)
    while not isinstance(result, torch.Tensor):
        result = result[0]
    result.sum().backward()
"""
_USES = {
    "backward": _BACKWARD,
    "state_dict": "    module.load_state_dict(module.state_dict())\n",
    "": "    module(*inputs)\n",
}


class LifeCycle(Struct, frozen=True):
    """A program that sets `eager` and `in_torchscript`, or ends in the error that is predicted.

    `module` defines `make_model` for a script. `is_general` tells that `body` is right for whatever class;
    `keeps_hooks` that the hooks which the model registers itself are what it is about. `steps` is the part of
    a silent one that comes to the loss: it makes `converted` of `model`, whose uses the hook `count` misses.
    """

    body: str
    module: str = NET
    is_general: bool = False
    keeps_hooks: bool = False
    steps: str = ""

    def of(self, api: str) -> LifeCycle:
        """Return the program with the registration method `api`."""
        use = next(use for kind, use in _USES.items() if kind in api)
        body, steps = (
            part.replace("API", api or "register_forward_hook") for part in (self.body, self.steps)
        )
        return replace(self, body=body.replace("    USE\n", use), steps=steps)


COUNT = """\
seen = []


def count(*_):
    seen.append(1)


model = make_model()
"""
_SCRIPT = "converted = torch.jit.script(model)\n"
_TRACE = "converted = torch.jit.trace(model, inputs, check_trace=False)\n"
REGISTER = "model.API(count)\n"
COMPARE = """\
counts = []
for module in (model, converted):
    seen.clear()
    USE
    counts.append(len(seen))
eager, in_torchscript = counts
"""
_DOUBLE = """\
def double(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * 2 + 1


model = make_model().eval()
handle = model.register_forward_hook(double)
eager = model(*inputs)
scripted = torch.jit.script(model)
"""
_OUTPUTS = "eager, in_torchscript = eager.tolist(), output.tolist()\n"


def _registered_on_child(call: str) -> str:
    return COMPARE.replace("    USE", f"    {call}\n    USE")


def _dropped_by(steps: str) -> LifeCycle:
    return LifeCycle(COUNT + steps + COMPARE, is_general=True, steps=steps)


REFUSED = LifeCycle(COUNT + "model = torch.jit.script(model)\n" + REGISTER, is_general=True)
REFUSED_IN_LOOP = LifeCycle(
    COUNT
    + "for module in nn.Sequential(nn.Linear(4, 4), torch.jit.script(model)).modules():\n"
    + "    module.API(count)\n",
    is_general=True,
)
REFUSED_BY_TRACE = LifeCycle(
    COUNT + "model = torch.jit.trace(model, inputs, check_trace=False)\n" + REGISTER,
    _EXPORTING,
    is_general=True,
)
ON_TRACED_CHILD = LifeCycle(COUNT + _TRACE + _registered_on_child("module.fc.API(count)"))
ON_SCRIPTED_CHILD = LifeCycle(COUNT + _SCRIPT + _registered_on_child("nn.Module.API(module.fc, count)"))
CHOSEN_BY_CLASS = LifeCycle(
    """\
seen = []


def count(*_):
    seen.append(1)


def count_calls(module):
    seen.clear()
    for part in module.modules():
        if isinstance(part, nn.Linear):
            part.API(count)
    USE
    return len(seen)


eager = count_calls(make_model())
in_torchscript = count_calls(torch.jit.script(make_model()))
"""
)
GLOBAL = LifeCycle(COUNT + _SCRIPT + "nn.modules.module.API(count)\n" + COMPARE)
GLOBAL_BACKWARD = LifeCycle(COUNT + _SCRIPT + "nn.modules.module.API(count)\nconverted(*inputs)\n")
AFTER_SCRIPT = _dropped_by(_SCRIPT + REGISTER)
BEFORE_SCRIPT = _dropped_by(REGISTER + _SCRIPT)
BEFORE_TRACE = _dropped_by(REGISTER + _TRACE)
REFUSED_TO_TRACE = LifeCycle(COUNT + REGISTER + "torch.jit.trace(model, inputs)\n", is_general=True)
REFUSED_TO_TRACE_EXPORTS = LifeCycle(
    """\
def shape(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:
    print(output.shape)


model = make_model()
model.register_forward_hook(shape)
torch.jit.trace(model, inputs)
""",
    _EXPORTING,
)
REMOVED_LATE = LifeCycle(
    _DOUBLE + "handle.remove()\neager, output = model(*inputs), scripted(*inputs)\n" + _OUTPUTS
)
FROZEN = LifeCycle(_DOUBLE + "output = torch.jit.freeze(scripted)(*inputs)\n" + _OUTPUTS)
FORWARD_CALLED = LifeCycle(_DOUBLE + "output = scripted.forward(*inputs)\n" + _OUTPUTS)
UTILITY = LifeCycle(
    "torch.jit.script(make_model())\n",
    "def make_model():\n    return nn.utils.weight_norm(nn.Linear(4, 4))\n",
    is_general=True,
    keeps_hooks=True,
)
INSTALLED = LifeCycle(
    """\
def of_another_package(*args):
    pass


model = make_model()
for part in model.children():
    part.register_forward_hook(of_another_package)
torch.jit.script(model)
"""
)
PARAMETRIZED = LifeCycle(
    "torch.jit.script(make_model())(*inputs)\n",
    "def make_model():\n    return nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))\n",
    is_general=True,
    keeps_hooks=True,
)
CALLED_WITH_DEFAULTS = LifeCycle(
    """\
def shape(module, input: Tuple[torch.Tensor, float], output: torch.Tensor) -> None:
    print(output.shape)


model = make_model()
model.register_forward_hook(shape)
torch.jit.script(model)(*inputs)
""",
    """\
class Scaled(nn.Module):
    def forward(self, x: torch.Tensor, scale: float = 2.0) -> torch.Tensor:
        return x * scale


def make_model():
    return Scaled()
""",
)
OPTION_LOST = LifeCycle(
    """\
def one_more(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output + 1


def outcome(module):
    try:
        return str(module(*inputs).shape)
    except TypeError as error:
        return str(error)


model = make_model()
model.register_forward_hook(one_more, with_kwargs=True)
eager, in_torchscript = outcome(model), outcome(torch.jit.script(model))
"""
)
WRITTEN_IN_COPY = LifeCycle(
    """\
def count_calls(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:
    module.calls += 1


model = make_model()
model.register_forward_hook(count_calls)
torch.jit.script(model)(*inputs)
in_torchscript = model.calls  # what the hook wrote is in the scripted copy alone
model(*inputs)
eager = model.calls
""",
    NET.replace("(4, 4)\n", "(4, 4)\n        self.calls = 0\n"),
)
