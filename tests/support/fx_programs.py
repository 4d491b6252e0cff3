"""Whole programs made at random in which fx traces a hooked module, or nothing calls one.

A program that is traced is run as it is, and with `torch.fx.symbolic_trace` giving back the eager module.
What differs is the hook's doing, for without it both are the same. In a program of eager mode the calls of
the hook are counted. `python tests/support/fx_programs.py COUNT SEED` is the long run.
"""

from __future__ import annotations

import contextlib
import io
import random
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

START = """\
import functools
import torch
import torch.nn.functional as F
from torch import nn

LOG = []
KEPT = {}
X = torch.linspace(-1, 1, 8).reshape(2, 4)
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(x) + x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = Block()
        self.seq = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
        self.blocks = nn.ModuleList([Block(), Block()])

    def forward(self, x):
        x = self.seq(self.b(self.a(x)))
        for block in self.blocks:
            x = block(x)
        return x


class Around(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Net()
        self.attention = nn.MultiheadAttention(4, 2)
        self.used = nn.Linear(4, 4)
        self.named = nn.ModuleDict({"one": nn.Linear(4, 4)})
        self.direct = nn.Linear(4, 4)

    def forward(self, x):
        x = self.net(x)
        x, _ = self.attention(x, x, x)
        x = F.linear(x, self.used.weight, self.used.bias)
        return self.direct.forward(self.named["one"](x))
"""
# What a hook does, and what a program that cares reads of it.
BODIES = (
    ("LOG.append(1)", "len(LOG)"),
    ("LOG.append(1)", "LOG"),
    ("LOG.append(output)", "[type(each).__name__ for each in LOG]"),
    ("LOG.append(output.detach().sum())", "[float(each) for each in LOG]"),
    ("LOG.append(output.shape)", "LOG"),
    ("LOG.append(tuple(output.shape))", "LOG"),
    ("LOG.append(float(output.mean()))", "len(LOG)"),
    ("LOG.append(len(output))", "LOG"),
    ("LOG.append(type(output).__name__)", "LOG"),
    ("KEPT['last'] = output.detach()", "KEPT['last'].shape"),
    ("KEPT['count'] = KEPT.get('count', 0) + 1", "KEPT"),
    ("KEPT['seen'] = True", "KEPT.get('seen')"),
    ("print('hook')", ""),
    ("return output * 2", ""),
    ("return torch.relu(output)", ""),
    ("output.mul_(2)", ""),
    ("if isinstance(output, torch.Tensor):\n    return output * 2", ""),
    ("if isinstance(output, torch.Tensor):\n    LOG.append(1)", "len(LOG)"),
    ("if output.sum() > -1000:\n    LOG.append(1)", "len(LOG)"),
    ("if output.dim() == 2:\n    LOG.append(1)", "len(LOG)"),
    ("if output is None:\n    return\nLOG.append(1)", "len(LOG)"),
    ("if not module.training:\n    LOG.append(1)", "len(LOG)"),
    ("assert output.shape[-1] == 4", ""),
    ("rows, columns = output.shape\nLOG.append(1)", "len(LOG)"),
    ("for row in output.unbind():\n    LOG.append(1)", "len(LOG)"),
    ("LOG.append(f'{output.mean():.2f}')", "LOG"),
    ("pass", ""),
    ("output.sum()", ""),
)
LEAVES = ("model.a", "model.b.fc", "model.seq[0]", "model.blocks[0].fc")
PLACES = ("model", "model.b", "model.seq", "model.blocks[1]", *LEAVES, *LEAVES)
LOOPS = ("nn.Linear", "Block")
UNCALLED = (
    "model.net.blocks",
    "model.named",
    "model.attention.out_proj",
    "model.used",
    "model.direct",
)
CALLED = ("model.net", "model.net.a", "model.net.blocks[0]", "model.attention", 'model.named["one"]')
FORMS = ("function", "method", "object", "partial", "closure")
FALSE, MISSED = "false positive", "false negative"


@dataclass(frozen=True)
class FxProgram:
    """A program, and whether it is one in which something is traced."""

    text: str
    is_traced: bool
    is_read: bool


def indented(text: str, depth: int) -> str:
    return "\n".join("    " * depth + line for line in text.splitlines()) + "\n"


def hook_of(body: str, form: str) -> tuple[str, str]:
    """Return statements that define a hook, and the expression for it."""
    if form == "method":
        head = "class Recorder:\n    def hook(self, module, input, output):\n"
        return head + indented(body, 2) + "\n\nrecorder = Recorder()\n", "recorder.hook"
    if form == "object":
        head = "class Recorder:\n    def __call__(self, module, input, output):\n"
        return head + indented(body, 2) + "\n\nrecorder = Recorder()\n", "recorder"
    if form == "partial":
        head = "def hook(name, module, input, output):\n"
        return head + indented(body, 1), "functools.partial(hook, 'b')"
    if form == "closure":
        head = "def make_hook():\n    def hook(module, input, output):\n"
        return head + indented(body, 2) + "\n    return hook\n", "make_hook()"
    return "def hook(module, input, output):\n" + indented(body, 1), "hook"


