"""Operators, comparisons and conditions, and what they come to where that is known."""

from __future__ import annotations

from hookproof.evaluator import strings
from hookproof.evaluator.contents import Items
from hookproof.evaluator.domain import Access, Evaluator, Frame, Value
from hookproof.evaluator.guard_words import UNREACHED, Test, as_operand
from hookproof.evaluator.guards import read_test
from hookproof.evaluator.literals import COMPARISONS, compared
from hookproof.evaluator.made_containers import MAX_ITEMS, ContainerValue, new_dict, new_list, texts_in
from hookproof.evaluator.objects import ObjectValue
from hookproof.evaluator.tracked import ModuleValue
from hookproof.evaluator.values import (
    Const,
    Flag,
    FunctionValue,
    TupleValue,
    in_python,
    in_python_items,
    truth_of,
)
from hookproof.semantic.bindings import expression_names
from hookproof.syntax import ir

_CONTAINERS = (ContainerValue, TupleValue)


def entries(run: Evaluator, value: Value | None) -> list[tuple[Value | None, Value | None]]:
    """Return what `**value` puts into a dict; an unknown key may stand for any before it."""
    content = value.entries(run) if isinstance(value, ContainerValue) else None
    if content is None or content.is_open:
        return [(None, None)]
    return [(Const(key), in_python(found)) for key, found in content.known.items()]


def condition(run: Evaluator, expr: ir.Expr, frame: Frame) -> Test:
    """Evaluate a condition: record what it does to the module, and return what it says."""
    value = run.evaluate(expr, frame)
    if value is not None:
        value.used(run, Access(expr, frame, operation="truth"))
    truth = truth_of(value)
    if truth is None:
        _forget_tested(run, expr, frame)
    found = read_test(run, expr, frame, truth)
    return Test(value.yes, value.no) if isinstance(value, Flag) and not found.both else found


def _forget_tested(run: Evaluator, expr: ir.Expr, frame: Frame) -> None:
    """Give up the literals that a condition asks about: it leaves open which get to what follows."""
    for name in expression_names(expr):
        if isinstance(run.state.names.get((frame, name)), Const):
            run.state.names[frame, name] = None


def logic(run: Evaluator, expr: ir.Operation, frame: Frame) -> Value | None:
    """`and`, `or`: each operand stands under what those before it say."""
    is_or, outer, conditions = expr.op == "or", run.guards, frame.conditions
    candidates: list[Value | None] = []
    is_decided = False
    for operand in expr.operands:
        value = run.evaluate(operand, frame)
        if value is not None:
            value.used(run, Access(operand, frame, operation="truth"))
        truth = truth_of(value)
        if truth is None:
            _forget_tested(run, operand, frame)
        test = read_test(run, operand, frame, truth)
        said = test.no if is_or else test.yes
        run.guards |= as_operand(said - UNREACHED) | (said & UNREACHED)
        if not is_decided and (truth is not (not is_or) or operand is expr.operands[-1]):
            candidates.append(value)
        is_decided = is_decided or truth is is_or
        frame.conditions += truth is None
    run.guards, frame.conditions = outer, conditions
    if is_or and isinstance(candidates[0], ModuleValue):
        return candidates[0].in_python()
    only = candidates[0] if len(candidates) == 1 else None
    return in_python(only)


def operation(run: Evaluator, expr: ir.Operation, frame: Frame) -> Value | None:
    """Evaluate an operation: what it does to the module and what it comes to."""
    if expr.op in {"and", "or"}:
        return logic(run, expr, frame)
    if expr.op == "not":
        value = run.evaluate(expr.operands[0], frame)
        if value is not None:
            value.used(run, Access(expr.operands[0], frame, operation="truth"))
        truth = truth_of(value)
        if truth is None:
            _forget_tested(run, expr.operands[0], frame)
        if isinstance(value, Flag):
            return Flag(value.no, value.yes)
        return None if truth is None else Const(not truth)
    outer, values = run.guards, list[Value | None]()
    for operand in expr.operands:
        value = run.evaluate(operand, frame)
        values.append(value)
        if value is not None:
            value.operand(run, operand, expr, frame)
    run.guards = outer
    if len(values) != 2:
        return _negative(expr, values)
    return computed(run, expr, values[0], values[1], frame)


def _negative(expr: ir.Operation, values: list[Value | None]) -> Value | None:
    only = values[0] if len(values) == 1 and isinstance(values[0], Const) else None
    is_number = only is not None and isinstance(only.value, int) and not isinstance(only.value, bool)
    return Const(-only.value) if only is not None and is_number and expr.op == "-" else None  # type: ignore[operator]


def computed(
    run: Evaluator, expr: ir.Operation, left: Value | None, right: Value | None, frame: Frame
) -> Value | None:
    """Return what an operator with two operands gives."""
    match expr.op:
        case op if isinstance(left, Const) and isinstance(right, Const) and op in COMPARISONS:
            found = compared(op, left.value, right.value)
            return None if found is None else Const(found)
        case "*":
            return _repeated(run, left, right)
        case "is" | "is not":
            found = _is_none(left, right)
            return None if found is None else Const(found == (expr.op == "is"))
        case "in" | "not in":
            found = _is_in(run, left, right, Access(expr.operands[1], frame))
            return None if found is None else Const(found == (expr.op == "in"))
        case "|" if _is_dict(left) and _is_dict(right):
            return new_dict(run, [*entries(run, left), *entries(run, right)])
        case "+" | "|" if isinstance(left, _CONTAINERS) and isinstance(right, _CONTAINERS):
            return _joined(run, left, right, Access(expr, frame))
        case "+" | "-" | "%":
            return strings.computed(run.containers, expr.op, left, right)
    return None


def _repeated(run: Evaluator, left: Value | None, right: Value | None) -> Value | None:
    content = left.items(run) if isinstance(left, ContainerValue) else None
    times = right.value if isinstance(right, Const) and isinstance(right.value, int) else None
    if content is None or content.is_open or times is None or times > MAX_ITEMS:
        return None
    return new_list(run, Items(content.items * times))


def _is_dict(value: Value | None) -> bool:
    return isinstance(value, ContainerValue) and value.kind == "dict"


def _joined(run: Evaluator, left: Value, right: Value, access: Access) -> Value | None:
    one, two = left.iterate(run, access), right.iterate(run, access)
    if one is None or two is None or one.is_open:
        return None
    content = in_python_items(one.extended(two))
    return TupleValue(content) if isinstance(left, TupleValue) else new_list(run, content)


def _is_none(left: Value | None, right: Value | None) -> bool | None:
    """Return whether a value is None that is compared with it, None where that is not known."""
    if not isinstance(right, Const) or right.value is not None:
        return None
    is_something = isinstance(left, (*_CONTAINERS, ObjectValue, FunctionValue))
    is_hooked = isinstance(left, ModuleValue) and not left.path
    return False if is_something or is_hooked else None


def _is_in(run: Evaluator, left: Value | None, right: Value | None, access: Access) -> bool | None:
    if not isinstance(left, Const):
        return None
    if isinstance(right, Const):
        return left.text in right.text if left.text is not None and right.text is not None else None
    if isinstance(right, TupleValue) or (isinstance(right, ContainerValue) and right.kind != "iterator"):
        known = texts_in(right.iterate(run, access))
        return None if known is None else left.text in known
    return None
