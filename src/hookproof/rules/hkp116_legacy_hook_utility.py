"""HKP116 legacy-hook-utility."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, entry_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import UTILITY
from hookproof.worlds.outcome import Outcome

# The objects that the utilities register, those of pruning unless named here.
_REGISTERED = {"weight_norm": "WeightNorm", "spectral_norm": "SpectralNorm"}
_OF_PRUNING = r"(Identity|\w*(Unstructured|Structured)|CustomFromMask|PruningContainer)"


class LegacyHookUtility(EventRule):
    """A torch utility installs a hook that cannot be scripted.

    ## What it does
    Finds `torch.nn.utils.weight_norm`, `torch.nn.utils.spectral_norm` and `torch.nn.utils.prune.*` on a
    module, or a child of it, that is scripted afterwards.

    ## Why it breaks
    These utilities register a callable object as forward-pre hook. `torch.jit.script` compiles the hooks it
    finds by their `__name__`, and an object has none.

    ## Example
    ```python
    import torch
    from torch import nn


    model = nn.utils.weight_norm(nn.Linear(2, 2))
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    Make the change permanent before scripting: `remove_weight_norm`, `remove_spectral_norm`, `prune.remove`.

    ```python
    import torch
    from torch import nn


    model = nn.utils.weight_norm(nn.Linear(2, 2))
    nn.utils.remove_weight_norm(model)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `AttributeError: 'WeightNorm' object has no attribute '__name__'`, at `torch.jit.script`.
    """

    code = "HKP116"
    name = "legacy-hook-utility"
    summary = "A torch utility installs a hook that cannot be scripted"
    fixable = "sometimes"
    worlds = frozenset({"compiled"})
    experiment = Program(life_cycle=UTILITY, installs=True)
    prediction = Prediction("AttributeError", r"'\w+' object has no attribute '__name__'")
    event = "legacy utility before script"

    def prediction_for(self, outcome: Outcome) -> Prediction:
        """Return what torch says of the object that the utility registers."""
        registered = _REGISTERED.get(outcome.registration.api.rpartition(".")[2], _OF_PRUNING)
        return Prediction("AttributeError", rf"'{registered}' object has no attribute '__name__'")

    def message(self, outcome: Outcome) -> str:
        """Name the utility and what to call before scripting."""
        utility = outcome.registration.api.rpartition(".")[2]
        remedy = f"remove_{utility}" if utility in ("weight_norm", "spectral_norm") else "prune.remove"
        return f"`{utility}` installs an unscriptable hook; call `{remedy}` before {entry_name(outcome)}"