def traced_program(choose: random.Random) -> FxProgram:
    """Return a program in which fx traces."""
    body, read = choose.choice(BODIES)
    definition, hook = hook_of(body, choose.choice(FORMS))
    moment = choose.choice(("before", "before", "before", "after", "result", "removed"))
    # What fx inlined has no items any more.
    place = choose.choice([each for each in PLACES if moment != "result" or "[" not in each])
    register = f"handle = {place}.register_forward_hook({hook})\n"
    if moment in {"before", "removed"} and choose.random() < 0.15:
        cls = choose.choice(LOOPS)
        register = (
            "for module in model.modules():\n"
            f"    if isinstance(module, {cls}):\n"
            f"        handle = module.register_forward_hook({hook})\n"
        )
        moment = "before"
    lines = ["model = Net()" + choose.choice(("", ".eval()"))]
    trace = "traced = torch.fx.symbolic_trace(model)"
    if moment in {"before", "removed"}:
        lines += [register.rstrip(), *(["handle.remove()"] if moment == "removed" else []), trace]
    else:
        where = register.replace("model", "traced") if moment == "result" else register
        lines += [trace, where.rstrip()]
    reset = choose.choice(("", "", "LOG.clear()", "KEPT.clear()"))
    lines += [reset] if reset else []
    callee = choose.choice(("traced", "traced", "traced", "traced" if moment == "result" else "model"))
    times = choose.choice((1, 1, 2, 3))
    if times == 3:
        lines += ["for _ in range(2):", f"    result = {callee}(X.clone())"]
    else:
        lines += [f"result = {callee}(X.clone())"] * times
    lines.append("print(result.sum().item())")
    is_read = bool(read) and choose.random() < 0.7
    lines += [f"print({read})"] if is_read else []
    return FxProgram(assembled(definition, lines, choose), True, is_read)


def eager_program(choose: random.Random) -> FxProgram:
    """Return a program in which nothing leaves eager mode."""
    body, read = choose.choice([each for each in BODIES if "\n" not in each[0]])
    definition, hook = hook_of(body, choose.choice(FORMS))
    place = choose.choice((*UNCALLED, *CALLED))
    lines = ["model = Around()"]
    if choose.random() < 0.2:
        filtered = choose.choice(("", "    if isinstance(module, nn.Linear):\n    "))
        lines += [f"for module in model.modules():\n{filtered}    module.register_forward_hook({hook})"]
    else:
        lines += [f"{place}.register_forward_hook({hook})"]
    if choose.random() < 0.9:
        lines += ["result = model(X.clone())", "print(result.sum().item())"]
    is_read = bool(read) and choose.random() < 0.7
    lines += [f"print({read})"] if is_read else []
    return FxProgram(assembled(definition, lines, choose), False, is_read)


def assembled(definition: str, lines: list[str], choose: random.Random) -> str:
    main = "\n".join(lines)
    if choose.random() < 0.5:
        main = "def main():\n" + indented(main, 1) + "\n\nmain()"
    return f"{START}\n\n{definition}\n\n{main}\n"


def ran(program: FxProgram, *, is_eager: bool) -> tuple[str, str, int]:
    """Return what a program prints or fails with, what it leaves, and how often its hook was called."""
    calls = 0
    names: dict[str, Any] = {"__name__": "__main__"}

    def profile(frame: Any, event: str, _: object) -> None:
        nonlocal calls
        code = frame.f_code
        calls += event == "call" and code.co_filename == "<program>" and code.co_name in {"hook", "__call__"}

    original = torch.fx.symbolic_trace
    if is_eager:
        torch.fx.symbolic_trace = lambda module: module  # type: ignore[assignment]
    text = io.StringIO()
    try:
        with contextlib.redirect_stdout(text), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sys.setprofile(profile)
            exec(compile(program.text, "<program>", "exec"), names)
    except Exception as error:
        text.write(type(error).__name__)
    finally:
        sys.setprofile(None)
        torch.fx.symbolic_trace = original
    left = f"{[type(each) for each in names['LOG']]} {sorted(names['KEPT'])}"
    return text.getvalue(), left, calls


def broken(program: FxProgram) -> bool | None:
    """Return what torch says: whether something becomes of the hook, and somebody notices.

    None where nobody does here, but something is left that others may read.
    """
    said, left, calls = ran(program, is_eager=False)
    if program.is_traced:
        eager = ran(program, is_eager=True)
        return True if said != eager[0] else None if left != eager[1] else False
    if "in model.modules()" in program.text or calls or "model(X" not in program.text:
        return False
    changes = ("print('hook')", "* 2", "relu(output)", "mul_(2)")
    if program.is_read or any(f"{change}\n" in program.text for change in changes):
        return True
    return None if "LOG.append" in program.text or "KEPT[" in program.text else False


def disagreements(programs: list[FxProgram]) -> tuple[Counter[str], list[tuple[str, str, list[str]]]]:
    """Return how many programs came to what, and those of which torch and `check` say other things."""
    counts: Counter[str] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"program_{number}.py" for number in range(len(programs))]
        for path, program in zip(paths, programs, strict=True):
            path.write_text(program.text, "utf-8")
        report = check_paths([folder], Settings())
        for path, program in zip(paths, programs, strict=True):
            found = [f"{f.code} {f.line} {f.confidence}" for f in report.findings if f.path == str(path)]
            truth = broken(program)
            kind = "agreed" if truth in {None, bool(found)} else MISSED if truth else FALSE
            counts[kind] += 1
            counts["broken" if truth else "survives"] += 1
            if kind != "agreed":
                wrong.append((kind, program.text.removeprefix(START), found))
    return counts, wrong


def made(count: int, seed: int) -> list[FxProgram]:
    """Return programs of both kinds, in turn."""
    choose = random.Random(seed)
    return [(eager_program if number % 3 == 2 else traced_program)(choose) for number in range(count)]


if __name__ == "__main__":
    number, seed = (int(each) for each in [*sys.argv[1:], "500", "1"][:2])
    counted, all_wrong = disagreements(made(number, seed))
    for kind, text, found in all_wrong:
        print("-" * 20, kind, found, text, sep="\n")
    print(dict(counted))
