"""HKP119 hook-option-lost."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, entry_name, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import OPTION_LOST
from hookproof.worlds.outcome import Outcome


class HookOptionLost(EventRule):
    """An option of the registration is lost when the module is scripted.

    ## What it does
    Finds `always_call=True`, and `with_kwargs=True` for a hook that takes no keyword arguments, on a forward
    or forward-pre hook whose module is scripted afterwards.

    ## Why it breaks
    A compiled hook is called with the module, the positional arguments and the output, after a `forward` that
    succeeded. `torch.jit.script` ignores the options that say otherwise.

    ## Example
    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.count = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if x.sum() > 0:
                raise ValueError("too large")
            return x


    def count_calls(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
        module.count += 1


    def count_after_failure(model):
        try:
            model(torch.ones(1))
        except Exception:
            print("forward failed")
        return model.count


    model = Net()
    model.register_forward_hook(count_calls, always_call=True)
    compiled = torch.jit.script(model)
    eager = count_after_failure(model)
    scripted = count_after_failure(compiled)
    ```

    ## Use instead
    Do the work in `forward`.

    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.count = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.count += 1
            if x.sum() > 0:
                raise ValueError("too large")
            return x


    def count_after_failure(model):
        try:
            model(torch.ones(1))
        except Exception:
            print("forward failed")
        return model.count


    model = Net()
    compiled = torch.jit.script(model)
    eager = count_after_failure(model)
    scripted = count_after_failure(compiled)
    ```

    ## What torch says
    Nothing: the hook is compiled and called as if the option were not there.
    """

    code = "HKP119"
    name = "hook-option-lost"
    summary = "An option of the registration is lost when the module is scripted"
    since = "2.0"  # `with_kwargs` came with it, `always_call` with 2.1
    worlds = frozenset({"compiled"})
    outcome = "silent"
    experiment = Program(life_cycle=OPTION_LOST)
    event = "option lost"

    def message(self, outcome: Outcome) -> str:
        """Name the option and the hook."""
        lost = [name for name in ("with_kwargs", "always_call") if name in outcome.registration.options]
        options = " and ".join(f"`{name}`" for name in lost) or "the option"
        return f"{entry_name(outcome)} ignores {options} of {hook_name(outcome)}; do this work in `forward`"
