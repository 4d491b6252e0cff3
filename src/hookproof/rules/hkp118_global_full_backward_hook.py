"""HKP118 global-full-backward-hook."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import GLOBAL_BACKWARD
from hookproof.worlds.outcome import Outcome


class GlobalFullBackwardHook(EventRule):
    """A global backward hook makes every call of a ScriptModule fail.

    ## What it does
    Finds `register_module_full_backward_hook`, `register_module_full_backward_pre_hook` and
    `register_module_backward_hook` in place while a scripted or loaded model is called.

    ## Why it breaks
    With a global backward hook installed, `nn.Module.__call__` asks each module for its own backward hooks. A
    ScriptModule refuses that question, whatever the hook does.

    ## Example
    ```python
    import torch
    from torch import nn

    from torch.nn.modules.module import register_module_full_backward_hook


    def show_gradient(module, grad_input, grad_output):
        print(grad_output)


    scripted = torch.jit.script(nn.Linear(2, 2))
    register_module_full_backward_hook(show_gradient)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Remove the handle before a ScriptModule is called, or hook the modules that matter.

    ```python
    import torch
    from torch import nn

    from torch.nn.modules.module import register_module_full_backward_hook


    def show_gradient(module, grad_input, grad_output):
        print(grad_output)


    model = nn.Linear(2, 2)
    scripted = torch.jit.script(model)
    handle = register_module_full_backward_hook(show_gradient)
    model(torch.ones(1, 2))
    handle.remove()
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `RuntimeError: _get_backward_hooks is not supported on ScriptModules`, at the call of the ScriptModule.
    """

    code = "HKP118"
    name = "global-full-backward-hook"
    summary = "A global backward hook makes every call of a ScriptModule fail"
    worlds = frozenset({"script-module"})
    experiment = Program(life_cycle=GLOBAL_BACKWARD)
    prediction = Prediction("RuntimeError", r"_get_backward_(pre_)?hooks is not supported on ScriptModules")
    event = "global backward hook"

    def message(self, outcome: Outcome) -> str:
        """Name the registration and what to do."""
        return f"`{outcome.registration.api}` makes calls of a ScriptModule fail; remove the handle before"
