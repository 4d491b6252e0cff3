"""HKP609 hook-unread-by-strict-export."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import UNREAD_BY_STRICT_EXPORT
from hookproof.worlds.outcome import Outcome


class HookUnreadByStrictExport(EventRule):
    """A hook does what `torch.export.export(strict=True)` can't read.

    ## What it does
    Finds forward and forward-pre hooks on a module that is exported with `strict=True`, which ask for the
    time or a random number, open a file, save a tensor, or register a hook on one.

    ## Why it breaks
    With `strict=True` the model is not run but read by dynamo, hooks included. What can't be part of a
    graph, and is no plain Python, makes it stop.

    ## Example
    ```python
    import time

    import torch
    from torch import nn

    times = []


    def note(module, input, output):
        times.append(time.perf_counter())


    model = nn.Sequential(nn.Linear(2, 2))
    model[0].register_forward_hook(note)
    torch.export.export(model, (torch.ones(1, 2),), strict=True)
    ```

    ## Use instead
    Leave it out while exporting, or take the hook off before.

    ```python
    import time

    import torch
    from torch import nn

    times = []


    def note(module, input, output):
        if not torch.compiler.is_exporting():
            times.append(time.perf_counter())


    model = nn.Sequential(nn.Linear(2, 2))
    model[0].register_forward_hook(note)
    torch.export.export(model, (torch.ones(1, 2),), strict=True)
    ```

    ## What torch says
    `Unsupported: Attempted to call function marked as skipped`, or another reason.
    """

    code = "HKP609"
    name = "hook-unread-by-strict-export"
    summary = "A hook does what `torch.export.export(strict=True)` can't read"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    experiment = Program(life_cycle=UNREAD_BY_STRICT_EXPORT, goes_through_entry=True)
    prediction = Prediction(
        "Unsupported", r"marked as skipped|Failed to trace|Unsupported method|Unsafe side effect|retain_grad"
    )
    event = "asks what strict export does not read"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} does what `strict=True` can't read; leave it out if "
            f"`torch.compiler.is_exporting()`"
        )
