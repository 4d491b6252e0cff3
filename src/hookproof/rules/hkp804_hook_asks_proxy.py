"""HKP804 hook-asks-proxy."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import ASKED_UNDER_FX
from hookproof.worlds.outcome import Outcome

_SAID = {
    "goes through a proxy": Prediction("TraceError", r"Proxy object cannot be iterated"),
    "asks a proxy for its length": Prediction("RuntimeError", r"'len' is not supported in symbolic tracing"),
    "makes a number of a proxy": Prediction("TypeError", r"argument must be .*not '(Proxy|Attribute)'"),
    "counts up to a proxy": Prediction(
        "TypeError", r"'(Proxy|Attribute)' object cannot be interpreted as an integer"
    ),
    "formats a proxy": Prediction("TypeError", r"unsupported format string passed to (Proxy|Attribute)"),
    "sets an item of a proxy": Prediction(
        "TypeError", r"'(Proxy|Attribute)' object does not support item assignment"
    ),
    "hooks a proxy": Prediction("NotImplementedError", r"argument of type: <class '(function|method)'>"),
    "makes an array of a proxy": Prediction("ValueError", r"invalid __array_struct__"),
}


class HookAsksProxy(EventRule):
    """A hook asks a proxy for what only a tensor has.

    ## What it does
    Finds forward and forward-pre hooks on an inlined part of a module that is traced by `torch.fx`, which
    branch on what they are handed or on its shape, go through it, ask for its length, make a number or an
    array of it, or set its items.

    ## Why it breaks
    fx hands the hook a `Proxy` in place of each tensor, which knows no numbers and no shape. What would need
    them can't go on.

    ## Example
    ```python
    import torch
    from torch import nn


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def stop_at_nan(module, input, output):
        if torch.isnan(output).any():
            raise ValueError("not a number")


    model = nn.Sequential(Block())
    model[0].register_forward_hook(stop_at_nan)
    torch.fx.symbolic_trace(model)
    ```

    ## Use instead
    Leave it out while tracing, or take the hook off before.

    ```python
    import torch
    from torch import nn


    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)


    def stop_at_nan(module, input, output):
        if isinstance(output, torch.fx.Proxy):
            return
        if torch.isnan(output).any():
            raise ValueError("not a number")


    model = nn.Sequential(Block())
    model[0].register_forward_hook(stop_at_nan)
    torch.fx.symbolic_trace(model)
    ```

    ## What torch says
    `TraceError: symbolically traced variables cannot be used as inputs to control flow`, `TraceError: Proxy
    object cannot be iterated`, `TypeError: float() argument must be a string or a real number, not 'Proxy'`,
    `RuntimeError: 'len' is not supported in symbolic tracing by default`, and the like.
    """

    code = "HKP804"
    name = "hook-asks-proxy"
    summary = "A hook asks a proxy for what only a tensor has"
    worlds = frozenset({"fx"})
    since = "1.8"  # `torch.fx.symbolic_trace` came with it
    experiment = Program(life_cycle=ASKED_UNDER_FX, is_at_line=True)
    prediction = Prediction("TraceError", r"symbolically traced variables cannot be used")
    event = "branches on a proxy"
    variants = tuple(_SAID)

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what torch or Python says where it is no branch."""
        return _SAID.get(outcome.event or "")

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} asks a proxy for what only a tensor has; leave that out for a "
            f"`torch.fx.Proxy`"
        )
