"""Whole programs made at random: module classes, a hook on them, and how the model meets TorchScript.

`whole_program` asks a `Choose` at every turn, so that a seed, or a tool that shrinks its choices, decides.
The text defines `main()`: what it prints after the line `---` and what it returns is the same in eager mode
and after TorchScript, unless the hook was dropped, baked in or changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


class Choose(Protocol):
    """Picks one of several options; the first is the plainest."""

    def __call__(self, options: Sequence[T], /) -> T: ...


@dataclass(frozen=True)
class Program:
    """The text of a program; `keeps_off` says that it does not want the hook on a ScriptModule."""

    text: str
    keeps_off: bool


@dataclass(frozen=True)
class Attribute:
    """An attribute of the hooked class: how it is set, and what hooks do with it (`m` is the module)."""

    setting: str
    uses: tuple[str, ...]
    annotation: str = ""


ATTRIBUTES = {
    "count": Attribute(
        "0", ("print(m.count)", "m.count += 1", "m.count = 2", 'm.count = "two"', "m.count = m.count + 1")
    ),
    "scale": Attribute("1.5", ("return output * m.scale", "m.scale = 2.0", "print(m.scale > 1)")),
    "label": Attribute('"a"', ("print(m.label)", 'm.label = "b"', "print(m.label.upper())")),
    "names": Attribute('["a"]', ("print(len(m.names))", 'm.names.append("b")', "print(m.names[0])")),
    "mixed": Attribute('[1, "a"]', ("print(len(m.mixed))",)),
    "cache": Attribute("[]", ("m.cache.append(output)", "print(len(m.cache))")),
    "kept": Attribute("[]", ("m.kept.append(output)", "print(len(m.kept))"), "List[Tensor]"),
    "table": Attribute('{"a": 1}', ('print(m.table["a"])', 'm.table["b"] = 2')),
    "lookup": Attribute("{}", ('m.lookup["x"] = output',)),
    "found": Attribute("{}", ('m.found["x"] = 1', "print(len(m.found))"), "Dict[str, int]"),
    "nothing": Attribute("None", ("print(m.nothing is None)", "m.nothing = output")),
    "maybe": Attribute("None", ("m.maybe = output", "print(m.maybe is None)"), "Optional[Tensor]"),
    "marker": Attribute("object()", ("print(m.marker is None)",)),
    "seen": Attribute("{1, 2}", ("print(len(m.seen))", "m.seen.add(3)")),
    "act": Attribute("torch.relu", ("return m.act(output)",)),
    "pick": Attribute("lambda x: x", ("return m.pick(output)",)),
    "shape": Attribute("(1, 2)", ("print(m.shape[0])", "a, b = m.shape")),
    "gain": Attribute("nn.Parameter(torch.ones(2))", ("return output * m.gain", "print(m.gain.shape)")),
    "offset": Attribute('BUFFER("offset")', ("return output + m.offset", "m.offset = output")),
    "fc": Attribute(
        "nn.Linear(2, 2)",
        ("return m.fc(output)", "print(m.fc.in_features)", "print(m.fc.weight.shape)", "print(m.fc.nothing)"),
    ),
    "parts": Attribute(
        "nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])",
        ("print(len(m.parts))", "for part in m.parts:\n    output = part(output)\nreturn output"),
    ),
    "fixed": Attribute("3", ("print(m.fixed)", "m.fixed = 4"), "Final[int]"),
}

METHODS = {
    "plain": ("def plain(self, x: Tensor) -> Tensor:\n    return x + 1", "return m.plain(output)"),
    "untyped": ("def untyped(self, x):\n    return x + 1", "return m.untyped(output)"),
    "counted": ("def counted(self, n: int) -> int:\n    return n", "print(m.counted(1))"),
    "wrong": ("def wrong(self, n: int) -> int:\n    return n", "print(m.wrong(output))"),
    "guarded": (
        "def guarded(self, x: Tensor):\n    try:\n        return x\n    except ValueError:\n        raise",
        "return m.guarded(output)",
    ),
    "starred": ("def starred(self, *x: Tensor) -> Tensor:\n    return x[0]", "return m.starred(output)"),
    "shown": ('def shown(self, n: int) -> str:\n    return f"{n!r}"', "print(m.shown(1))"),
    "debug": (
        "@torch.jit.unused\ndef debug(self, x: Tensor) -> Tensor:\n    return x",
        "return m.debug(output)",
    ),
    "note": ("@torch.jit.ignore\ndef note(self, n: int) -> int:\n    return n", "print(m.note(1))"),
    "doubled": (
        "@torch.jit.export\ndef doubled(self, x: Tensor) -> Tensor:\n    return x * 2",
        "return m.doubled(output)",
    ),
    "size": ("@property\ndef size(self) -> int:\n    return 2", "print(m.size)"),
    "opaque": (
        '__jit_unused_properties__ = ["opaque"]\n\n@property\ndef opaque(self):\n    return {1}',
        "print(m.opaque)",
    ),
    "fixed_one": (
        "@staticmethod\ndef fixed_one(x: Tensor) -> Tensor:\n    return x",
        "return m.fixed_one(output)",
    ),
    "made": ("@classmethod\ndef made(cls) -> int:\n    return 1", "print(m.made())"),
}

# What hooks do whatever the class is.
ANYWHERE = (
    "print(m.training)",
    "return output + 1",
    "return output",
    "output = output * 2",
    "m.new = 1",
    "m.result = output",
    "n = 1 if m.training else 2\nprint(n)",
    "print(hasattr(m, 'count'))",
    "print(getattr(m, 'training'))",
    "print(getattr(m, 'absent', 1))",
    "setattr(m, 'other', 1)",
    "print(type(m) is nn.Linear)",
    "print(type(m).__name__)",
    "print(m.__class__.__name__)",
    "print(isinstance(m, nn.Module))",
    "print(isinstance(m, nn.Linear))",
    "print(m.forward is None)",
    "print(len(m._forward_hooks) > 9)",
    "print(len(list(m.parameters())) > 99)",
    "print(len(list(m.children())) > 99)",
    "for name, part in m.named_children():\n    print(name)",
    "for part in m.children():\n    print(1)",
    "print(len(m.state_dict()) > 99)",
    "m.eval()",
    "m.zero_grad()",
    "print(len(vars(m)) > 999)",
    "print(len(str(m)) > 9999)",
    "print(id(m) == 0)",
    "n = m\nprint(n.training)",
    "if not torch.jit.is_scripting():\n    LOG.append(type(m).__name__)",
    "if torch.jit.is_scripting():\n    print(1)\nelse:\n    print(1)",
    "if hasattr(m, 'count'):\n    print(1)",
    "assert m is not None",
    "helper(m)",
    "print(measure(output))",
    "print(GLOBAL)",
    "LOG.append(1)",
    "print(f'{1}')",
    "print(f'{1!r}')",
    "print(sum([1, 2]))",
    "print(max(1, 2))",
    "a = [i for i in range(3)]\nprint(len(a))",
    "a = [i for i in range(3) if i]\nprint(len(a))",
    "try:\n    print(1)\nexcept ValueError:\n    pass",
    "with torch.no_grad():\n    output = output + 1",
    "while False:\n    print(1)",
    "print(output.shape)",
    "print(input[0].shape)",
    "print(output.mean().item() > 99)",
    "print('{}'.format(1))",
    "pass",
)

ANNOTATIONS = (
    ("input: Tuple[Tensor], output: Tensor", "input: Tuple[Tensor]"),
    ("input, output", "input"),
    ("input: Tuple[Tensor], output", "input"),
    ("input, output: Tensor", "input: Any"),
    ("input: Tensor, output: Tensor", "input: Tensor"),
    ("input: Tuple[Tensor, Tensor], output: Tensor", "input: Tuple[Tensor, Tensor]"),
    ("input: List[Tensor], output: Tensor", "input: List[Tensor]"),
    ("input: Tuple[Tensor], output: Tuple[Tensor]", "input: Tuple[Tensor]"),
    ("input: Tuple[Tensor], output: Optional[Tensor]", "input: Tuple[Optional[Tensor]]"),
    ("input: tuple[Tensor], output: torch.Tensor", "input: tuple[Tensor]"),
    ("*arguments", "*arguments"),
    ("input: Tuple[Tensor], output: Tensor, extra: int = 1", "input: Tuple[Tensor], extra: int = 1"),
    ("input: Tuple[Tensor], output: Tensor, *, extra: int = 1", "input: Tuple[Tensor], *, extra: int = 1"),
)
RETURNS = ("", "", "", " -> None", " -> Tensor", " -> Optional[Tensor]", " -> Tuple[Tensor]")

FORMS = (
    "function",
    "function",
    "function",
    "nested",
    "factory",
    "lambda",
    "method",
    "other",
    "partial",
    "callable",
)

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
    "either": ("if len(sys.argv) < 99:", "    ON.REGISTER(HOOK)", "target = torch.jit.script(model)"),
}
# In these the program itself keeps the hook off: that it does not run is what was asked for.
_KEPT_OFF = ("on the scripted, guarded", "on the scripted, caught")

_FRAME = """\
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
    names, methods = _chosen(choose, tuple(ATTRIBUTES), 3), _chosen(choose, tuple(METHODS), 2)
    annotation = choose((ANNOTATIONS[0], ANNOTATIONS[0], ANNOTATIONS[0], *ANNOTATIONS))[is_pre]
    form, definition, hook = _hook(choose, names, methods, annotation, is_pre)
    method = definition if form == "method" else ""
    life = choose(tuple(LIVES))
    model = choose(("Net", "Part")) if life != "scripted child" and "child" not in life else "Net"
    # What is hooked is mostly of the class that the hook knows.
    if model == "Part":
        on = "model"
    else:
        on = (
            "model.first"
            if form == "method"
            else choose(("model.first", "model.first", "model", "model.second"))
        )
    hook = hook.replace("ON", on)
    body = "\n".join(LIVES[life]).replace("HOOK", hook).replace("ON", on)
    register = "register_forward_pre_hook" if is_pre else "register_forward_hook"
    text = _FRAME.replace("CLASSES", _classes(choose, names, methods, method))
    text = text.replace("DEFINITION", definition if form != "method" else "# The hook is a method.")
    text = text.replace("LIFE", body.replace("\n", "\n    ")).replace("MODEL", model)
    text = text.replace("GLOBAL(", register.replace("register_", "register_module_") + "(")
    text = text.replace("INPUTS", ANNOTATIONS[0][is_pre])
    return Program(text.replace("REGISTER", register), life in _KEPT_OFF)


