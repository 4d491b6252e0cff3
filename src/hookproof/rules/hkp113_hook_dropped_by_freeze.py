"""HKP113 hook-dropped-by-freeze."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, entry_name, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import FROZEN
from hookproof.worlds.outcome import Outcome


class HookDroppedByFreeze(EventRule):
    """Freezing a scripted module removes its hooks.

    ## What it does
    Finds hooks on the very module that is scripted and then given to `torch.jit.freeze` or
    `torch.jit.optimize_for_inference`.

    ## Why it breaks
    Freezing inlines everything `forward` does and keeps nothing else. The compiled hooks of the children are
    inlined with their calls; those of the module itself are not part of its `forward` and are left out, so
    that the output changes.

    ## Example
    ```python
    import torch
    from torch import nn


    def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        return output * 2


    model = nn.Linear(2, 2).eval()
    model.register_forward_hook(double)
    eager = model(torch.ones(1, 2))
    scripted = torch.jit.freeze(torch.jit.script(model))(torch.ones(1, 2))
    ```

    ## Use instead
    Do the hook's work in `forward`, or do not freeze.

    ```python
    import torch
    from torch import nn


    class Doubled(nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, x):
            return self.model(x) * 2


    model = Doubled(nn.Linear(2, 2)).eval()
    eager = model(torch.ones(1, 2)).round(decimals=5)
    scripted = torch.jit.freeze(torch.jit.script(model))(torch.ones(1, 2)).round(decimals=5)
    ```

    ## What torch says
    Nothing: the frozen module runs without the hook.
    """

    code = "HKP113"
    name = "hook-dropped-by-freeze"
    summary = "Freezing a scripted module removes its hooks"
    worlds = frozenset({"compiled"})
    outcome = "silent"
    experiment = Program(life_cycle=FROZEN)
    event = "dropped by freeze"

    def applies(self, outcome: Outcome) -> bool:
        """Return whether the hook is on the frozen module itself; those of its children are inlined."""
        return outcome.is_top_level

    def message(self, outcome: Outcome) -> str:
        """Name the hook and the call that drops it."""
        return f"{entry_name(outcome)} drops {hook_name(outcome)}: do its work in `forward`, or do not freeze"
