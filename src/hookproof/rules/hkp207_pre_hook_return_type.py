"""HKP207 pre-hook-return-type."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.result_annotation import allowed_results, result_fix
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import HookSignature, def_location, returns_nothing, typed_function
from hookproof.worlds.outcome import Outcome


class PreHookReturnType(CallableRule):
    """A forward-pre hook has no return annotation, or the wrong one.

    ## What it does
    Finds forward-pre hooks on a module that is scripted whose return annotation is missing, or is neither
    None, nor the tuple of forward's parameter types, nor (with one parameter) that parameter's type.

    ## Why it breaks
    TorchScript does not infer what a forward-pre hook returns; it must know whether it replaces the input.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor]):
        return (input[0] * 2,)


    model = nn.Linear(2, 2)
    model.register_forward_pre_hook(double)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor]) -> Tuple[Tensor]:
        return (input[0] * 2,)


    model = nn.Linear(2, 2)
    model.register_forward_pre_hook(double)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Pre-hook 'double' on module 'Linear' is missing a return annotation. Return annotations are
    required, please add one`, at `torch.jit.script`.
    """

    code = "HKP207"
    name = "pre-hook-return-type"
    summary = "A forward-pre hook has no return annotation, or the wrong one"
    fixable = "sometimes"
    experiment = ReducedHook(keeps=frozenset({"return"}))
    prediction = Prediction("RuntimeError", r"is missing a return annotation|returned the wrong type of")
    stage = STAGES["return"]
    is_annotation_only = True

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = typed_function(outcome)
        if signature is None or not outcome.registration.is_pre:
            return
        wanted = _remedy(signature)
        if signature.returns.expr is None and signature.function.type_comment is None:
            message = f"a compiled pre-hook needs a return annotation; write {wanted}"
            yield self.finding(outcome, def_location(signature), message, fix=result_fix(signature))
        elif _is_wrong(signature):
            message = f"`-> {signature.returns.text}` fits no compiled pre-hook; write {wanted}"
            yield self.finding(outcome, def_location(signature), message, fix=result_fix(signature))


def _remedy(signature: HookSignature) -> str:
    if returns_nothing(signature.function):
        return "`-> None`"
    expected = signature.expected_input
    return f"`-> {expected}`" if expected else "`-> None`, or the tuple of forward's parameter types"


def _is_wrong(signature: HookSignature) -> bool:
    returned = signature.returns.type.name
    if returned is None:
        return signature.returns.bare in {"tuple", "list", "dict"}
    if returned == "NoneType" or signature.expected_input is None or signature.forward_types is None:
        return returned == "Any" and signature.expected_input is not None
    allowed = allowed_results(signature)
    return allowed is not None and returned not in allowed
