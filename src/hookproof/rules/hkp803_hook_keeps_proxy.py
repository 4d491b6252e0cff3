"""HKP803 hook-keeps-proxy."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import KEPT_UNDER_FX
from hookproof.worlds.outcome import Outcome


class HookKeepsProxy(EventRule):
    """What a hook keeps while fx traces its module is a proxy.

    ## What it does
    Finds forward and forward-pre hooks on an inlined part of a module that is traced by `torch.fx`, which
    keep a tensor, its shape or what is made of them, where that is read afterwards.

    ## Why it breaks
    fx hands the hook a `Proxy` in place of each tensor. The graph, when it runs, calls no such hook, so that
    what is kept stays a proxy. Much that is done with it goes on without an error and gives another proxy.

    ## Example
    ```python
    import torch
    from torch import nn

    features = {}


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def keep(module, input, output):
        features["last"] = output.detach()


    model = nn.Sequential(Block())
    model[0].register_forward_hook(keep)
    traced = torch.fx.symbolic_trace(model)
    traced(torch.ones(1, 2))
    eager = "Tensor"
    scripted = type(features["last"]).__name__
    ```

    ## Use instead
    Register on a leaf, which the graph calls with its hooks.

    ```python
    import torch
    from torch import nn

    features = {}


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def keep(module, input, output):
        features["last"] = output.detach()


    model = nn.Sequential(Block())
    model[0].fc.register_forward_hook(keep)
    traced = torch.fx.symbolic_trace(model)
    traced(torch.ones(1, 2))
    eager = "Tensor"
    scripted = type(features["last"]).__name__
    ```

    ## What torch says
    Nothing while tracing. Later `TypeError: float() argument must be a string or a real number, not 'Proxy'`,
    `TraceError`, or nothing at all.
    """

    code = "HKP803"
    name = "hook-keeps-proxy"
    summary = "What a hook keeps while fx traces its module is a proxy"
    worlds = frozenset({"fx"})
    since = "1.8"  # `torch.fx.symbolic_trace` came with it
    outcome = "silent"
    experiment = Program(life_cycle=KEPT_UNDER_FX, observes="program")
    event = "keeps a proxy"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} keeps a proxy while fx traces its module, and never a tensor after; "
            f"register it on a leaf"
        )
