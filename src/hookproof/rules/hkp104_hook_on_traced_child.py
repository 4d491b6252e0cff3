"""HKP104 hook-on-traced-child."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import ON_TRACED_CHILD
from hookproof.worlds.outcome import Outcome


class HookOnTracedChild(EventRule):
    """A hook on a child of a traced module never fires.

    ## What it does
    Finds registrations on a child of what `torch.jit.trace` returned.

    ## Why it breaks
    Tracing records the whole model as one graph. The children of the traced module are still there and
    accept hooks, but the graph does not call them.

    ## Example
    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def count_calls(model):
        calls = []
        model.fc.register_forward_hook(lambda module, input, output: calls.append(1))
        model(torch.ones(1, 2))
        return len(calls)


    scripted = count_calls(torch.jit.trace(Net(), torch.ones(1, 2)))
    eager = count_calls(Net())
    ```

    ## Use instead
    Hook the traced module itself, or the child of the eager module.

    ```python
    import torch
    from torch import nn


    def count_calls(model):
        calls = []
        model.register_forward_hook(lambda module, input, output: calls.append(1))
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    scripted = count_calls(torch.jit.trace(model, torch.ones(1, 2)))
    eager = count_calls(model)
    ```

    ## What torch says
    Nothing: the registration is accepted and the hook is never called.
    """

    code = "HKP104"
    name = "hook-on-traced-child"
    summary = "A hook on a child of a traced module never fires"
    worlds = frozenset({"traced"})
    outcome = "silent"
    experiment = Program(life_cycle=ON_TRACED_CHILD)
    event = "registered on a traced child"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and where it would fire."""
        return f"{hook_name(outcome)} never fires: traced modules do not call their children"
