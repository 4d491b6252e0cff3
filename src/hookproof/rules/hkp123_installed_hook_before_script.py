"""HKP123 installed-hook-before-script."""

from __future__ import annotations

from hookproof.facts.installers import installers_of
from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, entry_name
from hookproof.rules.experiment import Program
from hookproof.rules.installers import scripting_of
from hookproof.rules.life_cycles import INSTALLED
from hookproof.worlds.outcome import Outcome


class InstalledHookBeforeScript(EventRule):
    """A function of another package leaves hooks on a model that is scripted afterwards.

    ## What it does
    Finds models that are given to a function that is known to leave hooks on them, such as `wandb.watch` with
    `log="all"` or `log_graph=True`, and then scripted. What these functions do was measured on the versions
    that are named in `facts/installers.py`.

    ## Why it breaks
    Forward hooks are compiled with their module, whoever registered them. Those of such packages are lambdas
    and closures that TorchScript cannot compile, and the error names code that is not yours.

    ## Example
    ```python
    import ptflops
    import torch
    from torch import nn


    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    ptflops.get_model_complexity_info(model, (4,), print_per_layer_stat=False, backend="aten")
    torch.jit.script(model)
    ```

    ## Use instead
    Give the function a copy, or take its hooks off again before scripting (`wandb.unwatch(model)`).

    ```python
    import copy

    import ptflops
    import torch
    from torch import nn


    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    twin = copy.deepcopy(model)
    ptflops.get_model_complexity_info(twin, (4,), print_per_layer_stat=False, backend="aten")
    torch.jit.script(model)
    ```

    ## What torch says
    What it says of the first of the hooks, at `torch.jit.script`: of one with `*args`,
    `NotSupportedError: Compiled functions can't take variable number of arguments`.
    """

    code = "HKP123"
    name = "installed-hook-before-script"
    summary = "A function of another package leaves hooks on a model that is scripted afterwards"
    worlds = frozenset({"compiled"})
    experiment = Program(life_cycle=INSTALLED, installs=True)
    prediction = Prediction("NotSupportedError", "Compiled functions can't take variable number of arguments")
    event = "installed hook before script"

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what torch says of the hooks that the function leaves."""
        return scripting_of(outcome.registration.api)

    def message(self, outcome: Outcome) -> str:
        """Name the function and what to do."""
        api = outcome.registration.api
        removing = next((name for each in installers_of(api) for name in each.removed_by), None)
        remedy = f"call `{removing}` before" if removing else "give it a copy"
        return f"`{api}` leaves hooks on the model that {entry_name(outcome)} cannot compile; {remedy}"
