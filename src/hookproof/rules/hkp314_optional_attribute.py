"""HKP314 optional-attribute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.modules.module_class import ModuleClass
from hookproof.rules.compiled_body import is_decided, parents_in, visit_body
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.use_rule import CompiledUseRule, defined
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome

_VALUES = frozenset({"float", "int"})
_TAKES_NONE = frozenset({"is", "is not", "in", "not in"})


class OptionalAttribute(CompiledUseRule):
    """A compiled hook computes with an attribute that may be None, tested or not.

    ## What it does
    Finds uses of attributes of a type `Optional[…]` that need the value inside: in arithmetic and
    comparisons, as a condition, with an index, in a loop, with an attribute or method, in `+=`, and in
    `float(…)` and the like.

    ## Why it breaks
    `if module.last is not None` tells TorchScript nothing about `module.last` in the lines below: an
    attribute could be another one by then. It does know a local variable after such a test.

    ## Example
    ```python
    from typing import Optional, Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        last: Optional[Tensor]

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.last = None

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def smooth(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        if module.last is not None:
            output = (output + module.last) / 2
        module.last = output
        return output


    net = Net()
    net.register_forward_hook(smooth)
    scripted = torch.jit.script(net)
    ```

    ## Use instead
    ```python
    from typing import Optional, Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        last: Optional[Tensor]

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.last = None

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def smooth(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        last = module.last
        if last is not None:
            output = (output + last) / 2
        module.last = output
        return output


    net = Net()
    net.register_forward_hook(smooth)
    scripted = torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: Arguments for call are not valid`, `'Optional[Tensor]' object has no attribute or method
    'mean'`, `is not subscriptable`, `Could not cast value of type Optional[float] to bool`.
    """

    code = "HKP314"
    name = "optional-attribute"
    summary = "A compiled hook computes with an attribute that may be None"
    experiment = ReducedHook(is_at_line=True, keeps_body=True)
    prediction = Prediction(
        "RuntimeError",
        r"Arguments for call are not valid|Could not cast value of type Optional"
        r"|'Optional\[.*' object (has no attribute|is not (subscriptable|iterable))",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        function = outcome.hook.function if outcome.hook is not None else None
        if function is None or use.node is None or use.operation != "attribute" or use.owner is None:
            return
        type_name = _optional(use.owner, use.name)
        is_read = use.kind == "read" and _needs_value(use.node, function)
        if type_name is None or not (is_read or (use.kind == "write" and use.is_augmented)):
            return
        if _is_compiled(use.node, function, use.owner):
            yield self.finding(
                outcome,
                use.location,
                f"`{use.text}` is `{type_name}` in compiled code, tested or not; test and use a local copy",
                attribute=use.text,
                evidence=defined(use),
                expression=use.text,
            )


def _optional(owner: ModuleClass, name: str | None) -> str | None:
    """Return the `Optional[…]` type that an attribute has in compiled code, None where it has another."""
    fact = owner.attribute(name) if name is not None else None
    found = fact.compiled_type.name if fact is not None else None
    return found if found is not None and found.startswith("Optional[") else None


def _needs_value(node: ir.Expr, function: ir.Function) -> bool:
    """Return whether what an expression stands in works on a value only, not on None."""
    parents = parents_in(function)
    match parents.get(id(node)):
        case ir.Operation(op="not" | "and" | "or"):
            return _is_asked(node, parents)
        case ir.Operation(op=op, operands=operands):
            return op not in _TAKES_NONE and not any(_is_none(operand) for operand in operands)
        case ir.Attribute() | ir.If() | ir.While() | ir.Assert():
            return True
        case ir.Subscript(value=value):
            return value is node
        case ir.Conditional(test=test):
            return test is node
        case ir.For(iter=iterated):
            return iterated is node
        case ir.Argument() as argument:
            call = parents.get(id(argument))
            return isinstance(call, ir.Call) and isinstance(call.func, ir.Name) and call.func.id in _VALUES
    return False


def _is_asked(node: object, parents: Mapping[int, object]) -> bool:
    """Return whether a statement's condition hangs on a node; HKP304 tells of values of `and` and `or`."""
    while isinstance(parent := parents.get(id(node)), ir.Operation) and parent.op in {"not", "and", "or"}:
        node = parent
    return isinstance(parent, (ir.If, ir.While, ir.Assert))


def _is_compiled(node: ir.Expr, function: ir.Function, owner: ModuleClass) -> bool:
    """Return whether torch certainly compiles a place: what decides it at most is such a test for None."""
    seen = [visit for visit in visit_body(function) if visit.node is node]
    return any(visit.certain for visit in seen) or all(
        _stays_open(test, owner) for visit in visit_body(function) if (test := _test(visit.node)) is not None
    )


def _test(node: object) -> ir.Expr | None:
    match node:
        case ir.If(test=test) | ir.Conditional(test=test):
            return test
        case ir.Operation(op="and" | "or"):
            return node
    return None


def _stays_open(test: ir.Expr, owner: ModuleClass) -> bool:
    """Return whether torch leaves a condition for when the code runs."""
    match test:
        case ir.Operation(op="not" | "and" | "or", operands=operands):
            return all(_stays_open(operand, owner) for operand in operands)
        case ir.Operation(op="is" | "is not", operands=(ir.Attribute(value=ir.Name(), attr=attr), other)):
            return _is_none(other) and _optional(owner, attr) is not None
    return not is_decided(test)


def _is_none(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Constant) and expr.kind == "None"
