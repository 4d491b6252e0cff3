"""Whole programs made at random: models, hooks on them, moments of registration, and ways of compiling.

What such a program prints is the same in eager mode and compiled, unless a hook is lost. It has its first
call, perhaps, then its hook, then calls under the same or other circumstances.
"""

from __future__ import annotations

from choosing import Choose

_HEAD = """\
import torch
from torch import nn

X = torch.ones(2, 4)
LOG = []
KEPT = {}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.fc(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.block(x))


class Dropping(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.drop = nn.Dropout(0.0)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.drop(self.block(x)))


class Recorder:
    def __init__(self):
        self.shapes = []

    def record(self, module, *_):
        self.shapes.append(type(module).__name__)


def count(*_):
    LOG.append(1)


def double(module, inputs, output):
    return output * 2


def keep(module, inputs, output):
    KEPT["output"] = output.detach()


def nothing(module, *_):
    name = type(module).__name__


def show(module, *_):
    print("called", type(module).__name__)


def leave_off(module, *_):
    if torch.compiler.is_compiling():
        return
    LOG.append(1)


def watch(model, hook):
    return [part.register_forward_hook(hook) for part in model.modules() if isinstance(part, nn.Linear)]


def attach(target, hook):
    return target.register_forward_hook(hook)


recorder = Recorder()
"""
# A class or expression, and what its parts are called.
_MODELS = {
    "Net()": ("block", "block.fc", "head"),
    "Dropping()": ("block", "block.fc", "head"),
    "nn.Sequential(nn.Linear(4, 4), Block(), nn.Linear(4, 2))": ("[0]", "[1].fc", "[2]"),
}
# What is called, and where the model is reached, once it is compiled in a way.
_WAYS = {
    "torch.compile(model{})": ("run = torch.compile(model{})", "run"),
    "model.compile": ("model.compile({})", "model"),
    "a function": ("@torch.compile{}\ndef run(x):\n    return model(x)\n", "run"),
    "forward": ("model.forward = torch.compile(model.forward{})", "model"),
}
_FORWARD = ("count", "double", "keep", "nothing", "show", "leave_off", "recorder.record", "count", "double")
_ANY = ("count", "nothing", "recorder.record", "count")
_APIS = ("register_forward_hook",) * 4 + ("register_forward_pre_hook", "register_full_backward_hook")
_CALLS = {
    "same": "print(tidy(CALL(X)))",
    "again": "y = CALL(X)\nprint(tidy(CALL(X)))",
    "without gradients": "with torch.no_grad():\n    print(tidy(CALL(X)))",
    "other size": "print(tidy(CALL(torch.ones(3, 4))))",
    "evaluation": "model.eval()\nprint(tidy(CALL(X)))",
    "backward": "CALL(X).sum().backward()",
    "anew": "torch._dynamo.reset()\nprint(tidy(CALL(X)))",
    "the model itself": "print(tidy(model(X)))",
}
_TIDY = """

def tidy(tensor):
    return [round(number, 4) for number in tensor.detach().flatten().tolist()]


"""


def compiled_program(choose: Choose) -> str:
    """Return the text of a program."""
    expression = choose(list(_MODELS))
    way = choose(list(_WAYS))
    api = choose(_APIS)
    is_full = choose((False, False, False, False, True))
    compiling, called = _WAYS[way]
    lines = [f"torch.manual_seed({choose((0, 1))})", f"model = {expression}"]
    options = ', backend="aot_eager"' + (", fullgraph=True" if is_full else "")
    given = f"({options[2:]})" if way == "a function" else options[2:] if way == "model.compile" else options
    compile_it = compiling.format(given)
    part = choose(("", *(_MODELS[expression] * 2), "WRAPPER"))
    target = _target(part, "run" if way.startswith("torch.compile") else "model")
    hook = choose(_FORWARD if api == "register_forward_hook" else _ANY)
    if api == "register_forward_hook":
        put = choose(
            (
                f"handle = {target}.{api}({hook})",
                f"handle = {target}.{api}({hook})",
                f"handle = attach({target}, {hook})",
                f"handles = watch(model, {hook})",
            )
        )
    else:
        put = f"handle = {target}.{api}({hook})"
    first = choose(("", "", *_CALLS)).replace("anew", "same")
    moment = choose(("late", "late", "late", "early", "before compiling", "removed", "swapped"))
    if part == "WRAPPER" and moment == "before compiling":
        moment = "early"
    later = [choose(list(_CALLS)) for _ in range(choose((1, 1, 2)))]
    if api == "register_full_backward_hook":
        later.append("backward")
    before = [_CALLS[first].replace("CALL", called)] if first else []
    take_off = "for each in handles:\n    each.remove()" if put.startswith("handles") else "handle.remove()"
    if moment == "before compiling":
        lines += [put, compile_it, *before]
    elif moment == "early":
        lines += [compile_it, put, *before]
    elif moment == "removed":
        lines += [compile_it, put, *before, take_off]
    elif moment == "swapped":
        lines += [compile_it, put, *before, take_off, put]
    else:
        lines += [compile_it, *before, put]
    lines += [_CALLS[each].replace("CALL", called) for each in later]
    lines.append("print(len(LOG), sorted(KEPT), recorder.shapes)")
    return _HEAD + _TIDY + "\n".join(lines) + "\n"


def _target(part: str, wrapper: str) -> str:
    if part == "WRAPPER":
        return wrapper
    return f"model{part}" if part.startswith("[") else ".".join(filter(None, ("model", part)))
