"""HKP210 unscriptable-annotation."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import (
    UNSCRIPTABLE,
    Annotation,
    HookSignature,
    compiled_function,
    def_location,
    is_open_tuple,
)
from hookproof.torch_types.annotations import ANY_LENGTH, QUOTED
from hookproof.worlds.outcome import Outcome

_REMEDIES = {ANY_LENGTH: "give the tuple a fixed length", QUOTED: "take the quotes off"}


class UnscriptableAnnotation(CallableRule):
    """An annotation of the hook has no TorchScript type.

    ## What it does
    Finds annotations of a compiled hook's parameters and result that TorchScript does not know: `Sequence`,
    `Callable`, `object`, module classes, tuples of any length, and quotes around more than names and
    brackets (`"Tensor | None"`, `"None"`). The first parameter's annotation is ignored
    by torch and by this rule.

    ## Why it breaks
    Every annotation of a compiled function is resolved to a TorchScript type.

    ## Example
    ```python
    from typing import Sequence, Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Sequence[Tensor]) -> None:
        print(len(output))


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Tensor) -> None:
        print(len(output))


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Unknown type constructor Sequence`, at `torch.jit.script`.
    """

    code = "HKP210"
    name = "unscriptable-annotation"
    summary = "An annotation of the hook has no TorchScript type"
    experiment = ReducedHook(keeps=frozenset({"input", "output", "return", "extra"}), is_on_any_module=True)
    prediction = UNSCRIPTABLE
    stage = STAGES["annotations"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def` for the first such annotation, the others as evidence."""
        signature = compiled_function(outcome)
        if signature is None or signature.hook.bound or signature.stars:
            return
        found = [
            (annotation, where)
            for where, annotation in _annotations(signature)
            if annotation.type.scriptable is False and annotation.bare not in {"tuple", "list", "dict"}
        ]
        if found:
            (first, where), *others = found
            remedy = _REMEDIES.get(first.type.reason or "", "annotate with a type TorchScript knows")
            message = f"`{first.text}` of {where} is no TorchScript type; {remedy}"
            evidence = [
                def_location(signature).evidence(f"`{other.text}` of {where} too") for other, where in others
            ]
            yield self.finding(outcome, def_location(signature), message, evidence=evidence)


def _annotations(signature: HookSignature) -> Iterator[tuple[str, Annotation]]:
    for parameter, annotation in zip(signature.parameters[1:], signature.annotations, strict=True):
        # An open tuple as `input` is said to be missing its types (untyped-hook-input).
        is_input = signature.is_well_formed and parameter is signature.parameters[1]
        if not (is_input and is_open_tuple(annotation)):
            yield f"`{parameter.name}`", annotation
    yield "the result", signature.returns
