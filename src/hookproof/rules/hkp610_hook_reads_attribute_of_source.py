"""HKP610 hook-reads-attribute-of-source."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import READS_OF_EXPORTED
from hookproof.worlds.outcome import Outcome


class HookReadsAttributeOfSource(EventRule):
    """A hook on an exported module reads an attribute that only its source has.

    ## What it does
    Finds hooks on the module that `module()` of an exported program gives, which read an attribute or call
    a method of the class that was exported.

    ## Why it breaks
    The exported module has the parameters and buffers of its source. It is of another class and has none of
    its methods and other attributes.

    ## Example
    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.scale = 2.0

        def forward(self, x):
            return self.fc(x)


    def scaled(module, input, output):
        return output * module.scale


    X = (torch.ones(1, 2),)
    exported = torch.export.export(Net(), X).module()
    exported.register_forward_hook(scaled)
    exported(*X)
    ```

    ## Use instead
    Make it a buffer, or hand it to the hook.

    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.register_buffer("scale", torch.tensor(2.0))

        def forward(self, x):
            return self.fc(x)


    def scaled(module, input, output):
        return output * module.scale


    X = (torch.ones(1, 2),)
    exported = torch.export.export(Net(), X).module()
    exported.register_forward_hook(scaled)
    exported(*X)
    ```

    ## What torch says
    `AttributeError: 'GraphModule' object has no attribute 'scale'`.
    """

    code = "HKP610"
    name = "hook-reads-attribute-of-source"
    summary = "A hook on an exported module reads an attribute that only its source has"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    experiment = Program(life_cycle=READS_OF_EXPORTED, is_at_line=True, fails_when_called=True)
    prediction = Prediction(
        "AttributeError", r"'(?:Graph|Interpreter|Unflattened)?Module' object has no attribute"
    )
    event = "reads what only the source has"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} reads what the exported module does not have: only parameters and "
            f"buffers are kept"
        )
