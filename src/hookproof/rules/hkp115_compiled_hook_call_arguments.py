"""HKP115 compiled-hook-call-arguments."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import CALLED_WITH_DEFAULTS
from hookproof.worlds.outcome import Outcome


class CompiledHookCallArguments(EventRule):
    """A scripted module with hooks is called with keywords or without its defaults.

    ## What it does
    Finds calls of a scripted module that has compiled hooks where `forward` gets fewer positional arguments
    than it has parameters: a default is left out, or an argument is given by keyword.

    ## Why it breaks
    A compiled hook takes `input` as a tuple of exactly `forward`'s parameter types. Torch builds that tuple
    from the positional arguments of the call; defaults and keywords are not in it.

    ## Example
    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def forward(self, x: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
            return x * scale


    def show_shape(module, input: tuple[torch.Tensor, float], output: torch.Tensor) -> None:
        print(output.shape)


    model = Net()
    model.register_forward_hook(show_shape)
    scripted = torch.jit.script(model)
    scripted(torch.ones(2), scale=2.0)
    ```

    ## Use instead
    Pass every argument by position.

    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def forward(self, x: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
            return x * scale


    def show_shape(module, input: tuple[torch.Tensor, float], output: torch.Tensor) -> None:
        print(output.shape)


    model = Net()
    model.register_forward_hook(show_shape)
    scripted = torch.jit.script(model)
    scripted(torch.ones(2), 2.0)
    ```

    ## What torch says
    `RuntimeError: show_shape() Expected a value of type 'Tuple[Tensor, float]' for argument 'input'`, at the
    call.
    """

    code = "HKP115"
    name = "compiled-hook-call-arguments"
    summary = "A scripted module with hooks is called with keywords or without its defaults"
    worlds = frozenset({"compiled"})
    experiment = Program(life_cycle=CALLED_WITH_DEFAULTS, is_at_line=True, goes_through_entry=True)
    prediction = Prediction("RuntimeError", r"Expected a value of type 'Tuple\[")
    event = "called with fewer arguments"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and how to call."""
        return f"compiled {hook_name(outcome)} knows no keywords or defaults; pass every argument by position"
