"""HKP904 hook-on-uncalled-part."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import WEIGHT_USED
from hookproof.worlds.outcome import Outcome


class HookOnUncalledPart(EventRule):
    """A hook on a part never runs, for its model uses the weight or `forward` of that.

    ## What it does
    Finds hooks that are put on a part of a model by itself, where the code of the model never calls the part
    but reads its weight or calls its `forward`, and what the hook would do is noticed.

    ## Why it breaks
    Hooks run where a module is called. To hand its weight to a function, or to call the method `forward`, is
    no call of the module.

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
            return nn.functional.linear(x, self.fc.weight, self.fc.bias)


    def count(module, input, output):
        calls.append(1)


    model = Net()
    model.fc.register_forward_hook(count)
    model(torch.ones(1, 2))
    eager, scripted = 1, len(calls)
    ```

    ## Use instead
    Call the part.

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
    model(torch.ones(1, 2))
    eager, scripted = 1, len(calls)
    ```

    ## What torch says
    Nothing. `verify` runs the program: what holds the module was called after the registration, and the
    hook never was. That somebody reads what it would leave is not run, for there is nothing to compare with.
    """

    code = "HKP904"
    name = "hook-on-uncalled-part"
    summary = "A hook on a part never runs, for its model uses the weight or `forward` of that"
    worlds = frozenset({"uncalled"})
    outcome = "silent"
    experiment = Program(life_cycle=WEIGHT_USED, observes="never called")
    event = "on a part whose weight is used"
    variants = ("on a part whose forward is called",)

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        used = "`forward`" if outcome.event in self.variants else "weight"
        return (
            f"{hook_name(outcome)} never runs: the model uses the {used} of this part and never calls it; "
            f"call the part"
        )
