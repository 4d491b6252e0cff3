"""HKP801 root-hook-dropped-by-fx."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import BEFORE_FX
from hookproof.worlds.outcome import Outcome


class RootHookDroppedByFx(EventRule):
    """Hooks on the module that `torch.fx` traces are dropped.

    ## What it does
    Finds hooks on a module that is traced by `torch.fx.symbolic_trace` or prepared by `prepare_fx`, where
    what comes back is called.

    ## Why it breaks
    fx traces the `forward` of the module, not its call. Hooks belong to the call: what comes back is a module
    of its own without them.

    ## Example
    ```python
    import torch
    from torch import nn


    def double(module, input, output):
        return output * 2


    model = nn.Sequential(nn.Linear(2, 2))
    model.register_forward_hook(double)
    traced = torch.fx.symbolic_trace(model)
    eager = model(torch.ones(1, 2))
    scripted = traced(torch.ones(1, 2))
    ```

    ## Use instead
    Register on what comes back.

    ```python
    import torch
    from torch import nn


    def double(module, input, output):
        return output * 2


    model = nn.Sequential(nn.Linear(2, 2))
    traced = torch.fx.symbolic_trace(model)
    model.register_forward_hook(double)
    traced.register_forward_hook(double)
    eager = model(torch.ones(1, 2))
    scripted = traced(torch.ones(1, 2))
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP801"
    name = "root-hook-dropped-by-fx"
    summary = "Hooks on the module that `torch.fx` traces are dropped"
    worlds = frozenset({"fx"})
    since = "1.8"  # `torch.fx.symbolic_trace` came with it
    outcome = "silent"
    experiment = Program(life_cycle=BEFORE_FX, observes="program")
    event = "dropped by fx"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} is not in what fx makes of its module, which traces `forward` only; "
            f"register it on that"
        )
