"""HKP117 parametrization-before-script."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.link.case import Case
from hookproof.rules.event_rule import EventRule, entry_name


class ParametrizationBeforeScript(EventRule):
    """A parametrized module cannot be scripted.

    ## What it does
    Finds `torch.nn.utils.parametrizations.*` and `register_parametrization` on a module, or a child of it,
    that is scripted afterwards.

    ## Why it breaks
    A parametrization computes its tensor in a property whose source raises under TorchScript. Scripting may
    succeed; the first call does not.

    ## Example
    ```python
    import torch
    from torch import nn

    from torch.nn.utils import parametrizations

    model = parametrizations.weight_norm(nn.Linear(2, 2))
    scripted = torch.jit.script(model)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Make the parametrization permanent before scripting, or trace the module.

    ```python
    import torch
    from torch import nn

    from torch.nn.utils import parametrizations, parametrize

    model = parametrizations.weight_norm(nn.Linear(2, 2))
    parametrize.remove_parametrizations(model, "weight")
    scripted = torch.jit.script(model)
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `torch.jit.Error: ... Parametrization is not working with scripting.`, at the call.
    """

    code = "HKP117"
    name = "parametrization-before-script"
    summary = "A parametrized module cannot be scripted"
    worlds = frozenset({"compiled"})
    prediction = Prediction("Error", r"Parametrization is not working with scripting")
    event = "parametrization before script"

    def message(self, case: Case) -> str:
        """Name the parametrization and what to call before scripting."""
        utility = case.registration.api.rpartition(".")[2]
        return (
            f"`{utility}` fails under TorchScript; call `remove_parametrizations` before {entry_name(case)}"
        )
