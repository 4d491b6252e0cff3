"""HKP109 hook-baked-into-trace."""

from __future__ import annotations

from collections.abc import Iterable

from hookproof.collect import ir
from hookproof.link.case import Case
from hookproof.rules.event_rule import EventRule, hook_name


class HookBakedIntoTrace(EventRule):
    """A hook with side effects runs while tracing and never again.

    ## What it does
    Finds forward and forward-pre hooks on a module, or a child of it, that is traced while they are in place,
    where the hook does something other than return a tensor: it calls, prints, appends or assigns.

    ## Why it breaks
    Tracing runs the model, hooks included, and records the tensor operations. What a hook does to its output
    is recorded with the rest; what it does in Python happens while tracing, several times, because the trace
    is checked, and never when the traced module is called.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    def record(module, input, output):
        calls.append(output)


    def count_calls(model):
        calls.clear()
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Linear(2, 2)
    model.register_forward_hook(record)
    traced = torch.jit.trace(model, torch.ones(1, 2))
    eager = count_calls(model)
    scripted = count_calls(traced)
    ```

    ## Use instead
    Register on the traced module.

    ```python
    import torch
    from torch import nn

    calls = []


    def record(module, input, output):
        calls.append(output)


    def count_calls(model):
        calls.clear()
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Linear(2, 2)
    traced = torch.jit.trace(model, torch.ones(1, 2))
    traced.register_forward_hook(record)
    model.register_forward_hook(record)
    eager = count_calls(model)
    scripted = count_calls(traced)
    ```

    ## What torch says
    Nothing: the traced module runs without the hook's Python side.
    """

    code = "HKP109"
    name = "hook-baked-into-trace"
    summary = "A hook with side effects runs while tracing and never again"
    worlds = frozenset({"traced"})
    outcome = "silent"
    event = "baked into the trace"

    def applies(self, case: Case) -> bool:
        """Tell whether the hook is known to have a side effect; what it returns is recorded faithfully."""
        function = case.hook.function if case.hook else None
        return function is not None and _has_effect(function.body)

    def message(self, case: Case) -> str:
        """Name the hook and where to register it."""
        return f"{hook_name(case)} runs while tracing and never again; register it on the traced module"


def _has_effect(body: Iterable[ir.Stmt]) -> bool:
    return any(map(_is_effect, body))


def _is_effect(statement: ir.Stmt) -> bool:
    match statement:
        case ir.Expression(value=value):
            return isinstance(value, ir.Call) and not _is_recorded(value)
        case ir.Return(value=value):
            # The body of a lambda is a return.
            return isinstance(value, ir.Call) and _returns_nothing(value)
        case ir.Assign(targets=targets):
            return any(isinstance(target, ir.Attribute | ir.Subscript) for target in targets)
        case ir.AugAssign(target=target):
            return isinstance(target, ir.Attribute | ir.Subscript)
        case ir.Jump(kind=kind):
            return kind in ("global", "nonlocal")
        case ir.If() | ir.For() | ir.While():
            return _has_effect(statement.body) or _has_effect(statement.orelse)
        case ir.With():
            return _has_effect(statement.body)
        case ir.Try():
            return _has_effect((*statement.body, *statement.orelse, *statement.finalbody))
    return False


def _is_recorded(call: ir.Call) -> bool:
    """Tell whether this is a tensor operation in place (`output.mul_(2)`), which tracing records."""
    return isinstance(call.func, ir.Attribute) and call.func.attr.endswith("_")


def _returns_nothing(call: ir.Call) -> bool:
    """Tell whether this is `print` or a method with which lists, sets and dicts change themselves."""
    if isinstance(call.func, ir.Name):
        return call.func.id == "print"
    return isinstance(call.func, ir.Attribute) and call.func.attr in ("append", "add", "extend", "update")
