"""HKP905 hook-on-replaced-part."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import PART_REPLACED
from hookproof.worlds.outcome import Outcome


class HookOnReplacedPart(EventRule):
    """A hook is on a part of a model that another module takes the place of.

    ## What it does
    Finds hooks that are put on a part of a model by itself, where another module is then put in the place of
    that part, the model is called, and what the hook would do is noticed.

    ## Why it breaks
    A hook belongs to the module that it was registered on, not to the name that its model has for that. The
    new head has no hooks, and nothing calls the old one.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def count(module, input, output):
        calls.append(1)


    model = Net()
    model.fc.register_forward_hook(count)
    model.fc = nn.Linear(2, 3)
    model(torch.ones(1, 2))
    eager, scripted = 1, len(calls)
    ```

    ## Use instead
    Replace the part first.

    ```python
    import torch
    from torch import nn

    calls = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def count(module, input, output):
        calls.append(1)


    model = Net()
    model.fc = nn.Linear(2, 3)
    model.fc.register_forward_hook(count)
    model(torch.ones(1, 2))
    eager, scripted = 1, len(calls)
    ```

    ## What torch says
    Nothing. `verify` runs the program: what held the module was called after something else took its place,
    and the hook was not. That somebody reads what it would leave is not run, for there is nothing to compare
    with.
    """

    code = "HKP905"
    name = "hook-on-replaced-part"
    summary = "A hook is on a part of a model that another module takes the place of"
    worlds = frozenset({"uncalled"})
    outcome = "silent"
    experiment = Program(life_cycle=PART_REPLACED, observes="never called")
    event = "on a part that is replaced"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} goes with the part that another module replaces; register on the new part"
        )
