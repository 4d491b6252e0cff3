"""HKP805 tensor-test-fails-on-proxy."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import TESTED_UNDER_FX
from hookproof.worlds.outcome import Outcome


class TensorTestFailsOnProxy(EventRule):
    """A hook changes its output only if it is a `torch.Tensor`, which no proxy is.

    ## What it does
    Finds forward and forward-pre hooks on an inlined part of a module that is traced by `torch.fx`, which
    return something else only if they are handed a tensor.

    ## Why it breaks
    fx hands the hook a `Proxy`, and `isinstance(output, torch.Tensor)` is false for that. The hook does
    nothing, so that the graph goes without what it does.

    ## Example
    ```python
    import torch
    from torch import nn


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def double(module, input, output):
        if isinstance(output, torch.Tensor):
            return output * 2


    model = nn.Sequential(Block())
    model[0].register_forward_hook(double)
    traced = torch.fx.symbolic_trace(model)
    eager = model(torch.ones(1, 2))
    scripted = traced(torch.ones(1, 2))
    ```

    ## Use instead
    Ask for what it is not.

    ```python
    import torch
    from torch import nn


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def double(module, input, output):
        if not isinstance(output, tuple):
            return output * 2


    model = nn.Sequential(Block())
    model[0].register_forward_hook(double)
    traced = torch.fx.symbolic_trace(model)
    eager = model(torch.ones(1, 2))
    scripted = traced(torch.ones(1, 2))
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP805"
    name = "tensor-test-fails-on-proxy"
    summary = "A hook changes its output only if it is a `torch.Tensor`, which no proxy is"
    worlds = frozenset({"fx"})
    since = "1.8"  # `torch.fx.symbolic_trace` came with it
    outcome = "silent"
    experiment = Program(life_cycle=TESTED_UNDER_FX, observes="program")
    event = "takes a proxy for no tensor"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} does nothing while fx traces: a proxy is no `torch.Tensor`; "
            f"ask `not isinstance(output, tuple)`"
        )
