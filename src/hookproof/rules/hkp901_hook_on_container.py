"""HKP901 hook-on-container."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import ON_CONTAINER
from hookproof.worlds.outcome import Outcome


class HookOnContainer(EventRule):
    """A hook on a `ModuleList` or `ModuleDict` never runs.

    ## What it does
    Finds hooks that are put on an `nn.ModuleList` or `nn.ModuleDict` by itself, where a model that holds it
    is called and what the hook would do is noticed. Hooks that a loop puts on all modules are left alone.

    ## Why it breaks
    Hooks run where a module is called. These containers only hold modules: `forward` goes through them and
    calls each, and to call the container itself is an error.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(2, 2)])

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x


    def count(module, input, output):
        calls.append(1)


    model = Net()
    model.layers.register_forward_hook(count)
    model(torch.ones(1, 2))
    eager, scripted = 1, len(calls)
    ```

    ## Use instead
    Register on the modules in it, on the last one to see the end.

    ```python
    import torch
    from torch import nn

    calls = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(2, 2)])

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x


    def count(module, input, output):
        calls.append(1)


    model = Net()
    model.layers[-1].register_forward_hook(count)
    model(torch.ones(1, 2))
    eager, scripted = 1, len(calls)
    ```

    ## What torch says
    Nothing. `verify` runs the program: what holds the module was called after the registration, and the
    hook never was. That somebody reads what it would leave is not run, for there is nothing to compare with.
    """

    code = "HKP901"
    name = "hook-on-container"
    summary = "A hook on a `ModuleList` or `ModuleDict` never runs"
    fixable = "sometimes"
    worlds = frozenset({"uncalled"})
    outcome = "silent"
    experiment = Program(life_cycle=ON_CONTAINER, observes="never called")
    event = "on a container"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} never runs: nothing calls a container of modules; register it on the "
            f"modules in it"
        )
