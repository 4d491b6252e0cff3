"""HKP611 buffer-assigned-while-exporting."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import ASSIGNED_WHILE_EXPORTING
from hookproof.worlds.outcome import Outcome


class BufferAssignedWhileExporting(EventRule):
    """A hook on an exported module assigns a buffer instead of changing it.

    ## What it does
    Finds hooks on a part of a module that is exported, or on one that is exported with `strict=True`, which
    bind a buffer anew (`module.seen = module.seen + 1`), where the exported module is called and the buffer
    read afterwards.

    ## Why it breaks
    `torch.export.export` puts attributes back once it has run the model. A change in place is an operation
    like others and part of the graph. An assignment is only where the module itself is assigned to, no part
    of it, and `strict` is off.

    ## Example
    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("seen", torch.zeros(()))

        def forward(self, x):
            return x + 1


    def count(module, input, output):
        module.seen = module.seen + 1


    def calls_seen(model, module):
        module(torch.ones(1))
        return float(model[0].seen)


    model = nn.Sequential(Net())
    model[0].register_forward_hook(count)
    eager = calls_seen(model, model)
    model = nn.Sequential(Net())
    model[0].register_forward_hook(count)
    scripted = calls_seen(model, torch.export.export(model, (torch.ones(1),)).module())
    ```

    ## Use instead
    Change it in place: `add_`, `copy_`, `+=`.

    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("seen", torch.zeros(()))

        def forward(self, x):
            return x + 1


    def count(module, input, output):
        module.seen += 1


    def calls_seen(model, module):
        module(torch.ones(1))
        return float(model[0].seen)


    model = nn.Sequential(Net())
    model[0].register_forward_hook(count)
    eager = calls_seen(model, model)
    model = nn.Sequential(Net())
    model[0].register_forward_hook(count)
    scripted = calls_seen(model, torch.export.export(model, (torch.ones(1),)).module())
    ```

    ## What torch says
    Nothing: the buffer has the value that it had.
    """

    code = "HKP611"
    name = "buffer-assigned-while-exporting"
    summary = "A hook on an exported module assigns a buffer instead of changing it"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    outcome = "silent"
    experiment = Program(life_cycle=ASSIGNED_WHILE_EXPORTING, observes="program")
    event = "assigns a buffer while exporting"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return f"{hook_name(outcome)} assigns a buffer, which export puts back; change it in place"
