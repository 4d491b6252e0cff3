"""Makes programs of the lines in `data/ways.txt`: how a module travels, and the guards it may stand under.

Each line gives two programs, one for each role. In the role `program` the module gets a hook and meets
TorchScript, or the guard stands before a registration on a ScriptModule; in the role `hook` the module is the
hook parameter of a hook that gets a ScriptModule. What is to be found there shows whether it was followed.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from places import DATA

WAYS = DATA / "ways.txt"
_HEADING = re.compile(r"^### (way|other|guard|open): (.+?)(?: \(gap: (.+)\))?\n", re.MULTILINE)

Role = Literal["program", "hook"]

_CLASS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.seen = []
    def twice(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)
class Good(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x
"""

_TRAVEL = (
    """
import collections, contextlib, copy, dataclasses, functools, itertools, operator, types, typing, weakref
from concurrent import futures
import torch
from torch import nn

KEPT = None
def h1(y): return y
def h2(y): return h1(y)
def h3(y): return h2(y)
def h4(y): return h3(y)
def gen(y):
    yield y
def keep_global(y):
    global KEPT
    KEPT = y
def star(*a): return a[0]
def starstar(**k): return k["m"]
def default(y, z=None): return y if z is None else z
def deco(f):
    @functools.wraps(f)
    def wrapper(*a): return f(*a)
    return wrapper
@deco
def decorated(y): return y
@functools.lru_cache
def cached(y): return y
@functools.singledispatch
def dispatched(y): return y
@contextlib.contextmanager
def own(y):
    yield y
class Ctx:
    def __init__(self, y): self.y = y
    def __enter__(self): return self.y
    def __exit__(self, *a): pass
@dataclasses.dataclass
class Data:
    a: object
class Own:
    def __init__(self, a): self.a = a
    def get(self): return self.a
    @property
    def prop(self): return self.a
    def __call__(self): return self.a
    def __getitem__(self, i): return self.a
    @classmethod
    def through(cls, y): return cls(y).a
    @staticmethod
    def same(y): return y
class Holder: pass
holder = Holder()
"""
    + _CLASS
)

_GUARDED = (
    """
import contextlib, re, typing
import torch
from torch import nn
"""
    + _CLASS
    + """
CLASSES = (Net, nn.Linear)
TABLE = {Net: 1, nn.Linear: 2}
def is_eager(y):
    return not isinstance(y, torch.jit.ScriptModule)
IS_EAGER = lambda y: not isinstance(y, torch.jit.ScriptModule)
"""
)

_IN_A_PROGRAM = """
def hook(m, input: typing.Tuple[torch.Tensor], output: torch.Tensor):
    m.seen.append(output)

def go():
    net, OTHER = Net(), Good()
{body}
    torch.jit.script(net)
"""

_IN_A_HOOK = """
OTHER = types.SimpleNamespace(twice=print)
def hook(m, input, output):
{body}

def go():
    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
"""

_GUARD_IN_A_PROGRAM = """
def hook(m, input, output):
    print(output)

def go():
    x = torch.jit.script(Net())
{body}
"""

_GUARD_IN_A_HOOK = """
def hook(x, input, output):
{body}

def go():
    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
"""


@dataclass(frozen=True)
class Way:
    """One line in one role: its program `text`, whose function `go` is to be run.

    Where it `breaks`, `code` must be found in it with confidence `certain`, else it must not; `gap` tells
    that this is not so yet.
    """

    name: str
    role: Role
    text: str
    code: str
    breaks: bool
    gap: bool

    def __str__(self) -> str:
        return f"{self.role}: {self.name}"


def ways() -> Iterator[Way]:
    """Yield each line in both roles."""
    _, *parts = _HEADING.split(WAYS.read_text("utf-8"))
    for kind, name, gaps, lines in zip(*(parts[start::4] for start in range(4)), strict=True):
        for role in ("program", "hook"):
            is_gap, breaks = role in (gaps or ""), kind in {"way", "open"}
            if kind in {"way", "other"}:
                yield Way(name, role, _travelling(role, lines), _CODES[role][0], breaks, is_gap)
            else:
                yield Way(name, role, _guarded(role, lines), _CODES[role][1], breaks, is_gap)


_CODES = {"program": ("HKP302", "HKP101"), "hook": ("HKP403", "HKP403")}


def _travelling(role: str, lines: str) -> str:
    template, module = (_IN_A_PROGRAM, "net") if role == "program" else (_IN_A_HOOK, "m")
    body = re.sub(r"\bM\b", module, lines.strip("\n"))
    return _TRAVEL + template.replace("{body}", _body(role, body if "USE" in body else f"{body}\nUSE"))


def _guarded(role: str, lines: str) -> str:
    template = _GUARD_IN_A_PROGRAM if role == "program" else _GUARD_IN_A_HOOK
    return _GUARDED + template.replace("{body}", _body(role, lines.strip("\n")))


def _body(role: str, lines: str) -> str:
    use = "x.register_forward_hook(hook)" if role == "program" else "x.twice(output)"
    return textwrap.indent(lines.replace("USE", use), "    ")
