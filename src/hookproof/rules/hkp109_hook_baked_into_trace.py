"""HKP109 hook-baked-into-trace."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import BEFORE_TRACE
from hookproof.worlds.outcome import Outcome


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
    experiment = Program(life_cycle=BEFORE_TRACE, keeps_hooks=True)
    event = "baked into the trace"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and where to register it."""
        return f"{hook_name(outcome)} runs while tracing and never again; register it on the traced module"
