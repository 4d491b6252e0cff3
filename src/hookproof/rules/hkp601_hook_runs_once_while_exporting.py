"""HKP601 hook-runs-once-while-exporting."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import BEFORE_EXPORT
from hookproof.worlds.outcome import Outcome


class HookRunsOnceWhileExporting(EventRule):
    """A hook with side effects runs once while exporting and never again.

    ## What it does
    Finds forward and forward-pre hooks on a module, or a child of it, that is exported while they are
    in place, where the hook does something other than change tensors: it prints, counts, appends or
    assigns.

    ## Why it breaks
    `torch.export.export` runs the model once, hooks included, and keeps the tensor operations. What a
    hook does to its output is part of the exported module; what it does in Python happens while
    exporting and never when that is called.

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
    model.register_forward_hook(count)
    exported = torch.export.export(model, (torch.ones(1, 2),)).module()
    eager = count_calls(model)
    scripted = count_calls(exported)
    ```

    ## Use instead
    Register on the module that `module()` gives, or return what the hook keeps from `forward`.

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
    exported.register_forward_hook(count)
    model.register_forward_hook(count)
    eager = count_calls(model)
    scripted = count_calls(exported)
    ```

    ## What torch says
    Nothing: the exported module runs without the hook's Python side.
    """

    code = "HKP601"
    name = "hook-runs-once-while-exporting"
    summary = "A hook with side effects runs once while exporting and never again"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    outcome = "silent"
    experiment = Program(life_cycle=BEFORE_EXPORT, observes="program")
    event = "runs once while exporting"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} runs once, while exporting, and never in the "
            f"exported module; register it on that"
        )
