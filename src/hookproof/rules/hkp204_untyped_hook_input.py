"""HKP204 untyped-hook-input."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import def_location, is_open_tuple, typed_function
from hookproof.worlds.outcome import Outcome

_SHORT = 20


class UntypedHookInput(CallableRule):
    """The hook's `input` is not typed as a tuple.

    ## What it does
    Finds forward and forward-pre hooks on a module that is scripted whose second parameter has no
    annotation, or one that leaves the tuple open: `Any`, `tuple`, `Tuple[Tensor, ...]`. Only annotations
    are missing.

    ## Why it breaks
    TorchScript takes a parameter without annotation for a Tensor, while a hook receives the tuple of
    forward's arguments. It wants `Tuple[...]` of exactly forward's parameter types, those with defaults
    included.

    ## Example
    ```python
    import torch
    from torch import nn


    def double(module, input, output):
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor], output):
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Hook 'double' on module 'Linear' expected the input argument to be typed as a Tuple but
    found type: 'Tensor' instead`, at `torch.jit.script`.
    """

    code = "HKP204"
    name = "untyped-hook-input"
    summary = "The hook's `input` is not typed as a tuple"
    fixable = "sometimes"
    experiment = ReducedHook(keeps=frozenset({"input", "output", "return"}))
    prediction = Prediction(
        "RuntimeError",
        r"expected the input argument to be typed as a Tuple|Expression of type dots|"
        r"Tuple without a contained type",
    )
    stage = STAGES["input"]
    is_annotation_only = True

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = typed_function(outcome)
        if signature is None or not is_open_tuple(signature.input):
            return
        name, written = signature.parameters[1].name, signature.input.text
        wanted = signature.expected_input
        remedy = f"write `{name}: {wanted}`" if wanted else f"write `{name}: Tuple[…]` of forward's types"
        message = f"{_problem(name, written)}; {remedy}"
        # Torch reads every type expression before it looks for a tuple.
        is_refused = signature.input.type.scriptable is False and signature.input.bare is None
        stage = "annotations" if is_refused else "input"
        fix = signature.annotated(signature.parameters[1], wanted)
        yield self.finding(outcome, def_location(signature), message, fix=fix, stage=STAGES[stage])


def _problem(name: str, written: str) -> str:
    if not written:
        return f"`{name}` is not annotated"
    return f"`{name}: {written}` is too open" if len(written) <= _SHORT else f"`{name}` is typed too openly"
