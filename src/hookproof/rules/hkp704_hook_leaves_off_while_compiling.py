"""HKP704 hook-leaves-off-while-compiling."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import LEFT_OUT_WHILE_COMPILING
from hookproof.worlds.outcome import Outcome


class HookLeavesOffWhileCompiling(EventRule):
    """A hook does nothing where it finds itself compiled.

    ## What it does
    Finds hooks on a compiled module or its children that ask `torch.compiler.is_compiling()` and leave
    something out if so, which the program notices.

    ## Why it breaks
    The question is answered once, while the module is compiled, and the answer is yes. What the other
    branch does is not part of the graph: the hook leaves it out at every call, not only while compiling.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        if torch.compiler.is_compiling():
            return
        calls.append(1)


    def count_calls(model):
        calls.clear()
        model(torch.ones(1, 2))
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2))
    model[0].register_forward_hook(count)
    eager = count_calls(model)
    scripted = count_calls(torch.compile(model, backend="eager"))
    ```

    ## Use instead
    Leave the question out: what hooks do in Python is done after each call of the graph.

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
    model[0].register_forward_hook(count)
    eager = count_calls(model)
    scripted = count_calls(torch.compile(model, backend="eager"))
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP704"
    name = "hook-leaves-off-while-compiling"
    summary = "A hook does nothing where it finds itself compiled"
    worlds = frozenset({"compiled by dynamo"})
    since = "2.0"  # `torch.compile` came with it
    outcome = "silent"
    experiment = Program(life_cycle=LEFT_OUT_WHILE_COMPILING, observes="program")
    event = "left out while compiling"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} leaves this out at every compiled call: `is_compiling()` is true in "
            f"the graph; do not ask for it"
        )
