"""HKP114 forward-called-directly."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import FORWARD_CALLED
from hookproof.worlds.outcome import Outcome


class ForwardCalledDirectly(EventRule):
    """Calling `forward` of a scripted module skips its compiled hooks.

    ## What it does
    Finds `scripted.forward(...)` where `scripted` was made from a module with forward or forward-pre hooks.

    ## Why it breaks
    Hooks run when the module is called, eager or scripted. `forward` is the method behind that call and runs
    alone.

    ## Example
    ```python
    import torch
    from torch import nn


    def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    eager = model(torch.ones(1, 2))
    scripted = torch.jit.script(model).forward(torch.ones(1, 2))
    ```

    ## Use instead
    Call the module.

    ```python
    import torch
    from torch import nn


    def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    eager = model(torch.ones(1, 2))
    scripted = torch.jit.script(model)(torch.ones(1, 2))
    ```

    ## What torch says
    Nothing: the hooks do not run.
    """

    code = "HKP114"
    name = "forward-called-directly"
    summary = "Calling `forward` of a scripted module skips its compiled hooks"
    fixable = "sometimes"
    worlds = frozenset({"compiled"})
    outcome = "silent"
    experiment = Program(life_cycle=FORWARD_CALLED, observes="forward")
    event = "forward called directly"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and the call that runs it."""
        return f"`forward` skips {hook_name(outcome)}: call the scripted module itself"
