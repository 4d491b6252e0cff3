"""HKP214 ignored-hook."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import def_location, is_dropped, python_function
from hookproof.worlds.outcome import Outcome


class IgnoredHook(CallableRule):
    """A hook marked `@torch.jit.unused` cannot be compiled.

    ## What it does
    Finds hooks marked `@torch.jit.unused` or `@torch.jit.ignore(drop=True)` on a module that is scripted.

    ## Why it breaks
    Torch replaces the body of such a function and types all its parameters `Any`, but a hook's `input` must
    be a tuple. (A plain `@torch.jit.ignore` on a hook does nothing at all: the hook is compiled like any
    other.)

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    @torch.jit.unused
    def show(module, input: Tuple[Tensor], output: Tensor) -> None:
        print(output.shape)


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    Remove the hook before scripting.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Tensor) -> None:
        print(output.shape)


    model = nn.Linear(2, 2)
    handle = model.register_forward_hook(show)
    handle.remove()
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Hook 'show' on module 'Linear' expected the input argument to be typed as a Tuple but
    found type: 'Any' instead`, at `torch.jit.script`.
    """

    code = "HKP214"
    name = "ignored-hook"
    summary = "A hook marked `@torch.jit.unused` cannot be compiled"
    # Torch stumbles over keyword-only parameters with defaults first, then over the number of parameters.
    experiment = ReducedHook(saves=True)
    prediction = Prediction(
        "Exception",
        r"typed as a Tuple but found type: 'Any'|keyword-only arguments|expected to only have exactly",
    )
    stage = STAGES["input"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = python_function(outcome)
        if signature is not None and is_dropped(signature) and signature.hook.bound == 0:
            name = signature.function.name
            message = f"`{name}` is marked unused, which unties its types; remove the hook before scripting"
            yield self.finding(outcome, def_location(signature), message)
