"""HKP702 backward-hook-on-compiled-wrapper."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import BACKWARD_ON_WRAPPER
from hookproof.worlds.outcome import Outcome


class BackwardHookOnCompiledWrapper(EventRule):
    """A backward hook is registered on what `torch.compile` returns.

    ## What it does
    Finds `register_full_backward_hook` and `register_backward_hook` on the module that `torch.compile`
    returned, where that is called afterwards.

    ## Why it breaks
    `torch.compile(model)` returns a module around the model. A backward hook that is registered on it is
    kept there, but whether there is one is noted on the model inside, and the wrapper never looks.

    ## Example
    ```python
    import torch
    from torch import nn

    gradients = []


    def keep(module, grad_input, grad_output):
        gradients.append(grad_output)


    def count_gradients(model):
        gradients.clear()
        model(torch.ones(1, 2)).sum().backward()
        return len(gradients)


    model = nn.Sequential(nn.Linear(2, 2))
    compiled = torch.compile(model, backend="eager")
    compiled.register_full_backward_hook(keep)
    scripted = count_gradients(compiled)
    model.register_full_backward_hook(keep)
    eager = count_gradients(model)
    ```

    ## Use instead
    Register on the model before it is compiled; `register_full_backward_pre_hook` works on the wrapper too.

    ```python
    import torch
    from torch import nn

    gradients = []


    def keep(module, grad_input, grad_output):
        gradients.append(grad_output)


    def count_gradients(model):
        gradients.clear()
        model(torch.ones(1, 2)).sum().backward()
        return len(gradients)


    model = nn.Sequential(nn.Linear(2, 2))
    compiled = torch.compile(model, backend="eager")
    model.register_full_backward_hook(keep)
    scripted = count_gradients(compiled)
    eager = count_gradients(model)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP702"
    name = "backward-hook-on-compiled-wrapper"
    summary = "A backward hook is registered on what `torch.compile` returns"
    fixable = "sometimes"
    worlds = frozenset({"compiled by dynamo"})
    since = "2.0"  # `torch.compile` came with it
    outcome = "silent"
    experiment = Program(life_cycle=BACKWARD_ON_WRAPPER, observes="program")
    event = "backward hook on the wrapper"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} never runs: what `torch.compile` returns calls no backward hooks; "
            f"register it on the model inside"
        )
