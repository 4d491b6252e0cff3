"""HKP101 hook-on-script-module."""

from __future__ import annotations

from hookproof.facts.installers import installers_of
from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, entry_name
from hookproof.rules.experiment import Program
from hookproof.rules.installers import refusal_of
from hookproof.rules.life_cycles import REFUSED
from hookproof.worlds import registry
from hookproof.worlds.outcome import Outcome


class HookOnScriptModule(EventRule):
    """A hook is registered on a ScriptModule, which refuses every hook.

    ## What it does
    Finds `register_*hook` calls whose receiver is what `torch.jit.script`, `torch.jit.load`,
    `torch.jit.freeze` or `torch.jit.optimize_for_inference` returned, or a child of that.

    ## Why it breaks
    A `RecursiveScriptModule` runs in the TorchScript interpreter, which has no place for Python hooks. It
    replaces every registration method of `nn.Module` with one that raises, whatever the hook does.

    ## Example
    ```python
    import torch
    from torch import nn


    def show_shape(module, input, output):
        print(output.shape)


    scripted = torch.jit.script(nn.Linear(2, 2))
    scripted.register_forward_hook(show_shape)
    ```

    ## Use instead
    Register on the eager module and script it afterwards; the hook is then compiled with the model.

    ```python
    import torch
    from torch import nn


    def show_shape(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
        print(output.shape)


    model = nn.Linear(2, 2)
    model.register_forward_hook(show_shape)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: register_forward_hook is not supported on ScriptModules`, at the registration.
    """

    code = "HKP101"
    name = "hook-on-script-module"
    summary = "A hook is registered on a ScriptModule"
    fixable = "sometimes"
    worlds = frozenset({"registration"})
    experiment = Program(life_cycle=REFUSED, is_at_line=True, refuses_hooks=True)
    prediction = Prediction(
        "RuntimeError",
        r"register_\w*hook is not supported on ScriptModules"
        r"|Could not cast attribute '_is_full_backward_hook'",
    )
    event = "registered on a ScriptModule"

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what a function of another package says that puts hooks on models."""
        return refusal_of(outcome.registration.api)

    def message(self, outcome: Outcome) -> str:
        """Name the method that is refused and the call that made the ScriptModule."""
        entry, api = entry_name(outcome), outcome.registration.api
        if installers_of(api):
            return f"`{api}` puts hooks on modules, and fails on the result of {entry}; call it before"
        if outcome.entry is not None and outcome.entry.api == "torch.jit.ScriptModule":
            return f"`{api}` is refused by a class that derives from {entry}, and its parts"
        is_loaded = outcome.entry is not None and registry.world_of_call(outcome.entry.api) == "load"
        remedy = "hook the eager model" if is_loaded else "register before it"
        return f"`{api}` is refused on the result of {entry}; {remedy}"
