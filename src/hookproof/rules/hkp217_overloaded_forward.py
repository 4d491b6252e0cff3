"""HKP217 overloaded-forward."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.rule import STAGES
from hookproof.worlds.outcome import Outcome


class OverloadedForward(CallableRule):
    """The hook is on a recurrent layer, whose overloaded `forward` cannot have compiled hooks.

    ## What it does
    Finds forward and forward-pre hooks on `nn.LSTM`, `nn.GRU` and `nn.RNN` that are scripted.

    ## Why it breaks
    These layers have one `forward` for padded and one for packed sequences. TorchScript compiles each under a
    name of its own, then looks for `forward` to compare the hook with, and finds none. No signature helps.

    ## Example
    ```python
    from typing import Optional, Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor, Optional[Tensor]], output: Tuple[Tensor, Tensor]) -> None:
        print(module.hidden_size)


    model = nn.GRU(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    Put the hook on a module that calls the layer.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(2, 2)

        def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
            return self.gru(x)


    def show(module, input: Tuple[Tensor], output: Tuple[Tensor, Tensor]) -> None:
        print(module.gru.hidden_size)


    model = Reader()
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Couldn't find method: 'forward' on class: '__torch__.torch.nn.modules.rnn.GRU …'`, or
    `Can't redefine method: forward__0` where that type is there already, at `torch.jit.script`.
    """

    code = "HKP217"
    name = "overloaded-forward"
    summary = "The hook is on a recurrent layer, whose overloaded `forward` cannot have compiled hooks"
    prediction = Prediction(
        "RuntimeError", r"Couldn't find method: 'forward'|Can't redefine method: forward__"
    )
    stage = STAGES["forward"]
    is_structural = True

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the registration."""
        cls = outcome.module_class
        if cls is None or not outcome.registration.is_forward:
            return
        if cls.is_overloaded:
            message = (
                f"no hook on `{cls.qualname}` can be compiled, its `forward` being overloaded; "
                "put it on the module around it"
            )
            yield self.finding(outcome, outcome.registration.location, message)
