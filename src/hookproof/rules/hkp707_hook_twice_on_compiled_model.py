"""HKP707 hook-twice-on-compiled-model."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import TWICE_ON_COMPILED
from hookproof.worlds.outcome import Outcome


class HookTwiceOnCompiledModel(EventRule):
    """A hook is put on all modules of what `torch.compile` returned, and runs twice for the model itself.

    ## What it does
    Finds hooks that a loop over `modules()`, or `apply`, registers on all modules of what `torch.compile`
    returned, where each call counts.

    ## Why it breaks
    `torch.compile(model)` returns a module around the model, so `modules()` gives one module more: the
    wrapper and the model both get the hook, and one call runs both.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        for module in model.modules():
            module.register_forward_hook(count)
        model(torch.ones(1, 2))
        return len(calls)


    eager = count_calls(nn.Sequential(nn.Linear(2, 2)))
    scripted = count_calls(torch.compile(nn.Sequential(nn.Linear(2, 2)), backend="eager"))
    ```

    ## Use instead
    Register before `torch.compile`, or compile in place with `model.compile()`, which puts nothing around it.

    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model, is_compiled):
        calls.clear()
        for module in model.modules():
            module.register_forward_hook(count)
        run = torch.compile(model, backend="eager") if is_compiled else model
        run(torch.ones(1, 2))
        return len(calls)


    eager = count_calls(nn.Sequential(nn.Linear(2, 2)), is_compiled=False)
    scripted = count_calls(nn.Sequential(nn.Linear(2, 2)), is_compiled=True)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP707"
    name = "hook-twice-on-compiled-model"
    summary = "A hook on all modules of what `torch.compile` returns runs twice for the model itself"
    worlds = frozenset({"compiled by dynamo"})
    since = "2.0"  # `torch.compile` came with it
    outcome = "silent"
    experiment = Program(life_cycle=TWICE_ON_COMPILED, observes="program")
    event = "on the wrapper and on the module inside"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} runs twice at each call: what `torch.compile` returns is one module more; "
            f"register it before"
        )
