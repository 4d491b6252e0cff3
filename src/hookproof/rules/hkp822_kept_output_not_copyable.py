"""HKP822 kept-output-not-copyable."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.copies import KEPT_OUTPUT
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.worlds.outcome import Outcome


class KeptOutputNotCopyable(EventRule):
    """A hook keeps an output with its graph on a module, which can't be copied then.

    ## What it does
    Finds forward hooks that keep the output as it is on the module, on the model, or on the object that they
    are bound to, where the module is called with gradients and copied afterwards: by `copy.deepcopy`,
    by `AveragedModel`, by an average of the weights that copies the model.

    ## Why it breaks
    `copy.deepcopy` copies all that a module has, and a tensor that was computed with gradients can't be
    copied.

    ## Example
    ```python
    import copy

    import torch
    from torch import nn


    def keep(module, input, output):
        module.output = output


    model = nn.Linear(2, 2)
    model.register_forward_hook(keep)
    model(torch.ones(1, 2)).sum().backward()
    copy.deepcopy(model)
    ```

    ## Use instead
    Keep `output.detach()`, or copy the model before it is called.

    ```python
    import copy

    import torch
    from torch import nn


    def keep(module, input, output):
        module.output = output.detach()


    model = nn.Linear(2, 2)
    model.register_forward_hook(keep)
    model(torch.ones(1, 2)).sum().backward()
    copy.deepcopy(model)
    ```

    ## What torch says
    `RuntimeError: Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol
    at the moment.`
    """

    code = "HKP822"
    name = "kept-output-not-copyable"
    summary = "A hook keeps an output with its graph on a module, which can't be copied then"
    fixable = "sometimes"
    worlds = frozenset({"copied"})
    experiment = Program(life_cycle=KEPT_OUTPUT, goes_through_entry=True)
    prediction = Prediction("RuntimeError", r"Only Tensors created explicitly by the user")
    event = "keeps what can't be copied"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        hook = hook_name(outcome)
        return f"{hook} keeps an output with its graph, which can't be copied; keep `output.detach()`"