def _chosen(choose: Choose, options: tuple[str, ...], count: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(choose(options) for _ in range(choose(tuple(range(count + 1))))))


def _classes(choose: Choose, names: tuple[str, ...], methods: tuple[str, ...], method: str) -> str:
    """Return the hooked class, with its attributes in a base class or in its own `__init__`."""
    annotations = [f"    {n}: {ATTRIBUTES[n].annotation}" for n in names if ATTRIBUTES[n].annotation]
    setting = [_setting(n) for n in names]
    body = [line for n in methods for line in ["", *_indented(METHODS[n][0])]]
    body += ["", *_indented(method)] if method else []
    forward = ["", "    def forward(self, x: Tensor) -> Tensor:", "        return x + 1"]
    init = ["    def __init__(self):", "        super().__init__()"]
    if choose(("own", "own", "inherited", "called")) == "inherited":
        base = ["class Base(nn.Module):", *annotations, *init, *setting, *body, *forward]
        part = ["class Part(Base):", "    pass"]
        return "\n".join([*base, "", "", *part])
    if choose(("set", "called")) == "called" and setting:
        init += ["        self.build()", "", "    def build(self):"]
    return "\n".join(["class Part(nn.Module):", *annotations, *init, *setting, *body, *forward])


def _setting(name: str) -> str:
    setting = ATTRIBUTES[name].setting
    if setting.startswith("BUFFER"):
        return f'        self.register_buffer("{name}", torch.ones(2))'
    return f"        self.{name} = {setting}"


