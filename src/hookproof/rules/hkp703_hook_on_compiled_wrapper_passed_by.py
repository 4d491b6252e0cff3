"""HKP703 hook-on-compiled-wrapper-passed-by."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import WRAPPER_PASSED_BY
from hookproof.worlds.outcome import Outcome


class HookOnCompiledWrapperPassedBy(EventRule):
    """A hook is on what `torch.compile` returns, and the model inside is called.

    ## What it does
    Finds hooks that are registered on the module that `torch.compile` returned, where the model that was
    given to it is called afterwards.

    ## Why it breaks
    `torch.compile(model)` returns a module around the model, with hooks of its own. A call of the model
    itself does not come by the wrapper.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2))
    compiled = torch.compile(model, backend="eager")
    compiled.register_forward_hook(count)
    eager = count_calls(compiled)
    scripted = count_calls(model)
    ```

    ## Use instead
    Call what `torch.compile` returned, or register on the model: both calls come by its hooks.

    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2))
    compiled = torch.compile(model, backend="eager")
    model.register_forward_hook(count)
    eager = count_calls(compiled)
    scripted = count_calls(model)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP703"
    name = "hook-on-compiled-wrapper-passed-by"
    summary = "A hook is on what `torch.compile` returns, and the model inside is called"
    fixable = "sometimes"
    worlds = frozenset({"compiled by dynamo"})
    since = "2.0"  # `torch.compile` came with it
    outcome = "silent"
    experiment = Program(life_cycle=WRAPPER_PASSED_BY, observes="program")
    event = "hook on the wrapper of what is called"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} is on what `torch.compile` returned, and the model inside is called; "
            f"register it on the model"
        )
