"""HKP607 backward-hook-before-strict-export."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import BEFORE_STRICT_EXPORT
from hookproof.worlds.outcome import Outcome


class BackwardHookBeforeStrictExport(EventRule):
    """A backward hook makes `torch.export.export(strict=True)` fail.

    ## What it does
    Finds backward hooks on a module that is exported with `strict=True`.

    ## Why it breaks
    With `strict=True` the model is not run but read by dynamo, which has no word for hooks of a
    backward pass.

    ## Example
    ```python
    import torch
    from torch import nn


    def keep(module, grad_input, grad_output):
        print(grad_output[0].shape)


    model = nn.Sequential(nn.Linear(2, 2))
    model[0].register_full_backward_hook(keep)
    torch.export.export(model, (torch.ones(1, 2),), strict=True)
    ```

    ## Use instead
    Take the hook off before exporting.

    ```python
    import torch
    from torch import nn


    def keep(module, grad_input, grad_output):
        print(grad_output[0].shape)


    model = nn.Sequential(nn.Linear(2, 2))
    handle = model[0].register_full_backward_hook(keep)
    handle.remove()
    torch.export.export(model, (torch.ones(1, 2),), strict=True)
    ```

    ## What torch says
    `Unsupported: Module-level backwards hooks require compiled autograd.`
    """

    code = "HKP607"
    name = "backward-hook-before-strict-export"
    summary = "A backward hook makes `torch.export.export(strict=True)` fail"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    experiment = Program(life_cycle=BEFORE_STRICT_EXPORT, goes_through_entry=True)
    prediction = Prediction("Unsupported", r"Module-level backwards hooks require compiled autograd")
    event = "refused by strict export"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} makes `strict=True` fail: dynamo reads no "
            f"backward hooks; take it off before exporting"
        )
