"""HKP802 hook-runs-once-under-fx."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import PART_BEFORE_FX
from hookproof.worlds.outcome import Outcome


class HookRunsOnceUnderFx(EventRule):
    """A hook with side effects runs once while fx traces, and never again.

    ## What it does
    Finds forward and forward-pre hooks on a part of a module that is traced by `torch.fx`, where the part is
    inlined (its class is not one of `torch.nn`, or is `nn.Sequential`) and the hook does something other
    than change tensors: it prints, counts, appends or assigns.

    ## Why it breaks
    fx runs the parts of a module once, on proxies, and writes down what is done to these. What a hook does to
    them is part of the graph; what it does in Python happens while tracing, and never when the graph runs.
    Modules of `torch.nn` are leaves: the graph calls them, with their hooks.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(Block())
    model[0].register_forward_hook(count)
    traced = torch.fx.symbolic_trace(model)
    eager = count_calls(model)
    scripted = count_calls(traced)
    ```

    ## Use instead
    Register on a leaf, or make the part one with a `Tracer` of your own.

    ```python
    import torch
    from torch import nn

    calls = []


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(Block())
    model[0].fc.register_forward_hook(count)
    traced = torch.fx.symbolic_trace(model)
    eager = count_calls(model)
    scripted = count_calls(traced)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP802"
    name = "hook-runs-once-under-fx"
    summary = "A hook with side effects runs once while fx traces, and never again"
    worlds = frozenset({"fx"})
    since = "1.8"  # `torch.fx.symbolic_trace` came with it
    outcome = "silent"
    experiment = Program(life_cycle=PART_BEFORE_FX, observes="program")
    event = "runs once under fx"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} runs once, while fx traces its module, and never in the graph; "
            f"register it on a leaf of `torch.nn`"
        )
