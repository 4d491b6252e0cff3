"""HKP820 copied-hook-writes-to-original."""

from __future__ import annotations

from hookproof.rules.copies import WRITES_TO_ORIGINAL
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.worlds.outcome import Outcome


class CopiedHookWritesToOriginal(EventRule):
    """The hook of a copied module keeps what it sees on the original.

    ## What it does
    Finds hooks that are functions or lambdas and set or fill an attribute of a model that they close over
    (`self.features = output`), where that model is copied (`copy.deepcopy`, `AveragedModel`), and the copy
    called.

    ## Why it breaks
    `copy.deepcopy` copies a module's hooks, but functions are copied as they are, with the variables that
    they close over. So the copy's hook writes to the original, and the copy's own attribute never changes.

    ## Example
    ```python
    import copy

    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.shapes = []
            self.fc.register_forward_hook(lambda module, input, output: self.shapes.append(output.shape))

        def forward(self, x):
            return self.fc(x)


    model = Net()
    twin = copy.deepcopy(model)
    model(torch.ones(1, 2))
    eager = len(model.shapes)
    twin(torch.ones(1, 2))
    scripted = len(twin.shapes)
    ```

    ## Use instead
    Register a method of the model, which is copied with it.

    ```python
    import copy

    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.shapes = []
            self.fc.register_forward_hook(self.keep)

        def keep(self, module, input, output):
            self.shapes.append(output.shape)

        def forward(self, x):
            return self.fc(x)


    model = Net()
    twin = copy.deepcopy(model)
    model(torch.ones(1, 2))
    eager = len(model.shapes)
    twin(torch.ones(1, 2))
    scripted = len(twin.shapes)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP820"
    name = "copied-hook-writes-to-original"
    summary = "The hook of a copied module keeps what it sees on the original"
    worlds = frozenset({"copied"})
    outcome = "silent"
    experiment = Program(life_cycle=WRITES_TO_ORIGINAL, observes="program")
    event = "writes to the original"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} of the copy writes to the original, which it closes over; "
            f"register a method of the model"
        )
