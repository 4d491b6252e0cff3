"""HKP903 forward-skips-hooks."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import FORWARD_OF_EAGER
from hookproof.worlds.outcome import Outcome


class ForwardSkipsHooks(EventRule):
    """Calling `forward` of a module skips its hooks.

    ## What it does
    Finds `model.forward(...)` of a module that has hooks of its own at that point, where somebody notices
    that they do not run. Of scripted modules HKP114 says the same.

    ## Why it breaks
    Hooks run where the module is called. `forward` is the method behind that call, and runs alone.

    ## Example
    ```python
    import torch
    from torch import nn


    def double(module, input, output):
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    eager = model(torch.ones(1, 2))
    scripted = model.forward(torch.ones(1, 2))
    ```

    ## Use instead
    Call the module.

    ```python
    import torch
    from torch import nn


    def double(module, input, output):
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    eager = model(torch.ones(1, 2))
    scripted = model(torch.ones(1, 2))
    ```

    ## What torch says
    Nothing. `verify` runs the program beside one in which the module itself is called there.
    """

    code = "HKP903"
    name = "forward-skips-hooks"
    summary = "Calling `forward` of a module skips its hooks"
    fixable = "sometimes"
    worlds = frozenset({"uncalled"})
    outcome = "silent"
    experiment = Program(life_cycle=FORWARD_OF_EAGER, observes="forward")
    event = "skipped by forward"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return f"`forward` skips {hook_name(outcome)}: call the module itself"
