"""HKP215 hook-branch-compiled-away."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.predicate import (
    InMode,
    Opposite,
)
from hookproof.evaluator.predicates import Predicates
from hookproof.finding import Finding
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.compiled_body import is_left
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import HookSignature, def_location, typed_function
from hookproof.semantic.effects import is_lasting
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome


class HookBranchCompiledAway(CallableRule):
    """What the hook does stands under `if not torch.jit.is_scripting()`.

    ## What it does
    Finds hooks on a module that is scripted with code for eager mode only and nothing in its place, where
    that code changes the result or something that lives on. Printing, logging and checks do not count.

    ## Why it breaks
    `torch.jit.is_scripting()` is true in compiled code: the branch is left out, and the scripted module
    silently does not do what the eager one does.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        if not torch.jit.is_scripting():
            output = output * 2
        return output


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    x = torch.ones(1, 2)
    eager = model(x)
    scripted = torch.jit.script(model)(x)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    x = torch.ones(1, 2)
    eager = model(x)
    scripted = torch.jit.script(model)(x)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP215"
    name = "hook-branch-compiled-away"
    summary = "What the hook does stands under `if not torch.jit.is_scripting()`"
    severity = "warning"
    outcome = "silent"
    asks = "body"
    experiment = ReducedHook(observes="branch")
    stage = STAGES["body"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = typed_function(outcome)
        if signature is not None and _has_eager_part(signature, signature.function.body):
            name = signature.function.name
            message = (
                f"`{name}` does part of its work in eager mode only; the scripted module silently lacks it"
            )
            yield self.finding(outcome, def_location(signature), message)


def _has_eager_part(signature: HookSignature, body: tuple[ir.Stmt, ...]) -> bool:
    for index, statement in enumerate(body):
        if not isinstance(statement, ir.If):
            continue
        mode = _mode(signature, statement.test)
        # `if not scripting: return …` with a rest is a choice between two bodies.
        other = statement.orelse or (body[index + 1 :] if is_left(statement.body) else ())
        eager, compiled = (statement.body, other) if mode == "eager" else (other, statement.body)
        if mode is not None and not _works(compiled) and is_lasting(eager, signature.function):
            return True
    return False


def _mode(signature: HookSignature, test: ir.Expr) -> str | None:
    match Predicates(signature.project, signature.scope).read(test):
        case InMode(is_scripting=True):
            return "scripting"
        case Opposite(operand=InMode(is_scripting=True)):
            return "eager"
    return None


def _works(body: tuple[ir.Stmt, ...]) -> bool:
    """Tell whether statements were written to take the other branch's place: not `pass` or a bare return."""
    for statement in body:
        match statement:
            case ir.Jump(kind="pass") | ir.Expression(value=ir.Constant()) | ir.Return(value=None):
                continue
            case ir.Return(value=ir.Constant(kind="None")) | ir.Return(value=ir.Name()):
                continue
            case ir.Assert() | ir.Import():
                continue
        return True
    return False
