"""HKP602 hook-keeps-fake-tensor."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import KEPT_WHILE_EXPORTING
from hookproof.worlds.outcome import Outcome


class HookKeepsFakeTensor(EventRule):
    """What a hook keeps while exporting is a tensor without numbers.

    ## What it does
    Finds forward and forward-pre hooks on a module that is exported, which keep a tensor that is read
    afterwards.

    ## Why it breaks
    `torch.export.export` runs the model on fake tensors: they have a shape and a type, and no numbers.
    The hook keeps such a tensor, where a tensor of an earlier call may have been. Much that is done
    with it goes on without an error and gives another fake tensor.

    ## Example
    ```python
    import torch
    from torch import nn

    features = {}


    def keep(module, input, output):
        features["last"] = output


    model = nn.Sequential(nn.Linear(2, 2))
    model.register_forward_hook(keep)
    model(torch.ones(1, 2))
    torch.export.export(model, (torch.ones(1, 2),))
    eager = "Tensor"
    scripted = type(features["last"]).__name__
    ```

    ## Use instead
    Take the hook off before exporting, or call the model again before reading.

    ```python
    import torch
    from torch import nn

    features = {}


    def keep(module, input, output):
        features["last"] = output


    model = nn.Sequential(nn.Linear(2, 2))
    handle = model.register_forward_hook(keep)
    model(torch.ones(1, 2))
    handle.remove()
    torch.export.export(model, (torch.ones(1, 2),))
    eager = "Tensor"
    scripted = type(features["last"]).__name__
    ```

    ## What torch says
    Nothing while exporting. Later `RuntimeError: .numpy() is not supported for tensor subclasses.`,
    `GuardOnDataDependentSymNode`, or nothing at all.
    """

    code = "HKP602"
    name = "hook-keeps-fake-tensor"
    summary = "What a hook keeps while exporting is a tensor without numbers"
    fixable = "sometimes"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    outcome = "silent"
    experiment = Program(life_cycle=KEPT_WHILE_EXPORTING, observes="program")
    event = "keeps a fake tensor"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} keeps a fake tensor while its module is "
            f"exported; take it off before, or call the model after"
        )
