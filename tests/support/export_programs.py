"""Whole programs made at random in which a module with a hook is exported, or is not what is exported.

`export_program` asks a `Choose` at every turn: for the hook's body and form, its place, the moment at which
it is registered, the way of exporting, what is done with the result, and what is read afterwards. What a
program prints after the line `---` is the same in eager mode unless something became of the hook.
"""

from __future__ import annotations

from choosing import Choose
from layouts import LAYOUTS, CannotError, Parts
from program_classes import indented
from statement_texts import statements
from whole_programs import CALL, Program, filled, needed

# What hooks do. `module.calls` and its like are there on the classes of the program, not on torch's.
BODIES = (
    "LOG.append(1)",
    "return output * 2",
    "LOG.append(tuple(output.shape))",
    "output.mul_(2)",
    "KEPT['last'] = output",
    "KEPT['last'] = output.detach().clone()",
    "KEPT['shape'] = tuple(output.shape)",
    "LOG.append(output)",
    "LOG.append(output.detach())",
    "COUNTS['calls'] += 1",
    "COUNTS[type(module).__name__] = COUNTS.get(type(module).__name__, 0) + 1",
    "LISTS[type(module).__name__].append(output)",
    "LISTS['calls'].append(1)",
    "global TOTAL\nTOTAL += 1",
    "global LAST\nLAST = output",
    "print('hook')",
    "print(output.shape)",
    "logging.warning('hook')",
    "module.calls += 1",
    "module.calls = module.calls + 1",
    "module.kept = output",
    "module.new = output",
    "module.new = tuple(output.shape)",
    "setattr(module, 'new', output)",
    "module.names.append('hook')",
    "module.seen.add_(1)",
    "module.seen += 1",
    "module.seen = module.seen + 1",
    "module.seen.copy_(output.detach().sum().reshape(1))",
    "LOG.append(output.mean().item())",
    "LOG.append(float(output.mean()))",
    "LOG.append(output.detach().numpy().sum())",
    "LOG.append(output.detach().cpu().numpy().shape)",
    "LOG.append(output.tolist())",
    "print(f'{output.mean():.3f}')",
    "if output.sum() > 99:\n    LOG.append(1)",
    "if torch.isnan(output).any():\n    raise ValueError('not a number')",
    "assert not torch.isnan(output).any()",
    "assert output.shape[0] == 1",
    "if output.shape[0] == 1:\n    LOG.append(1)",
    "if output.dim() != 2:\n    raise ValueError(output.shape)",
    "if isinstance(output, torch.Tensor):\n    KEPT['last'] = output",
    "if not isinstance(output, torch.Tensor):\n    raise TypeError(type(output))",
    "if torch.compiler.is_exporting():\n    return\nLOG.append(1)",
    "if not torch.compiler.is_compiling():\n    LOG.append(output.mean().item())",
    "if module.training:\n    return output * 2",
    "if not module.training:\n    LOG.append(1)",
    "return output * module.scale",
    "if module.is_on:\n    return output + 1",
    "if module.is_on:\n    LOG.append(1)",
    "module.calls += 1\nif module.calls > 1:\n    return output * 2",
    "return output + OFFSET",
    "return output + SETTINGS.shift",
    "if SETTINGS.is_on:\n    LOG.append(1)",
    "if SETTINGS.is_on:\n    return output * 3",
    "SETTINGS.hits += 1",
    "return output + ADAPTER(output)",
    "output.register_hook(lambda grad: LOG.append(1))",
    "output.register_hook(lambda grad: grad * 2)",
    "output.retain_grad()\nKEPT['last'] = output",
    "return torch.clamp(output, 0, 1)",
    "with torch.no_grad():\n    norm = output.norm()\nLOG.append(norm)",
    "record(output)",
    "record(output.shape)",
    "check_finite(output)",
    "for handle in HANDLES:\n    handle.remove()",
    "LOG.append(module.training)",
    "if len(LOG) < 3:\n    LOG.append(1)",
    "if 'last' not in KEPT:\n    KEPT['last'] = 1",
    "STARTED.append(time.perf_counter())",
    "n = output.numel()\nmodule.calls = module.calls + n",
    "norm = output.norm()\nlimit = norm.clamp(max=1.0)\nreturn output / norm * limit",
    "pass",
    "return None",
    "return output.detach()",
)
GRADIENTS = (
    "LOG.append(1)",
    "print('backward')",
    "GRADS.append(GRADIENT)",
    "LOG.append(tuple(GRADIENT.shape))",
    "KEPT['grad'] = GRADIENT",
    "return (GRADIENT * 2,)",
    "COUNTS['calls'] += 1",
    "if torch.isnan(GRADIENT).any():\n    raise ValueError('not a number')",
    "assert GRADIENT is not None",
    "pass",
)
STATES = (
    "LOG.append(1)",
    "print('state')",
    "DICT.pop(next(iter(DICT)), None)",
    "pass",
)
# The methods that register, what hooks of theirs are handed, and what they do.
KINDS = {
    "register_forward_hook": ("inputs, output", BODIES),
    "register_forward_pre_hook": ("inputs", BODIES),
    "register_full_backward_hook": ("grad_input, grad_output", GRADIENTS),
    "register_full_backward_pre_hook": ("grad_output", GRADIENTS),
    "register_state_dict_post_hook": ("state_dict, prefix, local_metadata", STATES),
}
_USUAL = (*["register_forward_hook"] * 6, *["register_forward_pre_hook"] * 2, *KINDS)
FORMS = (
    "function",
    "function",
    "function",
    "closure",
    "method",
    "callable",
    "partial",
    "lambda",
    "own method",
)

