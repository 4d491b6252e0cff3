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
_NET, _EXPORTING = _CLASS + _MAKE_NET, _CLASS + _EXPORT + _MAKE_NET
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
    module: str = _NET
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


_COUNT = """\
seen = []


def count(*_):
    seen.append(1)


model = make_model()
"""
_SCRIPT = "converted = torch.jit.script(model)\n"
_TRACE = "converted = torch.jit.trace(model, inputs, check_trace=False)\n"
_REGISTER = "model.API(count)\n"
_EXPORTED = "converted = torch.export.export(model, inputs).module()\n"
_COMPARE = """\
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
    return _COMPARE.replace("    USE", f"    {call}\n    USE")


def _dropped_by(steps: str) -> LifeCycle:
    return LifeCycle(_COUNT + steps + _COMPARE, is_general=True, steps=steps)


REFUSED = LifeCycle(_COUNT + "model = torch.jit.script(model)\n" + _REGISTER, is_general=True)
REFUSED_IN_LOOP = LifeCycle(
    _COUNT
    + "for module in nn.Sequential(nn.Linear(4, 4), torch.jit.script(model)).modules():\n"
    + "    module.API(count)\n",
    is_general=True,
)
REFUSED_BY_TRACE = LifeCycle(
    _COUNT + "model = torch.jit.trace(model, inputs, check_trace=False)\n" + _REGISTER,
    _EXPORTING,
    is_general=True,
)
ON_TRACED_CHILD = LifeCycle(_COUNT + _TRACE + _registered_on_child("module.fc.API(count)"))
ON_SCRIPTED_CHILD = LifeCycle(_COUNT + _SCRIPT + _registered_on_child("nn.Module.API(module.fc, count)"))
GLOBAL = LifeCycle(_COUNT + _SCRIPT + "nn.modules.module.API(count)\n" + _COMPARE)
GLOBAL_BACKWARD = LifeCycle(_COUNT + _SCRIPT + "nn.modules.module.API(count)\nconverted(*inputs)\n")
AFTER_SCRIPT = _dropped_by(_SCRIPT + _REGISTER)
BEFORE_SCRIPT = _dropped_by(_REGISTER + _SCRIPT)
BEFORE_TRACE = _dropped_by(_REGISTER + _TRACE)
REFUSED_TO_TRACE = LifeCycle(_COUNT + _REGISTER + "torch.jit.trace(model, inputs)\n", is_general=True)
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
    _NET.replace("(4, 4)\n", "(4, 4)\n        self.calls = 0\n"),
)
BEFORE_EXPORT = LifeCycle(_COUNT + _REGISTER + _EXPORTED + _COMPARE)
AFTER_EXPORT = LifeCycle(_COUNT + _EXPORTED + _REGISTER + _COMPARE)
BEFORE_STRICT_EXPORT = LifeCycle(_COUNT + _REGISTER + "torch.export.export(model, inputs, strict=True)\n")
ON_EXPORTED_PROGRAM = LifeCycle(_COUNT + "torch.export.export(model, inputs).API(count)\n")
REMOVED_AFTER_EXPORT = LifeCycle(
    """\
def double(module, input, output):
    return output * 2 + 1


model = make_model()
handle = model.register_forward_hook(double)
converted = torch.export.export(model, inputs).module()
handle.remove()
eager, in_torchscript = model(*inputs).tolist(), converted(*inputs).tolist()
"""
)
ASSIGNED_WHILE_EXPORTING = LifeCycle(
    """\
def count(module, input, output):
    module.seen = module.seen + 1


def calls_seen(model, module):
    module(*inputs)
    return float(model.seen)


model = make_model()
model.register_forward_hook(count)
eager = calls_seen(model, model)
model = make_model()
model.register_forward_hook(count)
in_torchscript = calls_seen(model, torch.export.export(model, inputs, strict=True).module())
""",
    _NET.replace("(4, 4)\n", '(4, 4)\n        self.register_buffer("seen", torch.zeros(()))\n'),
)
UNREAD_BY_STRICT_EXPORT = LifeCycle(
    """\
import time

times = []


def note(module, input, output):
    times.append(time.perf_counter())


model = make_model()
model.register_forward_hook(note)
torch.export.export(model, inputs, strict=True)
"""
)
READS_OF_EXPORTED = LifeCycle(
    """\
def scaled(module, input, output):
    return output * module.scale


converted = torch.export.export(make_model(), inputs).module()
converted.register_forward_hook(scaled)
converted(*inputs)
""",
    _NET.replace("(4, 4)\n", "(4, 4)\n        self.scale = 2.0\n"),
)
AFTER_COMPILED_CALL = LifeCycle(
    """\
seen = []


def count(*_):
    seen.append(1)


def count_calls(module, child):
    seen.clear()
    module(*inputs)
    child.API(count)
    USE
    return len(seen)


