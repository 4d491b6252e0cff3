"""Whole programs made at random: module classes, a hook on them, and how the model meets TorchScript.

`whole_program` asks a `Choose` at every turn, so that a seed, or a tool that shrinks its choices, decides.
The text defines `main()`: what it prints after the line `---` and what it returns is the same in eager mode
and after TorchScript, unless the hook was dropped, baked in or changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from choosing import Choose
from program_classes import ATTRIBUTES, METHODS, chosen, classes
from program_hooks import ANNOTATIONS, SCALED, hook


@dataclass(frozen=True)
class Program:
    """The text of a program; `keeps_off` says that it does not want the hook on a ScriptModule."""

    text: str
    keeps_off: bool


# How a model meets TorchScript: `ON` is the hooked module, `REGISTER` and `HOOK` are put in as chosen.
LIVES = {
    "script": ("ON.REGISTER(HOOK)", "target = torch.jit.script(model)"),
    "script in a function": ("ON.REGISTER(HOOK)", "target = export(model)"),
    "script a loop": ("watch(model, HOOK)", "target = torch.jit.script(model)"),
    "script a loop with a test": ("watch_linear(model, HOOK)", "target = torch.jit.script(model)"),
    "script and load": (
        "ON.REGISTER(HOOK)",
        "torch.jit.save(torch.jit.script(model), 'x.pt')",
        "target = torch.jit.load('x.pt')",
    ),
    "freeze": ("ON.REGISTER(HOOK)", "target = torch.jit.freeze(torch.jit.script(model.eval()))"),
    "trace": ("ON.REGISTER(HOOK)", "target = torch.jit.trace(model, X)"),
    "removed": (
        "handle = ON.REGISTER(HOOK)",
        "model(X)",
        "handle.remove()",
        "target = torch.jit.script(model)",
    ),
    "removed before trace": (
        "handle = ON.REGISTER(HOOK)",
        "handle.remove()",
        "target = torch.jit.trace(model, X)",
    ),
    "removed too late": ("handle = ON.REGISTER(HOOK)", "target = torch.jit.script(model)", "handle.remove()"),
    "too late": ("target = torch.jit.script(model)", "ON.REGISTER(HOOK)"),
    "on the scripted": ("target = torch.jit.script(model)", "target.REGISTER(HOOK)"),
    "on the scripted, unbound": ("target = torch.jit.script(model)", "nn.Module.REGISTER(target, HOOK)"),
    "on the scripted, guarded": (
        "target = torch.jit.script(model)",
        "if not isinstance(target, torch.jit.ScriptModule):",
        "    target.REGISTER(HOOK)",
    ),
    "on the scripted, caught": (
        "target = torch.jit.script(model)",
        "try:",
        "    target.REGISTER(HOOK)",
        "except RuntimeError:",
        "    pass",
    ),
    "on the traced": ("target = torch.jit.trace(model, X)", "target.REGISTER(HOOK)"),
    "on the frozen": ("target = torch.jit.freeze(torch.jit.script(model.eval()))", "target.REGISTER(HOOK)"),
    "scripted child": (
        "model.second = torch.jit.script(model.second)",
        "ON.REGISTER(HOOK)",
        "target = model",
    ),
    "loop over a scripted child": (
        "model.second = torch.jit.script(model.second)",
        "watch(model, HOOK)",
        "target = model",
    ),
    "traced child": (
        "model.second = torch.jit.trace(model.second, X)",
        "watch(model, HOOK)",
        "target = model",
    ),
    "global": ("torch.nn.modules.module.GLOBAL(HOOK)", "target = torch.jit.script(model)"),
    "eager": ("ON.REGISTER(HOOK)", "target = model"),
    "another model": ("Net().REGISTER(HOOK)", "target = torch.jit.script(model)"),
    "aliased": ("register = ON.REGISTER", "register(HOOK)", "target = torch.jit.script(model)"),
    "backward": ("ON.register_full_backward_hook(backward)", "target = torch.jit.script(model)"),
    "backward before trace": (
        "ON.register_full_backward_hook(backward)",
        "target = torch.jit.trace(model, X)",
    ),
    "state dict": (
        "ON.register_state_dict_post_hook(state)",
        "target = torch.jit.script(model)",
        "target.state_dict()",
    ),
    "with keywords": ("ON.REGISTER(HOOK, with_kwargs=True)", "target = torch.jit.script(model)"),
    "always": ("ON.register_forward_hook(HOOK, always_call=True)", "target = torch.jit.script(model)"),
    "two": ("ON.REGISTER(HOOK)", "ON.REGISTER(plain_hook)", "target = torch.jit.script(model)"),
    "called by forward": ("ON.REGISTER(HOOK)", "target = torch.jit.script(model).forward"),
    "optimized": (
        "ON.REGISTER(HOOK)",
        "target = torch.jit.optimize_for_inference(torch.jit.script(model.eval()))",
    ),
    "copied": ("ON.REGISTER(HOOK)", "target = copy.deepcopy(torch.jit.script(model))"),
    "deep copy before": ("ON.REGISTER(HOOK)", "target = torch.jit.script(copy.deepcopy(model))"),
    "applied": ("model.apply(lambda part: part.REGISTER(HOOK))", "target = torch.jit.script(model)"),
    "by an object": ("ON.REGISTER(HOOK)", "target = Exporter(model).run()"),
    "by name": (
        "for name, part in model.named_modules():",
        '    if name == "second":',
        "        part.REGISTER(HOOK)",
        "target = torch.jit.script(model)",
    ),
    "scripted twice": (
        "torch.jit.script(model)",
        "ON.REGISTER(HOOK)",
        "target = torch.jit.script(model)",
    ),
    "prepended": (
        "ON.REGISTER(plain_hook)",
        "ON.REGISTER(HOOK, prepend=True)",
        "target = torch.jit.script(model)",
    ),
    "in a block": ("with hooked(ON, HOOK):", "    target = torch.jit.script(model)"),
    "all removed": (
        "handles = [part.REGISTER(HOOK) for part in model.children()]",
        "for handle in handles:",
        "    handle.remove()",
        "target = torch.jit.script(model)",
    ),
    "either": ("if len(sys.argv) < 99:", "    ON.REGISTER(HOOK)", "target = torch.jit.script(model)"),
}
# In these the program itself keeps the hook off: that it does not run is what was asked for.
_KEPT_OFF = ("on the scripted, guarded", "on the scripted, caught")

_FRAME = """\
import contextlib
import copy
import functools
import sys
from typing import Any, Dict, Final, List, Optional, Tuple

