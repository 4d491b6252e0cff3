"""HKP208 hook-parameter-count."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import UNSCRIPTABLE, HookSignature, compiled_function, def_location
from hookproof.worlds.outcome import Outcome


class HookParameterCount(CallableRule):
    """The hook does not have exactly the parameters that TorchScript passes.

    ## What it does
    Counts the parameters of hooks on a module that is scripted: a forward hook must have three, a forward-pre
    hook two. Parameters with defaults count, and so does the `kwargs` of a `with_kwargs=True` hook.

    ## Why it breaks
    Compiled hooks know neither defaults nor keyword arguments: a hook that needs more can never be compiled.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def scale(module, input: Tuple[Tensor], output: Tensor, factor: float = 2.0) -> Tensor:
        return output * factor


    model = nn.Linear(2, 2)
    model.register_forward_hook(scale)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        factor = 2.0
        return output * factor


    model = nn.Linear(2, 2)
    model.register_forward_hook(scale)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Hook 'scale' on module 'Linear' was expected to only have exactly 3 inputs but it had 4
    inputs`, at `torch.jit.script`.
    """

    code = "HKP208"
    name = "hook-parameter-count"
    summary = "The hook does not have exactly the parameters that TorchScript passes"
    experiment = ReducedHook(keeps=frozenset({"extra"}), is_on_any_module=True)
    prediction = Prediction("RuntimeError", r"expected to only have exactly \d inputs but it had \d+ inputs")
    stage = STAGES["parameter count"]
    is_structural = True

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = compiled_function(outcome)
        if signature is None or signature.hook.bound or signature.stars:
            return
        count, wanted = len(signature.parameters), signature.expected_count
        has_hidden = count < len(signature.function.parameters)
        if count == wanted and not has_hidden:
            return
        name = signature.function.name
        if has_hidden:
            message = f"`{name}` has positional-only parameters, which TorchScript does not see; drop the `/`"
        elif "with_kwargs" in outcome.registration.options and count == wanted + 1:
            message = f"`{name}` takes `kwargs`, which a compiled hook never gets; it has {wanted} parameters"
        else:
            kind = "pre-hook" if outcome.registration.is_pre else "hook"
            message = (
                f"`{name}` has {count} parameters, a compiled {kind} has exactly {wanted}, defaults or not"
            )
        yield self.finding(outcome, def_location(signature), message, prediction=_predicted(signature))


def _predicted(signature: HookSignature) -> Prediction | None:
    """Return what torch complains of instead of the count, None where it is the count."""
    if any(found.type.scriptable is False for found in signature.annotations):
        return UNSCRIPTABLE
    if len(signature.parameters) == signature.expected_count:
        return Prediction("RuntimeError", r"typed as a Tuple|for the input|for the output|return annotation")
    return None
