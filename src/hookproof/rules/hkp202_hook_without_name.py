"""HKP202 hook-without-name."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.worlds.outcome import Outcome


class HookWithoutName(CallableRule):
    """A partial or callable object cannot be compiled as a hook.

    ## What it does
    Finds `functools.partial` objects and instances with `__call__` (modules too) that are registered as
    forward or forward-pre hooks on a module that is scripted, and functions that a decorator makes into such
    an object: `@torch.jit.script`, `@functools.cache`, `@staticmethod` outside of a class.

    ## Why it breaks
    `torch.jit.script` looks up a hook's `__name__` and its globals, then its source. Only a Python function
    has them: this form can never be compiled.

    ## Example
    ```python
    import functools

    import torch
    from torch import nn


    def scale(module, input, output, factor):
        return output * factor


    model = nn.Linear(2, 2)
    model.register_forward_hook(functools.partial(scale, factor=2.0))
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    Write a function, and keep what it needs as an attribute of the module.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = 2.0

        def forward(self, x: Tensor) -> Tensor:
            return x


    def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * module.factor


    model = Scaled()
    model.register_forward_hook(scale)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `AttributeError: 'functools.partial' object has no attribute '__name__'`, at `torch.jit.script`.
    """

    code = "HKP202"
    name = "hook-without-name"
    summary = "A partial or callable object cannot be compiled as a hook"
    fixable = "sometimes"
    experiment = ReducedHook(is_on_any_module=True, is_value=True, involves_other_hooks=True)
    prediction = Prediction(
        "AttributeError", r"'(?!torch\._C|type')[\w.]+' (object )?has no attribute '__(name|globals)__'"
    )
    stage = STAGES["name"]
    is_structural = True

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the callable of the registration."""
        hook = outcome.hook
        if outcome.world != "compiled" or outcome.event is not None or not outcome.registration.is_forward:
            return
        if hook is not None and hook.form in {"partial", "callable object"}:
            what = "a partial" if hook.form == "partial" else "a callable object"
            message = f"{what} can never be a compiled hook: it has no `__name__`; register a plain function"
            yield self.finding(outcome, hook.location, message)