def _hook(
    choose: Choose, names: tuple[str, ...], methods: tuple[str, ...], annotation: str, is_pre: bool
) -> tuple[str, str, str]:
    """Return the hook's form, its definition, and the expression that is registered."""
    own = [use for n in names for use in ATTRIBUTES[n].uses] + [METHODS[n][1] for n in methods]
    count = choose((1, 1, 2))
    statements = [choose(own) if own and choose((True, False)) else choose(ANYWHERE) for _ in range(count)]
    if choose((True, True, False)):
        statements.insert(0, 'print("hook")')
    form = choose(FORMS)
    body = "\n".join(statements)
    if is_pre:
        body = body.replace("output", "input[0]").replace("input[0] =", "other =")
    returns = choose(RETURNS)
    header = f"def hook(m, {annotation}){returns}:\n"
    function = header + "\n".join(f"    {line}" for line in body.splitlines())
    match form:
        case "lambda":
            return form, "", f"lambda m, {'input' if is_pre else 'input, output'}: print('hook')"
        case "nested":
            return form, "def get():\n" + "\n".join(_indented(function)) + "\n\n    return hook", "get()"
        case "factory":
            value = choose(("1", '"a"', "None", "[]"))
            inner = function.replace(header, header + "    print(value is None)\n")
            return (
                form,
                "def get(value):\n" + "\n".join(_indented(inner)) + "\n\n    return hook",
                f"get({value})",
            )
        case "method":
            return form, function.replace("def hook(m", "def hook(self, m"), "ON.hook"
        case "other":
            inner = "\n".join(_indented(function.replace("def hook(m", "def hook(self, m")))
            return form, f"class Recorder:\n{inner}", "Recorder().hook"
        case "partial":
            return form, function.replace("def hook(m", "def hook(bound, m"), "functools.partial(hook, 1)"
        case "callable":
            inner = "\n".join(_indented(function.replace("def hook(m", "def __call__(self, m")))
            return form, f"class Recorder:\n{inner}", "Recorder()"
    return form, function, "hook"


def _indented(text: str) -> list[str]:
    return [f"    {line}" if line else "" for line in text.splitlines()]
