"""HKP912 parameter-hook-lost-by-loading."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import PARAMETERS_ASSIGNED
from hookproof.worlds.outcome import Outcome


class ParameterHookLostByLoading(EventRule):
    """`load_state_dict(assign=True)` gives a module other parameters, without the hooks of those before.

    ## What it does
    Finds hooks on parameters (`register_hook`, `register_post_accumulate_grad_hook`), where their module then
    loads a state dict with `assign=True`, and gradients of the module are computed.

    ## Why it breaks
    Autograd keeps the hook with the tensor. With `assign=True` the module gets new parameters made of the
    tensors in the state dict, where it else copies the numbers into those that it has. Hooks on modules stay.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []
    model = nn.Linear(2, 2)
    model.weight.register_hook(lambda grad: calls.append(1))
    model.load_state_dict(nn.Linear(2, 2).state_dict(), assign=True)
    model(torch.ones(1, 2)).sum().backward()
    eager, scripted = 1, len(calls)
    ```

    ## Use instead
    Register once the state is loaded, or load without `assign=True`.

    ```python
    import torch
    from torch import nn

    calls = []
    model = nn.Linear(2, 2)
    model.load_state_dict(nn.Linear(2, 2).state_dict(), assign=True)
    model.weight.register_hook(lambda grad: calls.append(1))
    model(torch.ones(1, 2)).sum().backward()
    eager, scripted = 1, len(calls)
    ```

    ## What torch says
    Nothing. `verify` runs the program: gradients were computed after the module got other tensors, and the
    hook was not called. That somebody reads what it would leave is not run, for there is nothing to compare
    with.
    """

    code = "HKP912"
    name = "parameter-hook-lost-by-loading"
    summary = (
        "`load_state_dict(assign=True)` gives a module other parameters, without the hooks of those before"
    )
    worlds = frozenset({"replaced"})
    since = "2.1"  # `assign` came with it
    outcome = "silent"
    experiment = Program(life_cycle=PARAMETERS_ASSIGNED, observes="never called")
    event = "on a parameter that loading replaces"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return f"`assign=True` replaces the parameter {hook_name(outcome)} is on; register once it is loaded"
