"""Experiments on compiled hooks that differ from eager mode without an error."""

from __future__ import annotations

import ast
import functools
from typing import Any

from .bench import Bench
from .compiled import note_hook, scope_for, widen
from .hooks import header_for
from .installed import torch
from .outcome import InconclusiveError
from .reduce import Reduction, load, write_function

_seen: list[str] = []
_RECORDER = """import torch

@torch.jit.ignore
def record_value(value: bool) -> bool:
    _seen.append(str(value))
    return value

def pair(module, value: bool) -> bool:
    record_value(value)
    return value
"""


def ask(bench: Bench) -> dict[str, Any]:
    """Compare what the flagged place does in eager mode and compiled."""
    name, action = {"branch": ("the flagged branch", _branch), "later type": ("the flagged test", _test)}[
        bench.setup["observes"]
    ]
    return {"attempts": bench.try_variants([(name, functools.partial(action, bench))])}


def _recorder(bench: Bench) -> Any:
    path = "{}/recorder.py".format(bench.folder)
    with open(path, "w") as file:
        file.write(_RECORDER)
    scope: dict[str, Any] = {"_seen": _seen, "__name__": "recorder"}
    with open(path) as file:
        exec(compile(file.read(), path, "exec", dont_inherit=True), scope)
    return scope["record_value"]


def _observing_hook(bench: Bench, node: Any, text: str) -> Any:
    reduction = Reduction(bench.source, bench.function).add(node, text)

    lines = reduction.rows
    header = header_for(bench.source, bench.function, bench.signature, bench.is_pre, index=bench.module_index)
    line = min(bench.function.lineno, max(lines[0][0] - 1, 1))
    path = write_function(header, line, lines, bench.folder, "hook")
    scope = scope_for(bench, lines)
    scope["record_value"] = _recorder(bench)
    hook = load(path, getattr(bench.function, "name", "hook"), scope)
    bench.recipe["is_recorded"] = True
    return note_hook(bench, hook, path)


def _run_both(bench: Bench, hook: Any, before: Any = None) -> tuple[str, str]:
    model = bench.model()
    register = model.register_forward_pre_hook if bench.is_pre else model.register_forward_hook
    register(hook)
    arguments = bench.inputs(model)
    _seen.clear()
    model(*arguments)
    eager = ", ".join(_seen) or "not reached"
    if before is not None:
        before()
    scripted = torch.jit.script(model)
    _seen.clear()
    scripted(*arguments)
    return eager, ", ".join(_seen) or "not reached"


def _branch(bench: Bench) -> dict[str, Any]:
    """Put a recorder in the branch that is said to be compiled away."""
    branch = _eager_branch(bench)
    text = "record_value(True)"
    hook = _observing_hook(bench, branch, text)
    eager, scripted = _run_both(bench, hook)
    return {"eager": eager, "torchscript": scripted, "what": "the branch runs"}


def _eager_branch(bench: Bench) -> Any:
    """Return the first statement of a branch for eager mode only, around the place or in the function."""
    node = bench.node
    around = [node, *bench.source.ancestors(node)]
    candidates = [n for n in around if isinstance(n, ast.If)] or [
        n for n in ast.walk(bench.function) if isinstance(n, ast.If)
    ]
    for candidate in candidates:
        test = bench.source.segment(candidate.test)
        if "is_scripting" in test:
            is_negated = isinstance(candidate.test, ast.UnaryOp) and isinstance(candidate.test.op, ast.Not)
            branch = candidate.body if is_negated else candidate.orelse
            if branch:
                return branch[0]
            after = _statements_after(bench, candidate)
            if after:
                return after[0]
    raise InconclusiveError("no branch for eager mode stands at the finding")


def _statements_after(bench: Bench, statement: ast.If) -> list[ast.stmt]:
    body = getattr(bench.source.parents[statement], "body", [])
    return body[body.index(statement) + 1 :] if statement in body else []


def _test(bench: Bench) -> dict[str, Any]:
    """Record an `isinstance` for the second TorchScript type that is made from the class."""
    node = widen(bench, bench.node)
    hook = _observing_hook(bench, node, "record_value({})".format(bench.source.segment(node)))

    def script_another() -> None:
        other = bench.model()
        other.hookproof_other_type = 1  # another attribute makes another TorchScript type
        torch.jit.script(other)

    eager, scripted = _run_both(bench, hook, script_another)
    return {"eager": eager, "torchscript": scripted, "what": bench.source.segment(node)}
