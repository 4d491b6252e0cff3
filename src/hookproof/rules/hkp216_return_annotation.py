"""HKP216 return-annotation."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.modules.module_class import AttributeFact
from hookproof.outcomes.uses import uses_of
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.compiled_body import falls_off, visit_body
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.hook_result import may_change_parts, value_type
from hookproof.rules.result_annotation import result_fix
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import HookSignature, def_location, typed_function
from hookproof.rules.use_rule import fact_of
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type
from hookproof.torch_types.operations import NUMBER
from hookproof.worlds.outcome import Outcome


class ReturnAnnotation(CallableRule):
    """The hook does not return what its return annotation says.

    ## What it does
    Finds compiled hooks that are annotated to return a value and have a way to their end without `return`,
    and `return` statements whose value is certainly of another type: None, a tuple, the hook's own `output`
    or `input[0]`, a parameter of the module, what a function of torch returns.

    ## Why it breaks
    Python does not look at return annotations; TorchScript compiles the function to that type. Even under
    `-> Optional[Tensor]` it wants a `return` on every path.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        print(output.shape)


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        print(output.shape)
        return output


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Function was not annotated as having type None, but does not return along all paths`, or
    `Return value was annotated as having type Tensor but is actually of type NoneType`, at
    `torch.jit.script`.
    """

    code = "HKP216"
    name = "return-annotation"
    summary = "The hook does not return what its return annotation says"
    fixable = "sometimes"
    experiment = ReducedHook(keeps=frozenset({"return"}), keeps_body=True)
    prediction = Prediction("RuntimeError", r"does not return along all paths|Return value was annotated as")
    stage = STAGES["body"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield a finding at each wrong `return`, or at the `def` where one is missing."""
        signature = typed_function(outcome)
        if signature is None or signature.returns.expr is None or signature.returns.type.name is None:
            return
        annotated, text = signature.returns.type.name, signature.returns.text
        if annotated != "NoneType" and falls_off(signature.function.body):
            message = f"the hook is annotated `-> {text}` but may end without `return`"
            predicted = Prediction("RuntimeError", "does not return along all paths")
            yield self.finding(
                outcome, def_location(signature), message, prediction=predicted, fix=result_fix(signature)
            )
            return
        for visit in visit_body(signature.function):
            if not isinstance(visit.node, ir.Return) or not visit.certain:
                continue
            returned = _kind(signature, visit.node.value)
            if returned is not None and not _fits(returned, annotated):
                location = Location(signature.scope.file, visit.node.at)
                message = f"this returns {returned}, but the hook is annotated `-> {text}`"
                yield self.finding(outcome, location, message, fix=result_fix(signature))


def _kind(signature: HookSignature, value: ir.Expr | None) -> str | None:
    """Return what a `return` gives where that is plain: None, a tuple, a Tensor, a number."""
    if isinstance(value, ir.Sequence) and value.kind == "tuple":
        return "a tuple"
    found = value_type(value, signature.function, signature.scope, signature.project).name
    return _KINDS.get(found or "") or (_of_module(signature, value) if value is not None else None)


_LITERALS = {"int": "an int", "float": "a float", "bool": "a bool", "str": "a string"}
_KINDS = {"Tensor": "a Tensor", "NoneType": "None", NUMBER: "a number", **_LITERALS}


def _of_module(signature: HookSignature, value: ir.Expr) -> str | None:
    """Return what an attribute of the hooked module is, or what its method or child returns."""
    used = [t for t in uses_of(signature.outcome) if (t.call if t.kind == "call" else t.node) is value]
    if len(used) != 1 or used[0].name is None or used[0].helpers:
        return None
    fact = fact_of(used[0])
    if fact is None or used[0].kind not in {"call", "read"}:
        return None
    if used[0].kind == "call":
        return _KINDS.get(_result(signature, fact) or "")
    return "a Tensor" if fact.kind in {"parameter", "buffer"} and fact.type.name == "Tensor" else None


def _result(signature: HookSignature, fact: AttributeFact) -> str | None:
    """Return the type of what a method or a child of the module returns."""
    if fact.kind == "submodule":
        if may_change_parts(signature.outcome):
            return None
        forward = fact.module_class.forward if fact.module_class is not None else None
        return None if forward is None else forward.returns.name
    if fact.function is None or fact.jit == "unused" or fact.function.function.returns is None:
        return None
    return annotation_type(fact.function.function.returns, fact.function.scope, signature.project).name


def _fits(returned: str, annotated: str) -> bool:
    """Return whether a value may have the annotated type; types that are not plain take anything."""
    if returned == "None":
        return annotated != "Tensor" and not annotated.startswith(("Tuple[", "List[", "Dict["))
    if returned in _LITERALS.values():
        return annotated not in {"Tensor", "NoneType", "Optional[Tensor]"} and not annotated.startswith(
            ("Tuple[", "List[", "Dict[")
        )
    if returned == "a number":
        return annotated in {"number", "Any"} or annotated.startswith("Union[")
    if returned == "a tuple":
        return annotated not in {"Tensor", "NoneType", "Optional[Tensor]"}
    return annotated != "NoneType" and not annotated.startswith(("Tuple[", "List[", "Dict["))
