"""How autograd is set where code runs: by `with torch.no_grad():`, a decorator, or a call."""

from __future__ import annotations

from hookproof.interpreter.domain import Frame
from hookproof.interpreter.plain import literal_of
from hookproof.interpreter.running import Running
from hookproof.semantic.definitions import External, FunctionDefinition
from hookproof.syntax import ir

# What a context manager or decorator of torch sets; of the last two, what they are given decides.
_SETS = {
    "torch.no_grad": "no_grad",
    "torch.autograd.no_grad": "no_grad",
    "torch.enable_grad": "grad",
    "torch.inference_mode": "inference",
    "torch.autograd.inference_mode": "inference",
    "torch.set_grad_enabled": None,
    "torch.autograd.grad_mode.set_grad_enabled": None,
}
_DECORATORS = {"no_grad": "no_grad", "inference_mode": "inference", "enable_grad": "grad"}


def set_by(run: Running, expr: ir.Expr, frame: Frame) -> str | None:
    """Return what holds for autograd once an expression was entered or called, what holds now for others."""
    if not isinstance(expr, ir.Call):
        return run.progress.grad
    found = run.project.resolve(frame.scope, expr.func)
    if not isinstance(found, External) or found.qualname not in _SETS:
        return run.progress.grad
    mode = _SETS[found.qualname]
    given = [argument.value for argument in expr.args]
    if mode == "grad" or (mode == "no_grad" and not given):
        return mode
    if mode == "inference" and not given:
        return mode
    literal = literal_of(run.evaluate(given[0], frame)) if len(given) == 1 else None
    if not isinstance(literal, bool):
        return None
    if mode == "inference":
        return mode if literal else run.progress.grad
    return "grad" if literal else "no_grad"


def set_for(run: Running, function: FunctionDefinition) -> str | None:
    """Return what holds for autograd within a function."""
    names = function.decorator_names & _DECORATORS.keys()
    return _DECORATORS[min(names)] if names else run.progress.grad
