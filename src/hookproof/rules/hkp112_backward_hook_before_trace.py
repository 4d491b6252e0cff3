"""HKP112 backward-hook-before-trace."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import REFUSED_TO_TRACE
from hookproof.worlds.outcome import Outcome


class BackwardHookBeforeTrace(EventRule):
    """A module with a backward hook cannot be traced.

    ## What it does
    Finds full-backward, full-backward-pre and legacy backward hooks on a module, or a child of it, that is
    traced while they are in place.

    ## Why it breaks
    Tracing refuses modules with backward hooks, children included. It overlooks full-backward-pre hooks, and
    whatever is on a module that exports a method; these fail the trace's own sanity check, unless that is
    switched off.

    ## Example
    ```python
    import torch
    from torch import nn


    def show_gradient(module, grad_input, grad_output):
        print(grad_output)


    model = nn.Linear(2, 2)
    model.register_full_backward_hook(show_gradient)
    torch.jit.trace(model, torch.ones(1, 2))
    ```

    ## Use instead
    Remove the hook before tracing, or register it on the traced module.

    ```python
    import torch
    from torch import nn


    def show_gradient(module, grad_input, grad_output):
        print(grad_output)


    model = nn.Linear(2, 2)
    handle = model.register_full_backward_hook(show_gradient)
    handle.remove()
    torch.jit.trace(model, torch.ones(1, 2))
    ```

    ## What torch says
    `ValueError: Modules that have backward hooks assigned can't be compiled`, at `torch.jit.trace`.
    """

    code = "HKP112"
    name = "backward-hook-before-trace"
    summary = "A module with a backward hook cannot be traced"
    fixable = "sometimes"
    worlds = frozenset({"traced"})
    experiment = Program(life_cycle=REFUSED_TO_TRACE)
    prediction = Prediction("ValueError", r"Modules that have backward hooks assigned can't be compiled")
    event = "backward hook before trace"
    variants = ("backward hook fails the trace's check",)

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what the trace's own check says of the hook that is overlooked up front."""
        if outcome.event in self.variants:
            return Prediction("TracingCheckError", r"Tracing failed sanity checks")
        return None

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do."""
        return f"`torch.jit.trace` refuses backward hooks: remove {hook_name(outcome)} before tracing"
