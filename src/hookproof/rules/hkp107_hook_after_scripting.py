"""HKP107 hook-after-scripting."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, entry_name, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import AFTER_SCRIPT
from hookproof.worlds.outcome import Outcome


class HookAfterScripting(EventRule):
    """A hook registered after scripting is not in the scripted copy.

    ## What it does
    Finds registrations on an eager module that `torch.jit.script` has already compiled, where the scripted
    copy is used afterwards.

    ## Why it breaks
    `torch.jit.script` returns a copy that holds the hooks of that moment. A hook registered on the eager
    module later changes the eager module only.

    ## Example
    ```python
    import torch
    from torch import nn


    def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    compiled = torch.jit.script(model)
    model.register_forward_hook(double)
    eager = model(torch.ones(1, 2))
    scripted = compiled(torch.ones(1, 2))
    ```

    ## Use instead
    Register first, or script again.

    ```python
    import torch
    from torch import nn


    def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    compiled = torch.jit.script(model)
    eager = model(torch.ones(1, 2))
    scripted = compiled(torch.ones(1, 2))
    ```

    ## What torch says
    Nothing: the scripted copy runs without the hook.
    """

    code = "HKP107"
    name = "hook-after-scripting"
    summary = "A hook registered after scripting is not in the scripted copy"
    fixable = "sometimes"
    worlds = frozenset({"compiled"})
    outcome = "silent"
    experiment = Program(life_cycle=AFTER_SCRIPT)
    event = "registered after scripting"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and the order that works."""
        return (
            f"the scripted copy does not have {hook_name(outcome)}: register it before {entry_name(outcome)}"
        )
