"""HKP121 eager-attribute-after-scripting."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import WRITTEN_IN_COPY
from hookproof.worlds.outcome import Outcome


class EagerAttributeAfterScripting(EventRule):
    """An attribute that a compiled hook writes is read from the eager module.

    ## What it does
    Finds reads of an attribute of the eager module after its scripted copy was called, where a compiled hook
    assigns that attribute.

    ## Why it breaks
    The scripted copy has attributes of its own: numbers, strings, lists and dicts are copied when scripting.
    Its compiled hooks write there. Only parameters and buffers that are changed in place are shared.

    ## Example
    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.count = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + 1


    def count_calls(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
        module.count += 1


    model = Net()
    model.register_forward_hook(count_calls)
    compiled = torch.jit.script(model)
    compiled(torch.ones(1))
    scripted = model.count
    model(torch.ones(1))
    eager = model.count
    ```

    ## Use instead
    Read the attribute of the scripted copy.

    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.count = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + 1


    def count_calls(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
        module.count += 1


    model = Net()
    model.register_forward_hook(count_calls)
    compiled = torch.jit.script(model)
    compiled(torch.ones(1))
    scripted = compiled.count
    model(torch.ones(1))
    eager = model.count
    ```

    ## What torch says
    Nothing: the eager attribute keeps its value.
    """

    code = "HKP121"
    name = "eager-attribute-after-scripting"
    summary = "An attribute that a compiled hook writes is read from the eager module"
    worlds = frozenset({"compiled"})
    outcome = "silent"
    experiment = Program(life_cycle=WRITTEN_IN_COPY, observes="value")
    event = "eager attribute read after scripting"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and where its writes are."""
        return (
            f"{hook_name(outcome)} writes to the scripted copy, not to this module: read the attribute there"
        )
