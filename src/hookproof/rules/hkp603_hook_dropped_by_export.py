"""HKP603 hook-dropped-by-export."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import BEFORE_EXPORT
from hookproof.worlds.outcome import Outcome
from hookproof.worlds.world import kind_of


class HookDroppedByExport(EventRule):
    """A backward or state-dict hook is not part of what is exported.

    ## What it does
    Finds full backward hooks, backward-pre hooks and state-dict hooks on a module that is exported,
    where the exported module is called or its state dict exchanged.

    ## Why it breaks
    An exported module is a graph of tensor operations. Forward hooks leave theirs in it; backward hooks
    and those of the state dict are no part of `forward`, and are left out.

    ## Example
    ```python
    import torch
    from torch import nn

    gradients = []


    def keep(module, grad_input, grad_output):
        gradients.append(grad_output)


    def count_gradients(model):
        gradients.clear()
        model(torch.ones(1, 2)).sum().backward()
        return len(gradients)


    model = nn.Sequential(nn.Linear(2, 2))
    model.register_full_backward_hook(keep)
    exported = torch.export.export(model, (torch.ones(1, 2),)).module()
    eager = count_gradients(model)
    scripted = count_gradients(exported)
    ```

    ## Use instead
    Register a hook on the output, or on the parameters, which the exported module shares. In place of a
    state-dict hook, take the state dict of the eager module, or load it there.

    ```python
    import torch
    from torch import nn

    gradients = []


    def keep(gradient):
        gradients.append(gradient)


    def count_gradients(model):
        gradients.clear()
        model(torch.ones(1, 2)).sum().backward()
        return len(gradients)


    model = nn.Sequential(nn.Linear(2, 2))
    model[0].weight.register_hook(keep)
    exported = torch.export.export(model, (torch.ones(1, 2),)).module()
    eager = count_gradients(model)
    scripted = count_gradients(exported)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP603"
    name = "hook-dropped-by-export"
    summary = "A backward or state-dict hook is not part of what is exported"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    outcome = "silent"
    experiment = Program(life_cycle=BEFORE_EXPORT, observes="program")
    event = "dropped by export"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        is_of_state = kind_of(outcome.registration.api) == "state-dict"
        instead = "use the eager state dict" if is_of_state else "hook its output or parameters"
        return f"{hook_name(outcome)} is not part of the exported module, which never calls it; {instead}"
