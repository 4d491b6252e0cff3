"""HKP102 hook-loop-reaches-script-module."""

from __future__ import annotations

from hookproof.facts.installers import installers_of
from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule
from hookproof.rules.experiment import Program
from hookproof.rules.installers import refusal_of
from hookproof.rules.life_cycles import REFUSED_IN_LOOP
from hookproof.worlds.outcome import Outcome


class HookLoopReachesScriptModule(EventRule):
    """A loop that registers hooks on every module reaches a ScriptModule.

    ## What it does
    Finds registrations in a loop over `modules()`, `children()` and the like, or in a function given to
    `apply`, where one of the modules that are reached is a ScriptModule.

    ## Why it breaks
    An eager model may have scripted parts. `modules()` yields them like any other module, and the
    registration on the first of them raises, so that the rest of the loop does not happen.

    ## Example
    ```python
    import torch
    from torch import nn


    def show_shape(module, input, output):
        print(output.shape)


    model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
    for module in model.modules():
        module.register_forward_hook(show_shape)
    ```

    ## Use instead
    Leave ScriptModules out.

    ```python
    import torch
    from torch import nn


    def show_shape(module, input, output):
        print(output.shape)


    model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
    for module in model.modules():
        if not isinstance(module, torch.jit.ScriptModule):
            module.register_forward_hook(show_shape)
    ```

    ## What torch says
    `RuntimeError: register_forward_hook is not supported on ScriptModules`, at the registration.
    """

    code = "HKP102"
    name = "hook-loop-reaches-script-module"
    summary = "A loop that registers hooks reaches a ScriptModule"
    fixable = "sometimes"
    worlds = frozenset({"registration"})
    experiment = Program(life_cycle=REFUSED_IN_LOOP, is_at_line=True, refuses_hooks=True)
    prediction = Prediction("RuntimeError", r"register_\w*hook is not supported on ScriptModules")
    event = "loop reaches a ScriptModule"

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what a function of another package says that puts hooks on models."""
        return refusal_of(outcome.registration.api)

    def message(self, outcome: Outcome) -> str:
        """Name the method that is refused and the guard that is missing."""
        api = outcome.registration.api
        if installers_of(api):
            return f"`{api}` puts hooks on every module, and fails on the ScriptModule among them"
        return (
            f"`{outcome.registration.api}` in this loop reaches a ScriptModule; skip `torch.jit.ScriptModule`"
        )
