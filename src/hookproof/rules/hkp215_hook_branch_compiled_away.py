"""HKP215 hook-branch-compiled-away."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hookproof.finding import Finding
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.eager_parts import eager_parts
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import def_location, typed_function
from hookproof.worlds.outcome import Outcome


class HookBranchCompiledAway(CallableRule):
    """What the hook does stands under `if not torch.jit.is_scripting()`.

    ## What it does
    Finds hooks on a module that is scripted with code for eager mode only and nothing in its place, where
    that code changes the result or something that lives on. Printing, logging and checks do not count.

    ## Why it breaks
    `torch.jit.is_scripting()` is true in compiled code: the branch is left out, and the scripted module
    silently does not do what the eager one does.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        if not torch.jit.is_scripting():
            output = output * 2
        return output


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    x = torch.ones(1, 2)
    eager = model(x)
    scripted = torch.jit.script(model)(x)
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
    x = torch.ones(1, 2)
    eager = model(x)
    scripted = torch.jit.script(model)(x)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP215"
    name = "hook-branch-compiled-away"
    summary = "What the hook does stands under `if not torch.jit.is_scripting()`"
    severity = "warning"
    outcome = "silent"
    asks = "body"
    experiment = ReducedHook(observes="branch")
    stage = STAGES["body"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = typed_function(outcome)
        parts = list(eager_parts(signature)) if signature is not None else []
        if signature is None or not parts:
            return
        message = (
            f"`{signature.function.name}` does part of its work in eager mode only; "
            "the scripted module silently lacks it"
        )
        if outcome.confidence == "certain" and not any(part.is_sure for part in parts):
            outcome = replace(outcome, confidence="likely")
        asked = [part.location.evidence("compiled code answers this otherwise") for part in parts]
        yield self.finding(outcome, def_location(signature), message, evidence=asked)
