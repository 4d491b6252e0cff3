"""Life cycles of hooks whose modules are made into graphs, or are used without a call."""

from __future__ import annotations

from hookproof.rules.life_cycles import COMPARE, COUNT, NET, REGISTER, LifeCycle

_EXPORTED = "converted = torch.export.export(model, inputs).module()\n"
BEFORE_EXPORT = LifeCycle(COUNT + REGISTER + _EXPORTED + COMPARE)
AFTER_EXPORT = LifeCycle(COUNT + _EXPORTED + REGISTER + COMPARE)
BEFORE_STRICT_EXPORT = LifeCycle(COUNT + REGISTER + "torch.export.export(model, inputs, strict=True)\n")
ON_EXPORTED_PROGRAM = LifeCycle(COUNT + "torch.export.export(model, inputs).API(count)\n")
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
    NET.replace("(4, 4)\n", '(4, 4)\n        self.register_buffer("seen", torch.zeros(()))\n'),
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
    NET.replace("(4, 4)\n", "(4, 4)\n        self.scale = 2.0\n"),
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
BACKWARD_ON_WRAPPER = LifeCycle(COUNT + _ON_WRAPPER.replace("WHICH", "compiled"))
WRAPPER_PASSED_BY = LifeCycle(COUNT + _ON_WRAPPER.replace("WHICH", "model"))
CHOSEN_BY_NAME = LifeCycle(
    """\
seen = []


def count(*_):
    seen.append(1)


def count_calls(module):
    seen.clear()
    for name, part in module.named_modules():
        if name == "fc":
            part.API(count)
    USE
    return len(seen)


eager = count_calls(make_model())
in_torchscript = count_calls(torch.compile(make_model(), backend="eager"))
"""
)
TWICE_ON_COMPILED = LifeCycle(
    """\
seen = []


def count(*_):
    seen.append(1)


def count_calls(module):
    seen.clear()
    for part in module.modules():
        part.API(count)
    USE
    return len(seen)


eager = count_calls(make_model())
in_torchscript = count_calls(torch.compile(make_model(), backend="eager"))
"""
)
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
    + COMPARE.replace("(model, converted)", "(model, compiled)")
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
BEFORE_FX = LifeCycle(COUNT + REGISTER + _FX + COMPARE)
AFTER_FX = LifeCycle(COUNT + _FX + REGISTER + COMPARE)
PART_BEFORE_FX = LifeCycle(COUNT + _REGISTER_ON_PART + _FX + COMPARE, _PARTS)
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
ON_CONTAINER = LifeCycle(COUNT + "model.layers.register_forward_hook(count)\n" + _COUNT_CALLS, _PARTS_IN_LIST)
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
    COUNT
    + "model.register_forward_hook(count)\nmodel.forward(*inputs)\n"
    + _COUNT_CALLS.splitlines()[1]
    + "\n"
)
WEIGHT_USED = LifeCycle(
    COUNT + "model.fc.register_forward_hook(count)\n" + _COUNT_CALLS,
    NET.replace("self.fc(x)", "nn.functional.linear(x, self.fc.weight)"),
)
PART_REPLACED = LifeCycle(
    COUNT + "model.fc.register_forward_hook(count)\nmodel.fc = nn.Linear(4, 4)\n" + _COUNT_CALLS
)
_REPLACED = """\
model(*inputs).sum().backward()
eager, in_torchscript = 1, len(seen)
"""
PARAMETER_REPLACED = LifeCycle(
    COUNT
    + "model.fc.weight.register_hook(count)\nmodel.fc.weight = nn.Parameter(torch.ones(4, 4))\n"
    + _REPLACED
)
PARAMETERS_ASSIGNED = LifeCycle(
    COUNT
    + "for parameter in model.parameters():\n    parameter.register_hook(count)\n"
    + "model.load_state_dict(make_model().state_dict(), assign=True)\n"
    + _REPLACED,
    is_general=True,
)