model = make_model()
eager = count_calls(model, model.fc)
torch._dynamo.reset()
model = make_model()
in_torchscript = count_calls(torch.compile(model, backend="eager"), model.fc)
"""
)
_ON_WRAPPER = """\
def used(module, of):
    seen.clear()
    module.API(count)
    module = of
    USE
    return len(seen)


eager = used(model, model)
model = make_model()
compiled = torch.compile(model, backend="eager")
in_torchscript = used(compiled, WHICH)
"""
BACKWARD_ON_WRAPPER = LifeCycle(_COUNT + _ON_WRAPPER.replace("WHICH", "compiled"))
WRAPPER_PASSED_BY = LifeCycle(_COUNT + _ON_WRAPPER.replace("WHICH", "model"))
LEFT_OUT_WHILE_COMPILING = LifeCycle(
    """\
seen = []


def count(module, input, output):
    if not torch.compiler.is_compiling():
        seen.append(1)


model = make_model()
model.fc.register_forward_hook(count)
compiled = torch.compile(model, backend="eager")
"""
    + _COMPARE.replace("(model, converted)", "(model, compiled)")
)
BREAKS_FULL_GRAPH = LifeCycle(
    """\
def show(module, input, output):
    print(output.shape)


model = make_model()
model.register_forward_hook(show)
torch.compile(model, backend="eager", fullgraph=True)(*inputs)
"""
)
KEPT_WHILE_EXPORTING = LifeCycle(
    """\
kept = {}


def keep(module, input, output):
    kept["output"] = output


model = make_model()
model.register_forward_hook(keep)
model(*inputs)
eager = type(kept["output"]).__name__
torch.export.export(model, inputs)
in_torchscript = type(kept["output"]).__name__
"""
)
ASKED_WHILE_EXPORTING = LifeCycle(
    """\
def stop_at_nan(module, input, output):
    if torch.isnan(output).any():
        raise ValueError("not a number")


model = make_model()
model.register_forward_hook(stop_at_nan)
torch.export.export(model, inputs)
"""
)

_PARTS = """\
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def make_model():
    return nn.Sequential(Block())
"""
_FX = "converted = torch.fx.symbolic_trace(model)\n"
_REGISTER_ON_PART = "model[0].API(count)\n"
BEFORE_FX = LifeCycle(_COUNT + _REGISTER + _FX + _COMPARE)
AFTER_FX = LifeCycle(_COUNT + _FX + _REGISTER + _COMPARE)
PART_BEFORE_FX = LifeCycle(_COUNT + _REGISTER_ON_PART + _FX + _COMPARE, _PARTS)
BACKWARD_BEFORE_FX = PART_BEFORE_FX
KEPT_UNDER_FX = LifeCycle(
    """\
kept = {}


def keep(module, input, output):
    kept["output"] = output


model = make_model()
model[0].register_forward_hook(keep)
model(*inputs)
eager = type(kept["output"]).__name__
torch.fx.symbolic_trace(model)(*inputs)
in_torchscript = type(kept["output"]).__name__
""",
    _PARTS,
)
TESTED_UNDER_FX = LifeCycle(
    """\
def double(module, input, output):
    if isinstance(output, torch.Tensor):
        return output * 2


model = make_model()
model[0].register_forward_hook(double)
eager, in_torchscript = model(*inputs).tolist(), torch.fx.symbolic_trace(model)(*inputs).tolist()
""",
    _PARTS,
)
ASKED_UNDER_FX = LifeCycle(
    """\
def stop_at_nan(module, input, output):
    if torch.isnan(output).any():
        raise ValueError("not a number")


model = make_model()
model[0].register_forward_hook(stop_at_nan)
torch.fx.symbolic_trace(model)
""",
    _PARTS,
)

_PARTS_IN_LIST = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


def make_model():
    return Net()
"""
_COUNT_CALLS = "model(*inputs)\neager, in_torchscript = 1, len(seen)\n"
ON_CONTAINER = LifeCycle(
    _COUNT + "model.layers.register_forward_hook(count)\n" + _COUNT_CALLS, _PARTS_IN_LIST
)
ON_ATTENTION = LifeCycle(
    """\
seen = []


def count(*_):
    seen.append(1)


attention = nn.MultiheadAttention(4, 1)
attention.out_proj.register_forward_hook(count)
x = torch.ones(1, 4)
attention(x, x, x)
eager, in_torchscript = 1, len(seen)
"""
)
FORWARD_OF_EAGER = LifeCycle(
    _COUNT
    + "model.register_forward_hook(count)\nmodel.forward(*inputs)\n"
    + _COUNT_CALLS.splitlines()[1]
    + "\n"
)
WEIGHT_USED = LifeCycle(
    _COUNT + "model.fc.register_forward_hook(count)\n" + _COUNT_CALLS,
    _NET.replace("self.fc(x)", "nn.functional.linear(x, self.fc.weight)"),
)
