"""HKP206 hook-output-type."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hookproof.finding import Evidence, Finding, Fix, Prediction
from hookproof.interpreter.values import Hook
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.hook_result import may_change_forward, result_type
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import HookSignature, def_location, typed_function
from hookproof.worlds.outcome import Outcome


class HookOutputType(CallableRule):
    """The hook's `output` is not what it receives: forward's result, or that of the hook before it.

    ## What it does
    Compares the annotation of a forward hook's third parameter (Tensor where there is none) with forward's
    return type, or with what the previous hook on the same module returns.

    ## Why it breaks
    TorchScript chains hooks by type, and takes a hook that returns None literally: the next hook's `output`
    is then typed None. So a forward hook that returns nothing can only be the last one of its module.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Split(nn.Module):
        def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
            return x, x


    def show(module, input: Tuple[Tensor], output) -> None:
        print(len(output))


    model = Split()
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Split(nn.Module):
        def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
            return x, x


    def show(module, input: Tuple[Tensor], output: Tuple[Tensor, Tensor]) -> None:
        print(len(output))


    model = Split()
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Hook 'show' on module 'Split' has the wrong type for the output argument. Received type:
    'Tensor'. Expected type: 'Tuple[Tensor, Tensor]'`, at `torch.jit.script`.
    """

    code = "HKP206"
    name = "hook-output-type"
    summary = "The hook's `output` is not forward's return type, or that of the hook before it"
    fixable = "sometimes"
    experiment = ReducedHook(
        keeps=frozenset({"output", "return"}), names="earlier hook", involves_other_hooks=True
    )
    prediction = Prediction("RuntimeError", r"has the wrong type for the output argument")
    stage = STAGES["input"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = typed_function(outcome)
        if signature is None or outcome.registration.is_pre:
            return
        for previous in signature.previous or (None,):
            wanted = _passed_on(signature, previous)
            found = signature.output.type.name or signature.output.bare
            if wanted is None or found is None or wanted == found or "__torch__" in wanted:
                continue
            is_one_of_several = len(signature.previous) > 1 and outcome.confidence == "certain"
            evidence: tuple[Evidence, ...] = ()
            if previous is not None:
                evidence = (previous.definition.evidence("the hook that runs before it"),)
            yield self.finding(
                replace(outcome, confidence="likely") if is_one_of_several else outcome,
                def_location(signature),
                _message(signature, previous, wanted),
                fix=_fix(signature, wanted),
                evidence=evidence,
                expression=previous.reference.name if previous is not None else None,
            )
            return


def _passed_on(signature: HookSignature, previous: Hook | None) -> str | None:
    """Return the type that the hook receives; what the one before returns may have to be told by its body."""
    if previous is None and may_change_forward(signature.outcome):
        return None
    known = signature.expected_output(previous).name
    if known is None and previous is not None and previous.function is not signature.function:
        known = result_type(previous, signature.project).name
    return known


def _message(signature: HookSignature, previous: Hook | None, wanted: str) -> str:
    name, written = signature.parameters[2].name, signature.output.text
    if previous is not None and wanted == "NoneType":
        return (
            f"the hook before, `{previous.reference.name}`, returns None, which TorchScript passes on as "
            f"`{name}`; end it with `return output`"
        )
    problem = f"`{name}: {written}`" if written else f"`{name}` without annotation (a Tensor to TorchScript)"
    source = f"what `{previous.reference.name}` returns before" if previous else "what forward returns"
    return f"{problem} is not {source}; write `{name}: {wanted}`"


def _fix(signature: HookSignature, wanted: str) -> Fix | None:
    return None if signature.previous else signature.annotated(signature.parameters[2], wanted)
