"""HKP110 backward-hook-dropped."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, entry_name, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import BEFORE_SCRIPT
from hookproof.worlds.outcome import Outcome


class BackwardHookDropped(EventRule):
    """A backward hook is lost when the module is scripted or traced.

    ## What it does
    Finds full-backward, full-backward-pre and legacy backward hooks on a module, or a child of it, that is
    scripted afterwards, or traced where tracing does not refuse them (HKP112).

    ## Why it breaks
    `torch.jit.script` compiles forward and forward-pre hooks only. Backward hooks are left behind
    silently, and gradients flow through the scripted copy unseen. A traced module never calls them either.

    ## Example
    ```python
    import torch
    from torch import nn


    def count_calls(model, calls):
        calls.clear()
        model(torch.ones(1, 2, requires_grad=True)).sum().backward()
        return len(calls)


    calls = []
    model = nn.Linear(2, 2)
    model.register_full_backward_hook(lambda module, grad_input, grad_output: calls.append(1))
    eager = count_calls(model, calls)
    scripted = count_calls(torch.jit.script(model), calls)
    ```

    ## Use instead
    Hook the tensors, which TorchScript returns like any other.

    ```python
    import torch
    from torch import nn


    def count_calls(model):
        calls = []
        output = model(torch.ones(1, 2, requires_grad=True))
        output.register_hook(lambda gradient: calls.append(1))
        output.sum().backward()
        return len(calls)


    model = nn.Linear(2, 2)
    eager = count_calls(model)
    scripted = count_calls(torch.jit.script(model))
    ```

    ## What torch says
    Nothing: the hook is never called for the scripted copy.
    """

    code = "HKP110"
    name = "backward-hook-dropped"
    summary = "A backward hook is lost when the module is scripted or traced"
    worlds = frozenset({"compiled", "traced"})
    outcome = "silent"
    experiment = Program(life_cycle=BEFORE_SCRIPT)
    event = "backward hook dropped"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what works instead."""
        return f"{entry_name(outcome)} drops backward hooks, {hook_name(outcome)} too; hook a tensor instead"
