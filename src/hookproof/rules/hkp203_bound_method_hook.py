"""HKP203 bound-method-hook."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import UNSCRIPTABLE, VARIABLE, HookSignature, def_location, python_function
from hookproof.worlds.outcome import Outcome


class BoundMethodHook(CallableRule):
    """A bound method cannot be compiled as a hook.

    ## What it does
    Finds bound methods (`self.record`, `recorder.record`, class methods) registered as forward or forward-pre
    hooks on a module that is scripted. Static methods are fine.

    ## Why it breaks
    Torch compiles the function behind the method and counts `self` as a parameter: it finds one too many.
    What the method does with `self` could not be compiled either; this form can never be compiled.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Doubler:
        def double(self, module, input: Tuple[Tensor], output: Tensor) -> Tensor:
            return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(Doubler().double)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    Register a function or a static method.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Doubler:
        @staticmethod
        def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
            return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(Doubler.double)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Hook 'double' on module 'Linear' was expected to only have exactly 3 inputs but it had 4
    inputs`, at `torch.jit.script`.
    """

    code = "HKP203"
    name = "bound-method-hook"
    summary = "A bound method cannot be compiled as a hook"
    fixable = "sometimes"
    experiment = ReducedHook(is_on_any_module=True)
    prediction = Prediction("RuntimeError", r"expected to only have exactly \d inputs but it had \d+ inputs")
    stage = STAGES["parameter count"]
    is_structural = True

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the method's `def`."""
        signature = python_function(outcome)
        if signature is None or signature.hook.form != "bound method" or signature.hook.bound == 0:
            return
        if not signature.stars and len(signature.parameters) == signature.expected_count:
            return
        message = (
            f"bound method `{signature.function.name}` can never be a compiled hook: torch counts `self`; "
            "use a function or static method"
        )
        yield self.finding(outcome, def_location(signature), message, prediction=_predicted(signature))


def _predicted(signature: HookSignature) -> Prediction | None:
    """Return what torch complains about before it counts the parameters, None for nothing."""
    if signature.stars:
        return VARIABLE
    if any(found.type.scriptable is False for found in signature.annotations):
        return UNSCRIPTABLE
    return None
