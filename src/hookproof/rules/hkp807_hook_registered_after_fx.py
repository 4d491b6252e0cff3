"""HKP807 hook-registered-after-fx."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import AFTER_FX
from hookproof.worlds.outcome import Outcome


class HookRegisteredAfterFx(EventRule):
    """A hook is registered where the graph of fx does not look.

    ## What it does
    Finds hooks that are registered on a module, or on an inlined part of it, after it was traced by
    `torch.fx`, and hooks on an inlined part of what came back.

    ## Why it breaks
    What comes back is a graph of its own. It shares the leaves with its source, nothing else. Its inlined
    parts are there for their parameters and leaves only: the graph does not call them.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2))
    traced = torch.fx.symbolic_trace(model)
    model.register_forward_hook(count)
    eager = count_calls(model)
    scripted = count_calls(traced)
    ```

    ## Use instead
    Register on what came back, or on a leaf, which both share.

    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2))
    traced = torch.fx.symbolic_trace(model)
    model[0].register_forward_hook(count)
    eager = count_calls(model)
    scripted = count_calls(traced)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP807"
    name = "hook-registered-after-fx"
    summary = "A hook is registered where the graph of fx does not look"
    worlds = frozenset({"fx"})
    since = "1.8"  # `torch.fx.symbolic_trace` came with it
    outcome = "silent"
    experiment = Program(life_cycle=AFTER_FX, observes="program")
    event = "registered after fx"
    variants = ("registered on an inlined child",)

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        if outcome.event in self.variants:
            return (
                f"{hook_name(outcome)} never runs: the graph of fx does not call this part; register it "
                f"on a leaf of `torch.nn`"
            )
        return (
            f"{hook_name(outcome)} never runs in what fx traced before; register it on that, "
            f"or on a leaf of `torch.nn`"
        )
