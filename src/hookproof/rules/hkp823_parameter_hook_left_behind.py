"""HKP823 parameter-hook-left-behind."""

from __future__ import annotations

from hookproof.rules.copies import PARAMETER_HOOK_LEFT
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.worlds.outcome import Outcome


class ParameterHookLeftBehind(EventRule):
    """A copied module has no hooks on its parameters, and is trained without them.

    ## What it does
    Finds hooks on parameters (`register_hook`, `register_post_accumulate_grad_hook`), where their module is
    copied and gradients of the copy are computed.

    ## Why it breaks
    A hook on a module is copied with it. One on a parameter is not: `copy.deepcopy` makes new tensors, which
    autograd knows nothing of. Gradients of the copy are no longer masked, clipped or logged.

    ## Example
    ```python
    import copy

    import torch
    from torch import nn


    def train_alone(model):
        model.weight.grad = None
        model(torch.ones(1, 2)).sum().backward()
        return model.weight.grad


    model = nn.Linear(2, 2)
    model.weight.register_hook(lambda grad: grad * 0)
    twin = copy.deepcopy(model)
    eager = train_alone(model)
    scripted = train_alone(twin)
    ```

    ## Use instead
    Register on the parameters of the copy too.

    ```python
    import copy

    import torch
    from torch import nn


    def train_alone(model):
        model.weight.grad = None
        model(torch.ones(1, 2)).sum().backward()
        return model.weight.grad


    def freeze(grad):
        return grad * 0


    model = nn.Linear(2, 2)
    model.weight.register_hook(freeze)
    twin = copy.deepcopy(model)
    twin.weight.register_hook(freeze)
    eager = train_alone(model)
    scripted = train_alone(twin)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP823"
    name = "parameter-hook-left-behind"
    summary = "A copied module has no hooks on its parameters, and is trained without them"
    worlds = frozenset({"copied"})
    outcome = "silent"
    experiment = Program(life_cycle=PARAMETER_HOOK_LEFT, observes="program")
    event = "left on the parameters of the original"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} stays on the original: a copy has new parameters, without hooks; "
            f"register on those too"
        )
