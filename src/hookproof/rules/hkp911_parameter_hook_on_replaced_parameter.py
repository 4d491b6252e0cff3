"""HKP911 parameter-hook-on-replaced-parameter."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import PARAMETER_REPLACED
from hookproof.worlds.outcome import Outcome


class ParameterHookOnReplacedParameter(EventRule):
    """A hook is on a parameter in whose place another one is put.

    ## What it does
    Finds hooks on parameters (`register_hook`, `register_post_accumulate_grad_hook`), where another parameter
    is then assigned to the attribute, and gradients of the module are computed.

    ## Why it breaks
    Autograd keeps the hook with the tensor. `module.weight = nn.Parameter(...)`, or tying the weight to that
    of another module, gives the module another tensor. That has no hooks: its gradients are no longer masked,
    clipped or logged.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []
    model = nn.Linear(2, 2)
    model.weight.register_hook(lambda grad: calls.append(1))
    model.weight = nn.Parameter(torch.zeros(2, 2))
    model(torch.ones(1, 2)).sum().backward()
    eager, scripted = 1, len(calls)
    ```

    ## Use instead
    Write the numbers into the parameter, or register once it is what it is to be.

    ```python
    import torch
    from torch import nn

    calls = []
    model = nn.Linear(2, 2)
    model.weight.register_hook(lambda grad: calls.append(1))
    with torch.no_grad():
        model.weight.copy_(torch.zeros(2, 2))
    model(torch.ones(1, 2)).sum().backward()
    eager, scripted = 1, len(calls)
    ```

    ## What torch says
    Nothing. `verify` runs the program: gradients were computed after the module got another tensor, and the
    hook was not called. That somebody reads what it would leave is not run, for there is nothing to compare
    with.
    """

    code = "HKP911"
    name = "parameter-hook-on-replaced-parameter"
    summary = "A hook is on a parameter in whose place another one is put"
    worlds = frozenset({"replaced"})
    outcome = "silent"
    experiment = Program(life_cycle=PARAMETER_REPLACED, observes="never called")
    event = "on a parameter that is replaced"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} stays on the parameter that another one replaces; register afterwards, or "
            f"`copy_` into it"
        )
