"""What each kind of expression does to the module, and what it stands for."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeGuard

from msgspec.structs import replace

from hookproof.interpreter.hook_bodies import strings
from hookproof.interpreter.hook_bodies.containers import (
    DictValue,
    ListValue,
    new_dict,
    new_list,
    texts_in,
)
from hookproof.interpreter.hook_bodies.domain import (
    Access,
    Evaluator,
    Frame,
    FunctionValue,
    Items,
    Test,
    Value,
    Written,
    agreed,
)
from hookproof.interpreter.hook_bodies.functions import arguments
from hookproof.interpreter.hook_bodies.guards import (
    UNREACHED,
    Guards,
    as_operand,
    is_captured,
    is_unreached,
)
from hookproof.interpreter.hook_bodies.objects import ObjectValue
from hookproof.interpreter.hook_bodies.spelling import operand_use
from hookproof.interpreter.hook_bodies.tracked import ModuleValue, as_alike, as_value
from hookproof.interpreter.hook_bodies.values import Const, TupleValue, in_python, in_python_items, truth_of
from hookproof.semantic.bindings import names_in
from hookproof.semantic.expressions import is_super
from hookproof.syntax import ir

_SEQUENCES = (ListValue, TupleValue)
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}

# --- names, attributes, calls ------------------------------------------------------------------------


def _name(run: Evaluator, expr: ir.Name, frame: Frame) -> Value | None:
    return run.lookup(expr.id, frame)


def _attribute(run: Evaluator, expr: ir.Attribute, frame: Frame) -> Value | None:
    base = run.evaluate(expr.value, frame)
    return None if base is None else base.get(run, expr.attr, Access(expr, frame))


def _call(run: Evaluator, expr: ir.Call, frame: Frame) -> Value | None:
    receiver: Value | None = None
    if isinstance(expr.func, ir.Attribute):
        receiver = _receiver(run, expr.func.value, frame)
        access = Access(expr.func, frame, "call", "attribute", expr)
        callee = None if receiver is None else receiver.get(run, expr.func.attr, access)
    else:
        callee = run.evaluate(expr.func, frame)
    return run.call(callee, arguments(run, expr, frame), receiver)


def _receiver(run: Evaluator, expr: ir.Expr, frame: Frame) -> Value | None:
    is_own = isinstance(expr, ir.Call) and is_super(expr) and not expr.args
    return _super(run, frame) if is_own else run.evaluate(expr, frame)


def _super(run: Evaluator, frame: Frame) -> Value | None:
    """Return `super()` in a method."""
    method: Frame | None = frame
    while method is not None and (method.owner is None or method.function is None):
        method = method.parent
    if method is None or method.function is None or not method.function.parameters:
        return None
    instance = run.lookup(method.function.parameters[0].name, method)
    return replace(instance, after=method.owner) if isinstance(instance, ObjectValue) else None


def _subscript(run: Evaluator, expr: ir.Subscript, frame: Frame) -> Value | None:
    base = run.evaluate(expr.value, frame)
    key = index(run, expr, base, frame)
    return None if base is None else base.item(run, key, Access(expr, frame))


def index(run: Evaluator, expr: ir.Subscript, base: Value | None, frame: Frame) -> Value | None:
    """Evaluate an index, and record a module that is one."""
    key = run.evaluate(expr.index, frame)
    if key is not None:
        operation = "key" if isinstance(base, DictValue) else "identity"
        key.used(run, Access(expr.index, frame, operation=operation))
    return key


# --- displays ----------------------------------------------------------------------------------------


def _constant(run: Evaluator, expr: ir.Constant, frame: Frame) -> Value | None:
    return Const(expr.value) if expr.value is not None or expr.kind == "None" else None


def _stored(run: Evaluator, expr: ir.Expr, frame: Frame) -> Value | None:
    """Evaluate what a display keeps."""
    value = run.evaluate(expr, frame)
    if value is not None:
        value.used(run, Access(expr, frame, operation="identity"))
    return value


def _sequence(run: Evaluator, expr: ir.Sequence, frame: Frame) -> Value | None:
    if any(isinstance(item, ir.Starred) for item in expr.items):
        content = _unpacked(run, expr, frame)
    else:
        values = tuple(_stored(run, item, frame) for item in expr.items)
        is_tuple = expr.kind == "tuple"
        content = Items(tuple(map(as_value, values)) if is_tuple else as_alike(run, values))
    if expr.kind == "tuple":
        return TupleValue(content)
    return new_list(run, content, "list" if expr.kind == "list" else "set")


def _unpacked(run: Evaluator, expr: ir.Sequence, frame: Frame) -> Items:
    """Return what a display with unpacked items has, as far as its positions are known."""
    found: list[Value | None] = []
    is_open = False
    for item in expr.items:
        if not isinstance(item, ir.Starred):
            found += [] if is_open else [_stored(run, item, frame)]
            continue
        value = run.evaluate(item.value, frame)
        content = None if value is None else value.iterate(run, Access(item.value, frame))
        found += content.items if content is not None and not is_open else ()
        is_open = is_open or content is None or content.is_open
    return in_python_items(Items(tuple(found), is_open))


def _mapping(run: Evaluator, expr: ir.Mapping, frame: Frame) -> Value | None:
    pairs: list[tuple[Value | None, Value | None]] = []
    for key_expr, value_expr in zip(expr.keys, expr.values, strict=True):
        if key_expr is None:
            pairs += _entries(run, run.evaluate(value_expr, frame))
            continue
        key = run.evaluate(key_expr, frame)
        if key is not None:
            key.used(run, Access(key_expr, frame, operation="key"))
        pairs.append((key, _stored(run, value_expr, frame)))
    return new_dict(run, pairs)


def _entries(run: Evaluator, value: Value | None) -> list[tuple[Value | None, Value | None]]:
    """Return what `**value` puts into a dict; an unknown key may stand for any before it."""
    content = value.content(run) if isinstance(value, DictValue) else None
    if content is None or content.is_open:
        return [(None, None)]
    return [(Const(key), in_python(found)) for key, found in content.known.items()]


def _lambda(run: Evaluator, expr: ir.Lambda, frame: Frame) -> Value | None:
    return run.define(expr.function, frame)


# --- conditions --------------------------------------------------------------------------------------


def condition(run: Evaluator, expr: ir.Expr, frame: Frame) -> Test:
    """Evaluate a condition: record what it does to the module, and return what it says."""
    value = run.evaluate(expr, frame)
    if value is not None:
        value.used(run, Access(expr, frame, operation="truth"))
    truth = truth_of(value)
    if truth is None:
        _forget_tested(run, expr, frame)
    return run.read_test(expr, frame, truth)


def _forget_tested(run: Evaluator, expr: ir.Expr, frame: Frame) -> None:
    """Give up the literals that a condition asks about: it leaves open which get to what follows."""
    for name in names_in(expr):
        if isinstance(run.state.names.get((frame, name)), Const):
            run.state.names[frame, name] = None


def _conditional(run: Evaluator, expr: ir.Conditional, frame: Frame) -> Value | None:
    test = condition(run, expr.test, frame)
    with run.under(test.yes):
        found = run.evaluate(expr.body, frame)
    with run.under(test.no):
        other = run.evaluate(expr.orelse, frame)
    if found != other and is_unreached(test.both):
        return in_python(other if is_unreached(test.yes) else found)
    return as_value(found if found == other else None)


def _logic(run: Evaluator, expr: ir.Operation, frame: Frame) -> Value | None:
    """`and`, `or`: each operand stands under what those before it say."""
    is_or, outer = expr.op == "or", run.guards
    candidates: list[Value | None] = []
    is_decided = False
    for operand in expr.operands:
        value = run.evaluate(operand, frame)
        if value is not None:
            value.used(run, Access(operand, frame, operation="truth"))
        truth = truth_of(value)
        if truth is None:
            _forget_tested(run, operand, frame)
        test = run.read_test(operand, frame, truth)
        said = test.no if is_or else test.yes
        run.guards |= as_operand(said - UNREACHED) | (said & UNREACHED)
        if not is_decided and (truth is not (not is_or) or operand is expr.operands[-1]):
            candidates.append(value)
        is_decided = is_decided or truth is is_or
    run.guards = outer
    if is_or and isinstance(candidates[0], ModuleValue):
        return candidates[0].in_python()
    only = candidates[0] if len(candidates) == 1 else None
    return in_python(only)


def _operation(run: Evaluator, expr: ir.Operation, frame: Frame) -> Value | None:
    if expr.op in {"and", "or"}:
        return _logic(run, expr, frame)
    if expr.op == "not":
        value = run.evaluate(expr.operands[0], frame)
        if value is not None:
            value.used(run, Access(expr.operands[0], frame, operation="truth"))
        truth = truth_of(value)
        if truth is None:
            _forget_tested(run, expr.operands[0], frame)
        return None if truth is None else Const(not truth)
    outer, values = run.guards, list[Value | None]()
    for operand in expr.operands:
        value = run.evaluate(operand, frame)
        values.append(value)
        if isinstance(value, ModuleValue):
            run.guards |= _refused_before(run, expr, frame)
            run.record(value, Access(operand, frame, operation=operand_use(expr, operand)))
    run.guards = outer
    if len(values) != 2:
        return _negative(expr, values)
    return computed(run, expr, values[0], values[1], frame)


def _negative(expr: ir.Operation, values: list[Value | None]) -> Value | None:
    only = values[0] if len(values) == 1 and isinstance(values[0], Const) else None
    is_number = only is not None and isinstance(only.value, int) and not isinstance(only.value, bool)
    return Const(-only.value) if only is not None and is_number and expr.op == "-" else None  # type: ignore[operator]


def _refused_before(run: Evaluator, expr: ir.Operation, frame: Frame) -> Guards:
    """Return the guard of an operator that compiled code never comes to: it refuses an operand first."""
    captured = (is_captured(run.project, frame.scope, part) for part in expr.operands)
    return frozenset({"python"}) if any(captured) else frozenset()


def computed(
    run: Evaluator, expr: ir.Operation, left: Value | None, right: Value | None, frame: Frame
) -> Value | None:
    """Return what an operator with two operands gives."""
    match expr.op:
        case "+" | "-" | "<" | ">" | "<=" | ">=" if _is_number(left) and _is_number(right):
            return Const(_ARITHMETIC[expr.op](left.value, right.value))
        case "*" if isinstance(left, ListValue) and isinstance(right, Const) and isinstance(right.value, int):
            content = left.content(run)
            is_known = content is not None and not content.is_open
            return (
                new_list(run, Items(content.items * right.value))
                if content is not None and is_known
                else None
            )
        case "==" | "!=" if isinstance(left, Const) and isinstance(right, Const):
            return Const((left.value == right.value) == (expr.op == "=="))
        case "is" | "is not":
            found = _is_none(left, right)
            return None if found is None else Const(found == (expr.op == "is"))
        case "in" | "not in":
            found = _is_in(run, left, right, Access(expr.operands[1], frame))
            return None if found is None else Const(found == (expr.op == "in"))
        case "+" | "|" if isinstance(left, _SEQUENCES) and isinstance(right, _SEQUENCES):
            return _joined(run, left, right, Access(expr, frame))
        case "|" if isinstance(left, DictValue) and isinstance(right, DictValue):
            return new_dict(run, [*_entries(run, left), *_entries(run, right)])
        case "+" | "%":
            return strings.computed(run, expr.op, left, right)
    return None


def _joined(run: Evaluator, left: Value, right: Value, access: Access) -> Value | None:
    one, two = left.iterate(run, access), right.iterate(run, access)
    if one is None or two is None or one.is_open:
        return None
    content = in_python_items(Items((*one.items, *two.items), two.is_open, two.each))
    return TupleValue(content) if isinstance(left, TupleValue) else new_list(run, content)


def _is_number(value: Value | None) -> TypeGuard[Const]:
    return isinstance(value, Const) and isinstance(value.value, (int, float))


def _is_none(left: Value | None, right: Value | None) -> bool | None:
    """Tell whether a value is None that is compared with it, None where that is not known."""
    if not isinstance(right, Const) or right.value is not None:
        return None
    if isinstance(left, Const):
        return left.value is None
    is_something = isinstance(left, (TupleValue, ListValue, DictValue, ObjectValue, FunctionValue))
    is_hooked = isinstance(left, ModuleValue) and not left.path
    return False if is_something or is_hooked else None


def _is_in(run: Evaluator, left: Value | None, right: Value | None, access: Access) -> bool | None:
    if not isinstance(left, Const):
        return None
    if isinstance(right, Const):
        return left.text in right.text if left.text is not None and right.text is not None else None
    if isinstance(right, (TupleValue, ListValue)) and not (
        isinstance(right, ListValue) and right.kind == "iterator"
    ):
        known = texts_in(right.iterate(run, access))
        return None if known is None else left.text in known
    return None


# --- comprehensions ----------------------------------------------------------------------------------


def _comprehension(run: Evaluator, expr: ir.Comprehension, frame: Frame) -> Value | None:
    inner = Frame(frame.scope, frame, None, frame.owner)
    turns, found = run.turns, list[list[Value | None]]()
    is_exact = _clauses(run, expr, 0, inner, found)
    run.turns = turns
    if expr.kind == "dict":
        if not is_exact:
            return None
        return new_dict(run, [(key, in_python(value)) for key, value in found])
    values = tuple(in_python(values[0]) for values in found)
    content = Items(values) if is_exact else Items((), True, agreed(values) if values else None)
    if expr.kind != "generator":
        return new_list(run, content, expr.kind)
    sources = [run.peek(clause.iter, frame) for clause in expr.clauses[:1]]
    return run.derive(new_list(run, content, "iterator"), sources)


def _clauses(
    run: Evaluator, expr: ir.Comprehension, position: int, inner: Frame, found: list[list[Value | None]]
) -> bool:
    """Evaluate what stands behind the first clauses, once for each item; tell whether all are known."""
    if position == len(expr.clauses):
        found.append([_stored(run, element, inner) for element in expr.elements])
        return True
    clause, outer, turns = expr.clauses[position], run.guards, run.turns
    value = run.evaluate(clause.iter, inner)
    content = None if value is None else value.iterate(run, Access(clause.iter, inner))
    items, is_exact = run.turns_of(content)
    for item in items:
        run.bind(clause.target, item, Written(clause.target, clause.target, inner))
        is_reached = True
        for test_expr in clause.conditions:
            test = condition(run, test_expr, inner)
            run.guards |= test.yes
            is_reached = is_reached and not is_unreached(test.yes)
            is_exact = is_exact and is_unreached(test.both)
        count = len(found)
        is_exact = _clauses(run, expr, position + 1, inner, found) and is_exact
        if not is_reached:
            del found[count:]
        run.guards = outer
    run.turns = turns
    return is_exact


# --- others ------------------------------------------------------------------------------------------


def _walrus(run: Evaluator, expr: ir.Walrus, frame: Frame) -> Value | None:
    value = run.evaluate(expr.value, frame)
    home = frame
    while home.function is None and home.parent is not None:
        home = home.parent
    run.state.names[home.shared.get(expr.target.id, home), expr.target.id] = value
    return value


def _starred(run: Evaluator, expr: ir.Starred, frame: Frame) -> Value | None:
    return run.evaluate(expr.value, frame)


def _opaque(run: Evaluator, expr: ir.Opaque, frame: Frame) -> Value | None:
    values = [run.evaluate(child, frame) for child in expr.children]
    if expr.syntax == "await":
        return values[0]
    if expr.syntax in {"yield", "yield from"}:
        _yielded(run, expr, values[0] if values else Const(None), frame)
        return None
    return strings.interpolation(expr.texts, values)


def _yielded(run: Evaluator, expr: ir.Opaque, value: Value | None, frame: Frame) -> None:
    if expr.syntax == "yield from":
        content = None if value is None else value.iterate(run, Access(expr.children[0], frame))
        items = content.items if content is not None and not content.is_open else ()
        frame.yielded += [(item, frame.conditions == 0) for item in items]
        if content is None or content.is_open:
            frame.yielded.append((None if content is None else content.any(), False))
        return
    frame.yielded.append((value, frame.conditions == 0))
    if frame.on_yield is not None:
        resume, frame.on_yield = frame.on_yield, None
        resume(in_python(value))


EXPRESSIONS: dict[type[ir.Expr], Callable[[Evaluator, Any, Frame], Value | None]] = {
    ir.Name: _name,
    ir.Attribute: _attribute,
    ir.Call: _call,
    ir.Constant: _constant,
    ir.Sequence: _sequence,
    ir.Mapping: _mapping,
    ir.Subscript: _subscript,
    ir.Lambda: _lambda,
    ir.Conditional: _conditional,
    ir.Operation: _operation,
    ir.Comprehension: _comprehension,
    ir.Walrus: _walrus,
    ir.Starred: _starred,
    ir.Opaque: _opaque,
}
