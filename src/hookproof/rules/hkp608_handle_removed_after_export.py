"""HKP608 handle-removed-after-export."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import REMOVED_AFTER_EXPORT
from hookproof.worlds.outcome import Outcome


class HandleRemovedAfterExport(EventRule):
    """Removing a hook after exporting leaves what it does to tensors in the exported module.

    ## What it does
    Finds `handle.remove()` after the hooked module was exported, where the hook changes tensors and the
    exported module is used afterwards.

    ## Why it breaks
    `torch.export.export` runs the hook and keeps its tensor operations with all others. The handle removes
    the hook from the eager module only; nothing takes its operations out of the graph.

    ## Example
    ```python
    import torch
    from torch import nn


    def double(module, input, output):
        return output * 2


    X = (torch.ones(1, 2),)
    model = nn.Linear(2, 2)
    handle = model.register_forward_hook(double)
    exported = torch.export.export(model, X).module()
    handle.remove()
    eager, scripted = model(*X), exported(*X)
    ```

    ## Use instead
    Remove the hook before exporting, or export again.

    ```python
    import torch
    from torch import nn


    def double(module, input, output):
        return output * 2


    X = (torch.ones(1, 2),)
    model = nn.Linear(2, 2)
    handle = model.register_forward_hook(double)
    handle.remove()
    exported = torch.export.export(model, X).module()
    eager, scripted = model(*X), exported(*X)
    ```

    ## What torch says
    Nothing: the exported module keeps what the hook did.
    """

    code = "HKP608"
    name = "handle-removed-after-export"
    summary = "Removing a hook after exporting leaves its effect in the exported module"
    fixable = "sometimes"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    outcome = "silent"
    experiment = Program(life_cycle=REMOVED_AFTER_EXPORT, observes="program")
    event = "removed after export"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and the order that works."""
        return f"what {hook_name(outcome)} does to tensors stays in the exported module; remove it before"
