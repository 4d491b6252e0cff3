"""HKP201 lambda-hook."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.worlds.outcome import Outcome


class LambdaHook(CallableRule):
    """A lambda cannot be compiled as a hook.

    ## What it does
    Finds lambdas registered as forward or forward-pre hooks on a module that is scripted.

    ## Why it breaks
    `torch.jit.script` compiles hooks from their source and accepts nothing but a `def`. Annotations cannot
    fix a lambda: this form can never be compiled.

    ## Example
    ```python
    import torch
    from torch import nn


    model = nn.Linear(2, 2)
    model.register_forward_hook(lambda module, input, output: output * 2)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Expected a single top-level function`, at `torch.jit.script`.
    """

    code = "HKP201"
    name = "lambda-hook"
    summary = "A lambda cannot be compiled as a hook"
    fixable = "sometimes"
    experiment = ReducedHook(is_on_any_module=True)
    prediction = Prediction(
        # Until torch 1.12 the same check fails before it can say so.
        "Exception",
        r"Expected a single top-level function|variable 'idx' referenced before assignment"
        # What stands on the lambda's line need not be Python by itself.
        r"|expected an indented block|unexpected indent|invalid syntax|unmatched|was never closed",
    )
    stage = STAGES["source"]
    is_structural = True

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the lambda."""
        hook = outcome.hook
        if outcome.world != "compiled" or outcome.event is not None or not outcome.registration.is_forward:
            return
        if hook is None or hook.function is None or hook.form == "partial":
            return
        if hook.function.name == "<lambda>":
            message = "a lambda can never be a compiled hook; write a `def` with annotated parameters"
            yield self.finding(outcome, hook.definition, message)
