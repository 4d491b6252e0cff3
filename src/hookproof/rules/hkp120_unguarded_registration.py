"""HKP120 unguarded-registration."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import REFUSED_IN_LOOP
from hookproof.worlds.outcome import Outcome


class UnguardedRegistration(EventRule):
    """Hooks are registered on every module of a model that may be scripted.

    ## What it does
    In library mode (`--assume-scripted`), finds registrations in a loop or a function given to `apply` over
    the modules of a model that the caller hands in, without a guard against ScriptModules.

    ## Why it breaks
    A library does not choose its users' models. One scripted part is enough: its registration raises, and the
    user sees an error from inside the library.

    ## Example
    ```python
    import torch
    from torch import nn


    def show_shape(module, input, output):
        print(output.shape)


    def watch(model):
        for module in model.modules():
            module.register_forward_hook(show_shape)


    watch(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())))
    ```

    ## Use instead
    Leave ScriptModules out.

    ```python
    import torch
    from torch import nn


    def show_shape(module, input, output):
        print(output.shape)


    def watch(model):
        for module in model.modules():
            if not isinstance(module, torch.jit.ScriptModule):
                module.register_forward_hook(show_shape)


    watch(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())))
    ```

    ## What torch says
    `RuntimeError: register_forward_hook is not supported on ScriptModules`, at the registration.
    """

    code = "HKP120"
    name = "unguarded-registration"
    summary = "Hooks are registered on every module of a model that may be scripted"
    fixable = "sometimes"
    worlds = frozenset({"registration"})
    experiment = Program(life_cycle=REFUSED_IN_LOOP, is_at_line=True, refuses_hooks=True)
    prediction = Prediction("RuntimeError", r"register_\w*hook is not supported on ScriptModules")
    event = "unguarded registration"

    def message(self, outcome: Outcome) -> str:
        """Name the method that may be refused and the guard that is missing."""
        return (
            f"`{outcome.registration.api}` raises on ScriptModules, which may be among these; "
            "skip `torch.jit.ScriptModule`"
        )
