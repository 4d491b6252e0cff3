"""HKP701 hook-registered-after-compiled-call."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import AFTER_COMPILED_CALL
from hookproof.worlds.outcome import Outcome


class HookRegisteredAfterCompiledCall(EventRule):
    """A hook is registered on a part of a compiled module once that was called.

    ## What it does
    Finds hooks that are registered on a child of a module compiled by `torch.compile`, or on a module that a
    compiled function calls, after a call under the same circumstances: the same kind of inputs, and
    gradients on or off as before.

    ## Why it breaks
    The first call makes a graph of the module, with the hooks that are there. Later calls run that graph,
    and do not look for hooks where there were none (`torch._dynamo.config.skip_nnmodule_hook_guards`).

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model, child):
        calls.clear()
        model(torch.ones(1, 2))
        child.register_forward_hook(count)
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2))
    eager = count_calls(model, model[0])
    torch._dynamo.reset()
    model = nn.Sequential(nn.Linear(2, 2))
    scripted = count_calls(torch.compile(model, backend="eager"), model[0])
    ```

    ## Use instead
    Register before the first call, or call `torch._dynamo.reset()` afterwards.

    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model, child):
        calls.clear()
        child.register_forward_hook(count)
        model(torch.ones(1, 2))
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2))
    eager = count_calls(model, model[0])
    torch._dynamo.reset()
    model = nn.Sequential(nn.Linear(2, 2))
    scripted = count_calls(torch.compile(model, backend="eager"), model[0])
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP701"
    name = "hook-registered-after-compiled-call"
    summary = "A hook is registered on a part of a compiled module once that was called"
    worlds = frozenset({"compiled by dynamo"})
    since = "2.0"  # `torch.compile` came with it
    outcome = "silent"
    experiment = Program(life_cycle=AFTER_COMPILED_CALL, observes="program")
    event = "registered after the first compiled call"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} is not seen by what was compiled at an earlier call; "
            f"register it before the first call"
        )