MODELS = ("Net()", "Net()", "Net()", "Block()", "Deep()", "nn.Sequential(nn.Linear(4, 4), nn.ReLU())")
_CHILD = {"Net()": "block", "Block()": "inner", "Deep()": "net.block", "nn.Sequential": "1"}
PLACES = {
    "root": "model.REGISTER(HOOK)",
    "child": "model.CHILD.REGISTER(HOOK)",
    "handle": "handle = model.CHILD.REGISTER(HOOK)",
    "by its name": "model.get_submodule('NAME').REGISTER(HOOK)",
    "loop": "for layer in model.modules():\n    layer.REGISTER(HOOK)",
    "linear layers": (
        "for layer in model.modules():\n    if isinstance(layer, nn.Linear):\n        layer.REGISTER(HOOK)"
    ),
    "named": (
        "for name, layer in model.named_modules():\n    if name == 'NAME':\n        layer.REGISTER(HOOK)"
    ),
    "handles": "handles = [layer.REGISTER(HOOK) for layer in model.children()]",
    "kept handle": "HANDLES.append(model.CHILD.REGISTER(HOOK))",
    "helper": "attach(model, HOOK)",
    "helper by name": "attach_to(model, ['NAME'], HOOK)",
    "object": "watcher = Watcher(model.CHILD, HOOK)",
    "applied": "model.apply(lambda layer: layer.REGISTER(HOOK))",
}
_ON_ROOT = ("root", "loop", "applied")
# The ways of exporting: each makes `target` of `model`.
EXPORTS = {
    "plain": "program = torch.export.export(model, (X,))\ntarget = program.module()",
    "chained": "target = torch.export.export(model, (X,)).module()",
    "evaluated": "target = torch.export.export(model.eval(), (X,)).module()",
    "strict": "target = torch.export.export(model, (X,), strict=True).module()",
    "not strict": "target = torch.export.export(model, args=(X,), strict=False).module()",
    "imported": "target = export(model, (X,)).module()",
    "function": "target = exported(model)",
    "strict function": "target = exported(model, strict=True)",
    "object": "target = Exporter(model, (X,)).run()",
    "decomposed": "target = torch.export.export(model, (X,)).run_decompositions().module()",
    "saved": (
        "torch.export.save(torch.export.export(model, (X,)), 'net.pt2')\n"
        "target = torch.export.load('net.pt2').module()"
    ),
    "unflattened": "target = torch.export.unflatten(torch.export.export(model, (X,)))",
    "dynamic": (
        "rows = torch.export.Dim('rows', min=2, max=64)\n"
        "target = torch.export.export(model, (torch.ones(3, 4),), dynamic_shapes=({0: rows},)).module()"
    ),
    "no gradients": "with torch.no_grad():\n    target = torch.export.export(model, (X,)).module()",
    "may fail": (
        "try:\n    target = torch.export.export(model, (X,)).module()\nexcept Exception:\n    target = model"
    ),
    "copied": "target = torch.export.export(copy.deepcopy(model), (X,)).module()",
    "not exported": "target = model",
}
# When the hook is registered: `PUT` and `EXPORT` are put in.
MOMENTS = {
    "before": ("PUT", "EXPORT"),
    "after a call": ("PUT", "model(X)", "EXPORT"),
    "cleared": ("PUT", "EXPORT", "LOG.clear()"),
    "removed before": ("handle = model.CHILD.REGISTER(HOOK)", "model(X)", "handle.remove()", "EXPORT"),
    "removed after": ("handle = model.CHILD.REGISTER(HOOK)", "EXPORT", "handle.remove()"),
    "in a block": ("with hooked(model.CHILD, HOOK):", "    model(X)", "EXPORT"),
    "in a block around": ("with hooked(model.CHILD, HOOK):", "    EXPORT"),
    "too late": ("EXPORT", "PUT"),
    "on the exported": ("EXPORT", "target.REGISTER(HOOK)"),
    "on a child of the exported": ("EXPORT", "target.CHILD.REGISTER(HOOK)"),
    "on all of the exported": (
        "EXPORT",
        "for layer in target.modules():",
        "    layer.REGISTER(HOOK)",
    ),
    "on the program": (
        "program = torch.export.export(model, (X,))",
        "program.REGISTER(HOOK)",
        "target = program.module()",
    ),
    "on another": ("Net().REGISTER(HOOK)", "EXPORT"),
    "on a copy": ("copy.deepcopy(model).REGISTER(HOOK)", "EXPORT"),
    "of its class": ("model = Hooked(HOOK)", "EXPORT"),
    "its own": ("model = Tapped()", "EXPORT"),
}
_MOST = (*["before"] * 5, *["after a call"] * 2, "cleared", *MOMENTS)
USES = (
    "result = target(X)",
    "result = target(X)",
    "result = target(X)",
    "target(X)\nresult = target(X)",
    "for _ in range(3):\n    result = target(X)",
    "result = run(target)",
    "with torch.no_grad():\n    result = target(X)",
    "result = model(X)",
    "result = target(X)\nmodel(X)",
    "LOG.clear()\nresult = target(X)",
    "model.scale = 5.0\nresult = target(X)",
    "model.is_on = SETTINGS.is_on = False\nresult = target(X)",
    "SETTINGS.shift = 7\nresult = target(X)",
    "result = target(X)\ntarget.state_dict()",
    "result = target(X)\nresult.sum().backward()",
)
READS = (
    "",
    "",
    "print(len(LOG))",
    "print(LOG)",
    "print(len(LOG) > 0)",
    "print(KEPT)",
    "print(len(KEPT))",
    "print(float(KEPT['last'].sum()))",
    "print(type(LAST).__name__)",
    "print(TOTAL, COUNTS, SETTINGS.hits)",
    "print({name: len(each) for name, each in LISTS.items()})",
    "print(GRADS)",
    "print(ON.calls)",
    "print(ON.calls, ON.names)",
    "print(ON.seen)",
    "print(ON.new)",
    "print(ON.kept)",
    "print(torch.stack(LOG).mean().item())",
    "print(len(target.state_dict()) > 0)",
)
_READ_NAMES = (
    "LOG",
    "KEPT",
    "LAST",
    "TOTAL",
    "COUNTS",
    "SETTINGS",
    "LISTS",
    "GRADS",
    "calls",
    "names",
    "new",
)
_READ_NAMES += ("seen", "kept")

