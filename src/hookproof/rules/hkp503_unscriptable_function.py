"""HKP503 unscriptable-function."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.types import assigned_type
from hookproof.facts.types import TorchType
from hookproof.finding import Finding, Prediction
from hookproof.rules.compiled_body import visit_body
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.refused_functions import Refusals, annotated, refused_call
from hookproof.rules.rule import STAGES, Rule
from hookproof.rules.signature import HookSignature, compiled_function
from hookproof.semantic.location import Location
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome


class UnscriptableFunction(Rule):
    """A compiled hook calls a function that does not compile.

    ## What it does
    Finds calls of the project's own functions, in compiled hooks, that hold something which TorchScript
    refuses: what HKP501 finds in a hook (`try`, inner functions, formats in f-strings, `np.array`), `*args`,
    keyword-only parameters with defaults, or a parameter without annotation whose default, or what the hook
    gives for it, is no Tensor. So do functions that these call.

    ## Why it breaks
    A function that a compiled hook calls is compiled too, and what that calls, in whatever file it stands.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def report(output: Tensor, scale=100.0) -> None:
        print(float(output.mean()) * scale)


    def hook(module, input: Tuple[Tensor], output: Tensor) -> None:
        report(output)


    model = nn.Linear(2, 2)
    model.register_forward_hook(hook)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    Annotate what is no Tensor, write the function in TorchScript's subset, or leave it in Python with
    `@torch.jit.ignore`.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def report(output: Tensor, scale: float = 100.0) -> None:
        print(float(output.mean()) * scale)


    def hook(module, input: Tuple[Tensor], output: Tensor) -> None:
        report(output)


    model = nn.Linear(2, 2)
    model.register_forward_hook(hook)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    That of the construct, for the line in the function: `UnsupportedNodeError: try blocks aren't supported`,
    `RuntimeError: Expected a default value of type Tensor (inferred) on parameter "scale"`.
    """

    code = "HKP503"
    name = "unscriptable-function"
    summary = "A compiled hook calls a function that does not compile"
    fixable = "sometimes"
    worlds = frozenset({"compiled"})
    asks = "body"
    experiment = ReducedHook(is_at_line=True, ends_in_callee=True)
    prediction = Prediction(
        "Exception",
        r"aren't supported|n't support|variable number of arguments|Expected a default value of type",
    )
    stage = STAGES["body"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield a finding at each call of such a function."""
        signature = compiled_function(outcome)
        if signature is None or signature.hook.bound:
            return
        refusals = Refusals(outcome.project)
        inside = Scope(signature.scope.file, (*signature.scope.functions, signature.function))

        def type_of(expr: ir.Expr) -> TorchType:
            return assigned_type(expr, outcome.project, inside)

        for visit in visit_body(signature.function):
            if not visit.certain or not isinstance(visit.node, ir.Call):
                continue
            called = refusals.called(visit.node, signature.scope)
            if called is None:
                continue
            refused = refusals.within(called)
            if refused is None and not _gets_module(visit.node, signature):  # of which HKP311 tells
                refused = refused_call(called, visit.node, type_of=type_of)
            if refused is None:
                continue
            yield self.finding(
                outcome,
                Location(signature.scope.file, visit.node.at),
                f"`{called.name}` {refused.says(called)}{refused.refusal.remedy}",
                evidence=(refused.function.location.evidence("defined here"),),
                prediction=refused.refusal.prediction,
                refused=refused.refusal.refused,
                fix=annotated(refused, visit.node),
            )


def _gets_module(call: ir.Call, signature: HookSignature) -> bool:
    """Return whether a call hands the hooked module itself on."""
    names = {argument.value.id for argument in call.args if isinstance(argument.value, ir.Name)}
    return bool(signature.function.parameters) and signature.function.parameters[0].name in names
