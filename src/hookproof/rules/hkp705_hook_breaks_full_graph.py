"""HKP705 hook-breaks-full-graph."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import BREAKS_FULL_GRAPH
from hookproof.worlds.outcome import Outcome


class HookBreaksFullGraph(EventRule):
    """A hook on a module compiled with `fullgraph=True` breaks the graph.

    ## What it does
    Finds hooks on a module that is compiled with `fullgraph=True`, or on its children, which print, log,
    warn, ask for the time, open files or branch on a tensor, and backward hooks on the children.

    ## Why it breaks
    Hooks are compiled together with their modules. What can't be part of a graph ends it, and with
    `fullgraph=True` that is an error at the first call.

    ## Example
    ```python
    import torch
    from torch import nn


    def show(module, input, output):
        print(output.shape)


    model = nn.Sequential(nn.Linear(2, 2))
    model[0].register_forward_hook(show)
    scripted = torch.compile(model, backend="eager", fullgraph=True)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Leave `fullgraph=True` out, or register on what `torch.compile` returns: hooks there stay Python.

    ```python
    import torch
    from torch import nn


    def show(module, input, output):
        print(output.shape)


    model = nn.Sequential(nn.Linear(2, 2))
    scripted = torch.compile(model, backend="eager", fullgraph=True)
    scripted.register_forward_hook(show)
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `torch._dynamo.exc.Unsupported`, with what it can not trace.
    """

    code = "HKP705"
    name = "hook-breaks-full-graph"
    summary = "A hook on a module compiled with `fullgraph=True` breaks the graph"
    fixable = "sometimes"
    worlds = frozenset({"compiled by dynamo"})
    since = "2.0"  # `torch.compile` came with it
    experiment = Program(life_cycle=BREAKS_FULL_GRAPH)
    prediction = Prediction(
        "Unsupported",
        r"Failed to trace builtin|marked as skipped|logging\.Logger method|python_type|Data-dependent|"
        r"Module-level backwards hooks|retain_grad|tolist",
    )
    event = "breaks the full graph"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} can't be part of one graph, and `fullgraph=True` asks for that; "
            f"hook the compiled module instead"
        )
