"""HKP108 handle-removed-after-scripting."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, entry_name, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import REMOVED_LATE
from hookproof.worlds.outcome import Outcome


class HandleRemovedAfterScripting(EventRule):
    """Removing a hook after scripting leaves it in the scripted copy.

    ## What it does
    Finds `handle.remove()` after the hooked module was scripted, where the scripted copy is used afterwards.

    ## Why it breaks
    A hook that is present when `torch.jit.script` runs is compiled into the scripted copy. The handle removes
    it from the eager module only; nothing removes it from the copy.

    ## Example
    ```python
    import torch
    from torch import nn


    def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    handle = model.register_forward_hook(double)
    compiled = torch.jit.script(model)
    handle.remove()
    eager = model(torch.ones(1, 2))
    scripted = compiled(torch.ones(1, 2))
    ```

    ## Use instead
    Remove the hook before scripting, or script again.

    ```python
    import torch
    from torch import nn


    def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    handle = model.register_forward_hook(double)
    model(torch.ones(1, 2))
    handle.remove()
    compiled = torch.jit.script(model)
    eager = model(torch.ones(1, 2))
    scripted = compiled(torch.ones(1, 2))
    ```

    ## What torch says
    Nothing: the scripted copy keeps running the hook.
    """

    code = "HKP108"
    name = "handle-removed-after-scripting"
    summary = "Removing a hook after scripting leaves it in the scripted copy"
    fixable = "sometimes"
    worlds = frozenset({"compiled"})
    outcome = "silent"
    experiment = Program(life_cycle=REMOVED_LATE, observes="any call")
    event = "removed after scripting"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and the order that works."""
        return f"{hook_name(outcome)} stays in the scripted copy; remove it before {entry_name(outcome)}"
