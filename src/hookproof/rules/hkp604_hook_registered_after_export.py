"""HKP604 hook-registered-after-export."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import AFTER_EXPORT
from hookproof.worlds.outcome import Outcome


class HookRegisteredAfterExport(EventRule):
    """A hook is registered where the exported module does not look.

    ## What it does
    Finds hooks that are registered on a module after it was exported, on a child of the exported module, or
    on what `module()` gives where that is not kept.

    ## Why it breaks
    The exported module is a graph of its own. It does not look at its source again, and its children
    are there for their parameters only: the graph does not call them. Each `module()` makes a new module.

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
    exported = torch.export.export(model, (torch.ones(1, 2),)).module()
    model.register_forward_hook(count)
    eager = count_calls(model)
    scripted = count_calls(exported)
    ```

    ## Use instead
    Register on the module that `module()` gives; `torch.export.unflatten` keeps the children.

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
    exported = torch.export.export(model, (torch.ones(1, 2),)).module()
    model.register_forward_hook(count)
    exported.register_forward_hook(count)
    eager = count_calls(model)
    scripted = count_calls(exported)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP604"
    name = "hook-registered-after-export"
    summary = "A hook is registered where the exported module does not look"
    fixable = "sometimes"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    outcome = "silent"
    experiment = Program(life_cycle=AFTER_EXPORT, observes="program")
    event = "registered after export"
    variants = ("registered on an exported child", "registered on a module made for it")

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        if outcome.event == "registered on a module made for it":
            return (
                f"{hook_name(outcome)} never runs: each `module()` makes a new module; keep and call this one"
            )
        if outcome.event in self.variants:
            return (
                f"{hook_name(outcome)} never runs: the children of an exported module "
                f"are not called; hook the module"
            )
        return (
            f"{hook_name(outcome)} never runs in what was exported before; register "
            f"it first, or on `module()`"
        )