_FRAME = """\
import collections
import contextlib
import copy
import functools
import logging
import sys
import time

import torch
from torch import Tensor, nn
from torch.export import export

X = torch.ones(1, 4)
LOG = []
KEPT = {}
GRADS = []
COUNTS = {"calls": 0}
LISTS = collections.defaultdict(list)
STARTED = []
HANDLES = []
TOTAL = 0
LAST = None
OFFSET = torch.ones(4)
ADAPTER = nn.Linear(4, 4)


class Settings:
    def __init__(self):
        self.is_on = True
        self.shift = 1
        self.hits = 0


SETTINGS = Settings()


def record(value):
    LOG.append(value)


def check_finite(value):
    if not torch.isfinite(value).all():
        raise ValueError("not finite")


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.calls = 0
        self.scale = 2.0
        self.is_on = True
        self.kept = None
        self.names = []
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.inner(x))

    OWN


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.block = Block()
        self.calls = 0
        self.scale = 2.0
        self.is_on = True
        self.kept = None
        self.names = []
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        return self.block(self.fc(x))

    OWN


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Net()
        self.head = nn.Linear(4, 4)
        self.calls = 0

    def forward(self, x):
        return self.head(self.net(x))

    OWN


class Hooked(Net):
    def __init__(self, hook):
        super().__init__()
        self.block.REGISTER(hook)


class Tapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.block = Block()
        self.taps = {}
        self.calls = 0
        self.fc.register_forward_hook(self.keep)

    def keep(self, module, inputs, output):
        self.taps["fc"] = output

    def forward(self, x):
        self.taps.clear()
        y = self.block(self.fc(x))
        return y + self.taps["fc"]


DEFINITION


def exported(model, strict=False):
    return torch.export.export(model, (X,), strict=strict).module()


class Exporter:
    def __init__(self, model, inputs):
        self.model = model
        self.inputs = inputs

    def run(self):
        return self.export().module()

    def export(self):
        return torch.export.export(self.model, self.inputs)


@contextlib.contextmanager
def hooked(module, hook):
    handle = module.REGISTER(hook)
    yield
    handle.remove()


def attach(model, hook):
    for layer in model.children():
        attach_one(layer, hook)


def attach_one(layer, hook):
    return layer.REGISTER(hook)


def attach_to(model, names, hook):
    for name, layer in model.named_modules():
        if name in names:
            layer.REGISTER(hook)


class Watcher:
    def __init__(self, module, hook):
        self.handle = module.REGISTER(hook)


def run(module):
    return module(X)
"""
_MAIN = """\
torch.manual_seed(0)
model = MODEL
LIFE
print("---")
USE
READ
return [round(value, 4) for value in result.flatten().tolist()]
"""


