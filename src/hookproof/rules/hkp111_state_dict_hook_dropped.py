"""HKP111 state-dict-hook-dropped."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, entry_name, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import BEFORE_SCRIPT
from hookproof.worlds.outcome import Outcome


class StateDictHookDropped(EventRule):
    """A state-dict hook is lost when the module is scripted.

    ## What it does
    Finds `register_state_dict_*hook`, `register_load_state_dict_*hook` and their private forms on a module
    that is scripted afterwards, where the scripted copy's state dict is saved or loaded.

    ## Why it breaks
    `torch.jit.script` carries over forward and forward-pre hooks only. `state_dict()` and `load_state_dict()`
    of the scripted copy know nothing of the eager module's hooks: keys are not renamed, filtered or filled.

    ## Example
    ```python
    import torch
    from torch import nn


    def add_version(module, state_dict, prefix, local_metadata):
        state_dict[prefix + "version"] = torch.tensor(2)


    model = nn.Linear(2, 2)
    model.register_state_dict_post_hook(add_version)
    eager = sorted(model.state_dict())
    scripted = sorted(torch.jit.script(model).state_dict())
    ```

    ## Use instead
    Save and load through the eager module.

    ```python
    import torch
    from torch import nn


    def add_version(module, state_dict, prefix, local_metadata):
        state_dict[prefix + "version"] = torch.tensor(2)


    model = nn.Linear(2, 2)
    model.register_state_dict_post_hook(add_version)
    compiled = torch.jit.script(model)  # shares its parameters with `model`
    eager = sorted(model.state_dict())
    compiled(torch.ones(1, 2))
    scripted = sorted(model.state_dict())
    ```

    ## What torch says
    Nothing: the hook is never called for the scripted copy.
    """

    code = "HKP111"
    name = "state-dict-hook-dropped"
    summary = "A state-dict hook is lost when the module is scripted"
    worlds = frozenset({"compiled"})
    outcome = "silent"
    experiment = Program(life_cycle=BEFORE_SCRIPT)
    event = "state-dict hook dropped by script"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what works instead."""
        entry = entry_name(outcome)
        return f"{entry} drops state-dict hooks, {hook_name(outcome)} too; use the eager state dict"