import torch
from torch import Tensor, nn

X = torch.ones(1, 2)
GLOBAL = 1
LOG = []


def measure(x: Tensor) -> int:
    return x.dim()


def traced_calls(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*args, **kwargs)

    return call


class Settings:
    def __init__(self, width: int):
        self.width = width


class Plain:
    width = 2

    def show(self):
        yield self.width


def helper(module):
    print(module.training)


def backward(module, grad_input, grad_output):
    print("backward")


def state(module, state_dict, prefix, local_metadata):
    print("state")


def plain_hook(m, INPUTS):
    print("plain")


CLASSES


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Part()
        self.second = nn.Sequential(nn.Linear(2, 2), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


DEFINITION


def export(model):
    return torch.jit.script(model)


class Exporter:
    def __init__(self, model):
        self.model = model

    def run(self):
        return torch.jit.script(self.model)


@contextlib.contextmanager
def hooked(module, hook):
    handle = module.REGISTER(hook)
    yield
    handle.remove()


def watch(model, hook):
    for module in model.modules():
        module.REGISTER(hook)


def watch_linear(model, hook):
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.REGISTER(hook)


def main():
    torch.manual_seed(0)
    model = MODEL()
    LIFE
    print("---")
    result = target(X.clone().requires_grad_())
    result.sum().backward()
    return [round(value, 4) for value in result.flatten().tolist()]
"""


def whole_program(choose: Choose) -> Program:
    """Return a program that defines `main()`."""
    is_pre = choose((False, False, True))
    names, methods = chosen(choose, tuple(ATTRIBUTES), 3), chosen(choose, tuple(METHODS), 2)
    has_scale = choose((False, False, False, False, True))
    fitting = SCALED if has_scale else ANNOTATIONS[0]
    annotation = choose((fitting, fitting, fitting, fitting, *ANNOTATIONS))[is_pre]
    form, definition, registered = hook(choose, names, methods, annotation, is_pre)
    is_in_class = form in ("method", "static")
    method = definition if is_in_class else ""
    life = choose(tuple(LIVES))
    model = choose(("Net", "Part")) if "child" not in life and life != "by name" else "Net"
    # What is hooked is mostly of the class that the hook knows.
    if model == "Part":
        on = "model"
    else:
        on = "model.first" if is_in_class else choose(("model.first", "model.first", "model", "model.second"))
    body = "\n".join(LIVES[life]).replace("HOOK", registered.replace("ON", on)).replace("ON", on)
    body = f"chosen = hook\n{body}" if form == "local" else body
    register = "register_forward_pre_hook" if is_pre else "register_forward_hook"
    text = _FRAME.replace("CLASSES", classes(choose, names, methods, method, has_scale))
    text = text.replace("DEFINITION", definition if not is_in_class else "# The hook is a method.")
    text = text.replace("LIFE", body.replace("\n", "\n    ")).replace("MODEL", model)
    text = text.replace("GLOBAL(", register.replace("register_", "register_module_") + "(")
    text = text.replace("INPUTS", ANNOTATIONS[0][is_pre])
    return Program(text.replace("REGISTER", register), life in _KEPT_OFF)
