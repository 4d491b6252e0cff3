"""HKP806 backward-hook-dropped-by-fx."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import BACKWARD_BEFORE_FX
from hookproof.worlds.outcome import Outcome


class BackwardHookDroppedByFx(EventRule):
    """A backward or state-dict hook on an inlined part is dropped by fx.

    ## What it does
    Finds backward hooks, backward-pre hooks and state-dict hooks on a part of a module that is traced by
    `torch.fx`, where the part is inlined and what comes back is called, or its state dict exchanged.

    ## Why it breaks
    What fx inlines is a graph of what was done to proxies. These have no gradients, and there is no module of
    that class any more that could have hooks.

    ## Example
    ```python
    import torch
    from torch import nn

    gradients = []


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def keep(module, grad_input, grad_output):
        gradients.append(grad_output)


    def count_gradients(model):
        gradients.clear()
        model(torch.ones(1, 2)).sum().backward()
        return len(gradients)


    model = nn.Sequential(Block())
    model[0].register_full_backward_hook(keep)
    traced = torch.fx.symbolic_trace(model)
    eager = count_gradients(model)
    scripted = count_gradients(traced)
    ```

    ## Use instead
    Register on a leaf.

    ```python
    import torch
    from torch import nn

    gradients = []


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def keep(module, grad_input, grad_output):
        gradients.append(grad_output)


    def count_gradients(model):
        gradients.clear()
        model(torch.ones(1, 2)).sum().backward()
        return len(gradients)


    model = nn.Sequential(Block())
    model[0].fc.register_full_backward_hook(keep)
    traced = torch.fx.symbolic_trace(model)
    eager = count_gradients(model)
    scripted = count_gradients(traced)
    ```

    ## What torch says
    `UserWarning: For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but
    received <class 'torch.fx.proxy.Proxy'>`.
    """

    code = "HKP806"
    name = "backward-hook-dropped-by-fx"
    summary = "A backward or state-dict hook on an inlined part is dropped by fx"
    worlds = frozenset({"fx"})
    since = "1.8"  # `torch.fx.symbolic_trace` came with it
    outcome = "silent"
    experiment = Program(life_cycle=BACKWARD_BEFORE_FX, observes="program")
    event = "backward hook dropped by fx"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} is not in the graph that fx makes: its module is inlined; "
            f"register it on a leaf of `torch.nn`"
        )
