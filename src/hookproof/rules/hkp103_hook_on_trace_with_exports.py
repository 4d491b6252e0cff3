"""HKP103 hook-on-trace-with-exports."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import REFUSED_BY_TRACE
from hookproof.worlds.outcome import Outcome


class HookOnTraceWithExports(EventRule):
    """A hook is registered on the trace of a module that exports a method.

    ## What it does
    Finds registrations on the result of `torch.jit.trace` where the traced module's class has a method
    under `@torch.jit.export`.

    ## Why it breaks
    A traced module usually accepts hooks. Where its class exports a method, `torch.jit.trace` returns a
    `RecursiveScriptModule` instead, and that refuses every hook.

    ## Example
    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def forward(self, x):
            return x + 1

        @torch.jit.export
        def scale(self, x: torch.Tensor) -> torch.Tensor:
            return x * 2


    def show_shape(module, input, output):
        print(output.shape)


    traced = torch.jit.trace(Net(), torch.ones(2))
    traced.register_forward_hook(show_shape)
    ```

    ## Use instead
    Do the work around the traced module, or trace a class that exports nothing.

    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def forward(self, x):
            return x + 1

        @torch.jit.export
        def scale(self, x: torch.Tensor) -> torch.Tensor:
            return x * 2


    class Shown(nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, x):
            output = self.model(x)
            print(output.shape)
            return output


    shown = Shown(torch.jit.trace(Net(), torch.ones(2)))
    shown(torch.ones(2))
    ```

    ## What torch says
    `RuntimeError: register_forward_hook is not supported on ScriptModules`, at the registration.
    """

    code = "HKP103"
    name = "hook-on-trace-with-exports"
    summary = "A hook is registered on the trace of a module that exports a method"
    worlds = frozenset({"registration"})
    experiment = Program(life_cycle=REFUSED_BY_TRACE, is_at_line=True, refuses_hooks=True)
    prediction = Prediction("RuntimeError", r"register_\w*hook is not supported on ScriptModules")
    event = "registered on a trace with exports"

    def message(self, outcome: Outcome) -> str:
        """Name the method that is refused and the cause."""
        api = outcome.registration.api
        return f"`{api}` is refused: tracing a module with `@torch.jit.export` gives a ScriptModule"
