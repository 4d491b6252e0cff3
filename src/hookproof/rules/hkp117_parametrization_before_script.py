"""HKP117 parametrization-before-script."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, entry_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import PARAMETRIZED
from hookproof.worlds.outcome import Outcome

_OLDER = r"(?s:GeneratorExp aren't supported.*parametrize)"  # torch 1.12, while scripting
# These two do not come as far as the call: their own source does not compile (measured on 2.13.0).
_AT_SCRIPTING = {
    "spectral_norm": Prediction(
        "Exception", rf"(?s:Comprehension ifs are not supported yet.*parametrizations)|{_OLDER}"
    ),
    "orthogonal": Prediction("Exception", rf"cannot statically infer the expected size of a list|{_OLDER}"),
}


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
    fixable = "sometimes"
    worlds = frozenset({"compiled"})
    experiment = Program(life_cycle=PARAMETRIZED, installs=True, fails_when_called=True)
    prediction = Prediction("Exception", rf"Parametrization is not working with scripting|{_OLDER}")
    since = "1.9"
    event = "parametrization before script"

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what torch says where the parametrization's source itself does not compile."""
        return _AT_SCRIPTING.get(outcome.registration.api.rpartition(".")[2])

    def message(self, outcome: Outcome) -> str:
        """Name the parametrization and what to call before scripting."""
        utility = outcome.registration.api.rpartition(".")[2]
        entry = entry_name(outcome)
        return f"`{utility}` fails under TorchScript; call `remove_parametrizations` before {entry}"
