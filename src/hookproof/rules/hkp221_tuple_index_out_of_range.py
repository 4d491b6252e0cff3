"""HKP221 tuple-index-out-of-range."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from hookproof.evaluator.spelling import spell
from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.compiled_body import visit_body
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import HookSignature, inner_types, typed_function
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome

_MAX_ALIASES = 4


class TupleIndexOutOfRange(CallableRule):
    """The hook takes more of a tuple than there is.

    ## What it does
    Finds `input[1]` where forward has one parameter, `x, y = input` with the wrong number of names, and the
    same for an `output` that is a tuple.

    ## Why it breaks
    TorchScript knows how long a tuple is and compiles every branch of the hook, those under
    `if len(input) > 1` included.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Tensor):
        if len(input) > 1:
            print(input[1].shape)


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Tensor):
        print(input[0].shape)


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Tuple index out of range. Tuple is length 1 and index is 1`, or `need 2 values to unpack
    but found only 1`, at `torch.jit.script`.
    """

    code = "HKP221"
    name = "tuple-index-out-of-range"
    summary = "The hook takes more of its input or output than there is"
    experiment = ReducedHook(is_at_line=True, keeps_body=True)
    prediction = Prediction("RuntimeError", r"Tuple index out of range|values to unpack")
    stage = STAGES["body"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield a finding for each index, or list of names, that does not fit."""
        signature = typed_function(outcome)
        if signature is None:
            return
        tuples = _Tuples(signature)
        for visit in visit_body(signature.function):
            if not visit.certain:
                continue
            match visit.node:
                case ir.Subscript(value=value, index=index, at=at):
                    inner, position = tuples.inner(value), _integer(index)
                    if inner is None or position is None or -len(inner) <= position < len(inner):
                        continue
                    what = f"index {position} is past the end of"
                case ir.Assign(targets=(ir.Sequence(items=names),), value=ir.Name(at=at) as value):
                    inner = tuples.inner(value)
                    is_starred = any(isinstance(name, ir.Starred) for name in names)
                    if inner is None or is_starred or len(names) == len(inner):
                        continue
                    what = f"{len(names)} names are given to"
                case _:
                    continue
            spelled = spell(value)
            message = f"{what} `{spelled}`, which has length {len(inner)} here"
            yield self.finding(outcome, Location(signature.scope.file, at), message, expression=spelled)


class _Tuples(Struct, frozen=True):
    """The tuples of known length in a hook: its parameters, other names of theirs, and what they hold."""

    signature: HookSignature

    def inner(self, expr: ir.Expr, hops: int = _MAX_ALIASES) -> list[str] | None:
        """Return the types in the tuple that an expression is, None where it may be none."""
        found = self._type(expr, hops)
        is_tuple = found is not None and found.startswith("Tuple[") and found.endswith("]")
        return inner_types(found) if found is not None and is_tuple else None

    def _type(self, expr: ir.Expr | None, hops: int) -> str | None:
        match expr:
            case ir.Name(id=name):
                return self._named(name, hops)
            case ir.Subscript(value=value, index=index):
                inner, position = self.inner(value, hops), _integer(index)
                if inner is not None and position is not None and -len(inner) <= position < len(inner):
                    return inner[position]
        return None

    def _named(self, name: str, hops: int) -> str | None:
        bound = function_bindings(self.signature.function).get(name, ())
        match bound:
            case (ir.Parameter() as parameter,):
                for own, annotation in zip(
                    self.signature.parameters[1:], self.signature.annotations, strict=False
                ):
                    if own is parameter:
                        return annotation.type.name
            case (ir.Assign(targets=(ir.Name(),), value=value),) if hops > 0:
                return self._type(value, hops - 1)
        return None


def _integer(expr: ir.Expr) -> int | None:
    match expr:
        case ir.Constant(kind="int", value=int() as value):
            return value
        case ir.Operation(op="-", operands=(ir.Constant(kind="int", value=int() as value),)):
            return -value
    return None
