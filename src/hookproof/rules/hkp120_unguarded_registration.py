"""HKP120 unguarded-registration."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import REFUSED_IN_LOOP
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome

_MAX_NAME = 14


class UnguardedRegistration(EventRule):
    """Hooks are registered on a model that the caller hands in, which may be scripted or have scripted parts.

    ## What it does
    In library mode (`--assume-scripted`), finds registrations on a model that the caller hands in, on a part
    of it, or on every module of it, in a loop or a function given to `apply`, without a guard against
    ScriptModules. Each function is told of once. A test that hookproof cannot read is no guard.

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
    summary = "Hooks are registered on a model from outside, which may be a ScriptModule or have such parts"
    fixable = "sometimes"
    worlds = frozenset({"registration"})
    experiment = Program(life_cycle=REFUSED_IN_LOOP, is_at_line=True, refuses_hooks=True)
    prediction = Prediction("RuntimeError", r"register_\w*hook is not supported on ScriptModules")
    event = "unguarded registration"

    def message(self, outcome: Outcome) -> str:
        """Name the method that may be refused and the guard that is missing."""
        api = outcome.registration.api
        if outcome.registration.receiver in {"loop", "apply"}:
            return f"`{api}` raises on ScriptModules, which may be among these; skip `torch.jit.ScriptModule`"
        name = _written(outcome.registration.call)
        return f"`{api}` raises where {name} is a ScriptModule; skip `torch.jit.ScriptModule`"


def _written(call: ir.Call | None) -> str:
    """Return the module that a hook is registered on as it is written, where that is short."""
    match call:
        case ir.Call(func=ir.Attribute(value=ir.Name(id=name))) if len(name) <= _MAX_NAME:
            return f"`{name}`"
        case ir.Call(func=ir.Attribute(value=ir.Attribute(value=ir.Name(id="self"), attr=name))):
            return f"`self.{name}`" if len(name) <= _MAX_NAME else "the module"
    return "the module"
