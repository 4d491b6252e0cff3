"""Whole programs made at random: module classes, a hook on them, and how the model meets TorchScript.

`whole_program` asks a `Choose` at every turn, so that a seed, or a tool that shrinks its choices, decides.
The text is a script in one of several layouts: what it prints after the line `---` is the same in eager mode
and after TorchScript, unless the hook was dropped, baked in or changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from choosing import Choose
from layouts import LAYOUTS, CannotError, Parts
from program_classes import ATTRIBUTES, METHODS, chosen, classes
from program_hooks import ANNOTATIONS, SCALED, hook
from statement_texts import bound, statements, used


@dataclass(frozen=True)
class Program:
    """The text of a program; `keeps_off` says that it does not want the hook on a ScriptModule."""

    text: str
    keeps_off: bool
    life: str = ""
    layout: str = ""


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
    "state dict": ("ON.register_state_dict_post_hook(state)", "target = torch.jit.script(model)"),
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
    "four calls deep": ("attach(ON, HOOK)", "target = torch.jit.script(model)"),
    "four calls deep before trace": ("attach(ON, HOOK)", "target = torch.jit.trace(model, X)"),
    "scripted four calls deep": ("ON.REGISTER(HOOK)", "target = Pipeline(model).prepare()"),
    "by a constructor": ("Watcher(ON, HOOK)", "target = torch.jit.script(model)"),
    "by a constructor before trace": (
        "watcher = Watcher(ON, HOOK)",
        "target = torch.jit.trace(model, X)",
    ),
    "by a constructor, closed": (
        "watcher = Watcher(ON, HOOK)",
        "model(X)",
        "watcher.close()",
        "target = torch.jit.script(model)",
    ),
    "by a constructor on the scripted": (
        "target = torch.jit.script(model)",
        "watcher = Watcher(target, HOOK)",
    ),
    "in the block of a class": (
        "with Watcher(ON, HOOK):",
        "    model(X)",
        "target = torch.jit.script(model)",
    ),
    "traced in the block of a class": (
        "with Watcher(ON, HOOK):",
        "    target = torch.jit.trace(model, X)",
    ),
    "on an exit stack": (
        "with contextlib.ExitStack() as stack:",
        "    stack.enter_context(Watcher(ON, HOOK))",
        "    target = torch.jit.script(model)",
    ),
    "tapped, traced": ("model = Tapped()", "target = torch.jit.trace(model, X)"),
    "tapped, scripted": ("model = Tapped()", "target = torch.jit.script(model)"),
    "tapped, kept and read": (
        "model = Tapped()",
        "target = torch.jit.trace(model, X)",
        "model.taps.clear()",
    ),
    "counted": (
        "counter = Counter()",
        "ON.register_forward_hook(counter)",
        "target = torch.jit.trace(model, X)",
    ),
    "counted by a method": (
        "counter = Counter()",
        "ON.register_forward_hook(counter.count)",
        "target = torch.jit.trace(model, X)",
    ),
    "counted on the traced": (
        "counter = Counter()",
        "target = torch.jit.trace(model, X)",
        "target.register_forward_hook(counter.count)",
    ),
    "once before trace": ("once = Once(ON)", "model(X)", "target = torch.jit.trace(model, X)"),
    "once before script": ("once = Once(ON)", "model(X)", "target = torch.jit.script(model)"),
    "registers on itself": ("model = Hooked(HOOK)", "target = torch.jit.script(model)"),
    "registers on itself before trace": ("model = Hooked(HOOK)", "target = torch.jit.trace(model, X)"),
    "either": ("if len(sys.argv) < 99:", "    ON.REGISTER(HOOK)", "target = torch.jit.script(model)"),
}
# What is read afterwards, always in some programs and by choice in all.
_READ = {
    "state dict": "target.state_dict()",
    "counted": "print(counter.calls)",
    "counted by a method": "print(counter.calls)",
    "counted on the traced": "print(counter.calls)",
    "tapped, kept and read": "print(sorted(model.taps))",
}
_READ_BY_CHOICE = ("", "", "", "print(len(LOG) > 0)", "print(LOG[-1:])", "COUNT")
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


def attach(module, hook):
    return attach_all([module], hook)


def attach_all(modules, hook):
    return [attach_one(module, hook) for module in modules]


def attach_one(module, hook):
    return put_on(module, hook)


def put_on(module, hook):
    return module.REGISTER(hook)


class Pipeline:
    def __init__(self, model):
        self.model = model

    def prepare(self):
        return self.convert()

    def convert(self):
        return export(self.model)


class Watcher:
    def __init__(self, module, hook):
        self.handle = module.REGISTER(hook)

    def close(self):
        self.handle.remove()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class Counter:
    def __init__(self):
        self.calls = 0

    def __call__(self, module, input, output):
        self.calls += 1

    def count(self, module, input, output):
        self.calls += 1


class Once:
    def __init__(self, module):
        self.handle = module.register_forward_hook(self.look)

    def look(self, module, input, output):
        LOG.append(1)
        self.handle.remove()


class Tapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.taps = {}
        self.fc.register_forward_hook(self.keep)

    def keep(self, module, input, output):
        self.taps["fc"] = output

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        return y + self.taps["fc"]


class Hooked(Net):
    def __init__(self, hook):
        super().__init__()
        self.first.REGISTER(hook)
"""

_BODY = """\
torch.manual_seed(0)
model = MODEL()
LIFE
print("---")
result = target(X.clone().requires_grad_())
result.sum().backward()
READ
return [round(value, 4) for value in result.flatten().tolist()]
"""
CALL = """

if __name__ == "__main__":
    print(main())
"""


def whole_program(choose: Choose) -> Program:
    """Return a program that is run as a script."""
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
    read = _READ.get(life) or choose(_READ_BY_CHOICE)
    read = read.replace("COUNT", f"print({on}.count)" if "count" in names and on != "model.second" else "")
    fields = {
        "LIFE": body,
        "READ": read,
        "CLASSES": classes(choose, names, methods, method, has_scale),
        "DEFINITION": definition if not is_in_class else "# The hook is a method.",
        "GLOBAL(": register.replace("register_", "register_module_") + "(",
        "INPUTS": ANNOTATIONS[0][is_pre],
        "MODEL": model,
        "REGISTER": register,
    }
    layout = choose(tuple(LAYOUTS))
    head, statements_of_main = (statements(filled(text, fields)) for text in (_FRAME, _BODY))
    parts = Parts("main", needed(head, statements_of_main), tuple(statements_of_main))
    try:
        text = LAYOUTS[layout](parts)
    except CannotError:
        layout, text = "function", LAYOUTS["function"](parts)
    text += "" if layout in ("script", "main guard") else CALL
    return Program(text, life in _KEPT_OFF, life, layout)


def filled(text: str, fields: dict[str, str]) -> str:
    for name, value in fields.items():
        text = text.replace(name, value)
    return text


def needed(head: list[str], body: list[str]) -> tuple[str, ...]:
    """Return the imports, and the definitions that `body` reaches."""
    kept: list[str] = [chunk for chunk in head if chunk.startswith(("import ", "from "))]
    while True:
        names = used([*kept, *body])
        more = [chunk for chunk in head if chunk not in kept and bound([chunk]) & names]
        if not more:
            return tuple(chunk for chunk in head if chunk in kept)
        kept += more
