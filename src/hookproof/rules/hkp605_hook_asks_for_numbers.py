"""HKP605 hook-asks-for-numbers."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import ASKED_WHILE_EXPORTING
from hookproof.worlds.outcome import Outcome

_SAID = {
    "asks for an array while exporting": Prediction(
        "RuntimeError", r"\.numpy\(\) is not supported for tensor subclasses"
    ),
    "branches while exporting strictly": Prediction("Unsupported", r"Data-dependent branching"),
    "compares a number while exporting strictly": Prediction(
        "UserError", r"Could not guard on data-dependent expression"
    ),
    "formats a number while exporting": Prediction(
        "TypeError", r"unsupported format string passed to (FakeTensor|SymFloat)"
    ),
    "branches while exporting to onnx": Prediction("TorchExportError", r"Failed to export the model"),
}


class HookAsksForNumbers(EventRule):
    """A hook on an exported module asks for the numbers of a tensor.

    ## What it does
    Finds forward and forward-pre hooks on a module that is exported, which branch on a tensor, make a
    Python number of it with `float`, `int` or `bool`, compare such a number in `max`, `min` or `sorted`, or
    call `numpy()`.

    ## Why it breaks
    `torch.export.export` runs the model on fake tensors, which have no numbers. What would need one
    can't go on.

    ## Example
    ```python
    import torch
    from torch import nn


    def stop_at_nan(module, input, output):
        if torch.isnan(output).any():
            raise ValueError("not a number")


    model = nn.Sequential(nn.Linear(2, 2))
    model.register_forward_hook(stop_at_nan)
    torch.export.export(model, (torch.ones(1, 2),))
    ```

    ## Use instead
    Leave it out while exporting, or take the hook off before.

    ```python
    import torch
    from torch import nn


    def stop_at_nan(module, input, output):
        if torch.compiler.is_exporting():
            return
        if torch.isnan(output).any():
            raise ValueError("not a number")


    model = nn.Sequential(nn.Linear(2, 2))
    model.register_forward_hook(stop_at_nan)
    torch.export.export(model, (torch.ones(1, 2),))
    ```

    ## What torch says
    `GuardOnDataDependentSymNode: Could not guard on data-dependent expression`, of `numpy()`
    `RuntimeError: .numpy() is not supported for tensor subclasses.`, with `strict=True` `Unsupported:
    Data-dependent branching` or, where a number was read out first, `UserError`. An `assert` on such a number
    passes, with `strict=True` one on a tensor too.
    """

    code = "HKP605"
    name = "hook-asks-for-numbers"
    summary = "A hook on an exported module asks for the numbers of a tensor"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    experiment = Program(life_cycle=ASKED_WHILE_EXPORTING, is_at_line=True)
    prediction = Prediction(
        "GuardOnDataDependentSymNode",
        r"Could not (guard on|extract specialized integer from) data-dependent expression",
    )
    event = "asks for a number while exporting"
    variants = tuple(_SAID)

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what torch says of arrays, and what dynamo does."""
        return _SAID.get(outcome.event or "")

    def refused_for(self, outcome: Outcome) -> str | None:
        """Return what passes where an export is strict, as it was by default until torch 2.6."""
        call = outcome.entry.call if outcome.entry is not None else None
        if call is None or any(argument.keyword == "strict" for argument in call.args):
            return None
        location = outcome.location or outcome.registration.location
        line, column, _, _ = location.range
        text = location.file.text.splitlines()[line - 1]
        if text.lstrip().startswith("assert "):
            return "assert in export"
        return "int in export" if text.startswith("int(", column - 1) else None

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} asks for a number of a fake tensor while "
            f"exporting; leave it out if `torch.compiler.is_exporting()`"
        )