def export_program(choose: Choose) -> Program:
    """Return a program that is run as a script."""
    register = choose(_USUAL)
    form, definition, hook = _hook(choose, register)
    model = choose(MODELS)
    child = _CHILD[model.partition("(nn")[0]]
    moment, place, way = choose(_MOST), choose(tuple(PLACES)), choose(tuple(EXPORTS))
    life = "\n".join(MOMENTS[moment])
    life = life.replace("    EXPORT", "\n".join(indented(EXPORTS[way]))).replace("EXPORT", EXPORTS[way])
    life = life.replace("PUT", PLACES[place]).replace("HOOK", hook)
    # A hook on what was exported says nothing of its source, whatever that is in eager mode.
    use = choose(tuple(each for each in USES if "model(X)" not in each or "exported" not in moment))
    if "backward" in register and "backward" not in use:
        use += "\nresult.sum().backward()"
    fitting = [read for read in READS if any(name in read and name in definition for name in _READ_NAMES)]
    fields = {
        "LIFE": life,
        "USE": use,
        "READ": choose(fitting if fitting and choose((True, True, True, False)) else READS),
        "    OWN": "\n".join(indented(definition)) if form == "own method" else "",
        "DEFINITION": definition if form != "own method" else "# The hook is a method.",
        "MODEL": model,
        "ON.": "model." if place in _ON_ROOT else "model.CHILD.",
        ".CHILD": f"[{child}]" if child.isdigit() else f".{child}",
        "'NAME'": f"'{child}'",
        "REGISTER": register,
    }
    layout = choose(tuple(LAYOUTS))
    head, body = (statements(filled(text, fields)) for text in (_FRAME, _MAIN))
    parts = Parts("main", needed(head, body), tuple(body))
    try:
        text = LAYOUTS[layout](parts)
    except CannotError:
        layout, text = "function", LAYOUTS["function"](parts)
    text += "" if layout in ("script", "main guard") else CALL
    is_left_out = "is_exporting" in definition or "is_compiling" in definition
    return Program(text, is_left_out, f"{moment}; {place}; {way}", layout)


def _hook(choose: Choose, register: str) -> tuple[str, str, str]:
    """Return the hook's form, its definition, and the expression that is registered."""
    handed, bodies = KINDS[register]
    lines = [choose(bodies)]
    if choose((False, False, True)):
        lines.insert(0, choose(("LOG.append(1)", "print('hook')", "x = 1", "COUNTS['calls'] += 1")))
    body = "\n".join(lines)
    if register == "register_forward_pre_hook":
        body = body.replace("output", "inputs[0]")
    body = body.replace("GRADIENT", "grad_output[0]").replace("DICT", "state_dict")
    form = choose(FORMS)
    header = f"def hook(module, {handed}):\n"
    function = header + "\n".join(indented(body))
    match form:
        case "closure":
            inner = "\n".join(indented(function))
            return form, f"def make():\n{inner}\n\n    return hook", "make()"
        case "method":
            inner = "\n".join(indented(function.replace("hook(module", "hook(self, module", 1)))
            return form, f"class Recorder:\n{inner}", "Recorder().hook"
        case "callable":
            inner = "\n".join(indented(function.replace("hook(module", "__call__(self, module", 1)))
            return form, f"class Recorder:\n{inner}", "Recorder()"
        case "partial":
            return (
                form,
                function.replace("hook(module", "hook(name, module", 1),
                "functools.partial(hook, 'a')",
            )
        case "own method":
            return form, function.replace("hook(module", "hook(self, module", 1), "model.hook"
        case "lambda" if "\n" not in body and body.startswith(("LOG.", "print(", "return ")):
            return form, f"# {body}", f"lambda module, {handed}: {body.removeprefix('return ')}"
    return "function", function, "hook"
