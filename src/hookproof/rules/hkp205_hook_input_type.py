"""HKP205 hook-input-type."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import HookSignature, def_location, inner_types, is_open_tuple, typed_function
from hookproof.worlds.outcome import Outcome


class HookInputType(CallableRule):
    """The hook's `input` is not the tuple of forward's parameter types.

    ## What it does
    Compares the annotation of a hook's second parameter with the parameters of the forward of the module
    that it is registered on.

    ## Why it breaks
    TorchScript wants `Tuple[...]` of exactly forward's parameter types in order, those with defaults
    included.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Scale(nn.Module):
        def forward(self, x: Tensor, factor: float = 2.0) -> Tensor:
            return x * factor


    def show(module, input: Tuple[Tensor], output: Tensor) -> None:
        print(input[0].shape)


    model = Scale()
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Scale(nn.Module):
        def forward(self, x: Tensor, factor: float = 2.0) -> Tensor:
            return x * factor


    def show(module, input: Tuple[Tensor, float], output: Tensor) -> None:
        print(input[0].shape)


    model = Scale()
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Hook 'show' on module 'Scale' has the wrong number of contained types for the input
    argument's Tuple. Received type: 'Tuple[Tensor]'`, at `torch.jit.script`.
    """

    code = "HKP205"
    name = "hook-input-type"
    summary = "The hook's `input` is not the tuple of forward's parameter types"
    fixable = "sometimes"
    experiment = ReducedHook(keeps=frozenset({"input"}))
    prediction = Prediction(
        "RuntimeError",
        r"has the wrong (inner types|number of contained types) for the input"
        r"|expected the input argument to be typed as a Tuple",
    )
    stage = STAGES["input"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = typed_function(outcome)
        if signature is None or is_open_tuple(signature.input) or not _is_wrong(signature):
            return
        name, written = signature.parameters[1].name, signature.input.text
        wanted = signature.expected_input
        remedy = f"write `{wanted}`" if wanted else "write `Tuple[…]` of forward's parameter types"
        message = f"`{name}: {written}` is not the tuple of forward's parameter types; {remedy}"
        fix = signature.annotated(signature.parameters[1], wanted)
        yield self.finding(outcome, def_location(signature), message, fix=fix)


def _is_wrong(signature: HookSignature) -> bool:
    received, expected = signature.input.type.name, signature.forward_types
    if received is None:
        return signature.input.type.scriptable is False and signature.input.bare in {"list", "dict"}
    if not received.startswith("Tuple["):
        return True
    if expected is None:
        return False
    inner = inner_types(received)
    if len(inner) != len(expected):
        return True
    return any(
        found.name is not None and found.name != name for name, found in zip(inner, expected, strict=True)
    )
