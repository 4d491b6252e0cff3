"""What each kind of expression may stand for. Nothing is ever executed.

An expression that cannot be followed is a fresh unknown object, the same one each time it is reached by the
same path, so that what is done to it adds up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookproof.evaluator.contents import Entries, Items, Key
from hookproof.evaluator.strings import interpolation
from hookproof.interpreter.calls import call
from hookproof.interpreter.choices import evaluate_under, is_class_test
from hookproof.interpreter.conditions import ask, truth, what_it_says
from hookproof.interpreter.domain import Access, Frame, Values, union
from hookproof.interpreter.functions import define
from hookproof.interpreter.loops import comprehension
from hookproof.interpreter.names import lookup
from hookproof.interpreter.operators import concatenated
from hookproof.interpreter.plain import ConstantValue, ContainerValue, entries_of, literal_of, spread_items
from hookproof.interpreter.running import Running
from hookproof.syntax import ir


def _name(run: Running, expr: ir.Name, frame: Frame) -> Values:
    return lookup(run, expr.id, frame)


def _attribute(run: Running, expr: ir.Attribute, frame: Frame) -> Values:
    return run.attribute(run.evaluate(expr.value, frame), expr.attr, Access(expr, frame))


def _subscript(run: Running, expr: ir.Subscript, frame: Frame) -> Values:
    owners = run.evaluate(expr.value, frame)
    if isinstance(expr.index, ir.Opaque) and expr.index.syntax == "slice":
        taken = _slice(run, expr.index, frame)
        parts = union(*(owner.sliced(run, taken) for owner in owners))
        if parts:
            return parts
    return run.subscript(owners, run.evaluate(expr.index, frame), Access(expr.index, frame))


def _slice(run: Running, expr: ir.Opaque, frame: Frame) -> slice | None:
    """Return the slice that is written, None where a bound of it is not known."""
    bounds = [literal_of(run.evaluate(child, frame)) for child in expr.children]
    given = {name: bound for name, bound in zip(expr.texts, bounds, strict=True) if isinstance(bound, int)}
    if len(given) < len(bounds) or given.get("step") == 0:
        return None
    return slice(given.get("start"), given.get("stop"), given.get("step"))


def _constant(run: Running, expr: ir.Constant, frame: Frame) -> Values:
    return (ConstantValue(expr.value),) if expr.value is not None or expr.kind == "None" else ()


def _lambda(run: Running, expr: ir.Lambda, frame: Frame) -> Values:
    return (define(run, expr.function, frame),)


def _walrus(run: Running, expr: ir.Walrus, frame: Frame) -> Values:
    named = run.evaluate(expr.value, frame)
    scope: Frame | None = frame
    while scope is not None:
        scope.locals[expr.target.id], scope = named, scope.around
    return named


def _starred(run: Running, expr: ir.Starred, frame: Frame) -> Values:
    return run.evaluate(expr.value, frame)


def _opaque(run: Running, expr: ir.Opaque, frame: Frame) -> Values:
    values = [run.evaluate(child, frame) for child in expr.children]
    if expr.syntax in {"await", "slice"}:
        return union(*values) if expr.syntax == "await" else ()
    return interpolation(run.containers, expr.texts, values)


# --- displays ------------------------------------------------------------------------------------------


def _sequence(run: Running, expr: ir.Sequence, frame: Frame) -> Values:
    found: list[Values] = []
    is_exact = True
    for item in expr.items:
        values = run.evaluate(item, frame)
        if not isinstance(item, ir.Starred):
            found.append(values)
            continue
        items = spread_items(run, values, len(found))
        is_exact = is_exact and items is not None
        found += [run.elements(values)] if items is None else items
    content = Items(tuple(found)) if is_exact else Items((), True, tuple(found))
    return (ContainerValue(expr.kind, content),)


def _mapping(run: Running, expr: ir.Mapping, frame: Frame) -> Values:
    """Evaluate a dict display; entries under a known key can be found again."""
    known: dict[Key, Values] = {}
    others: list[Values] = []
    is_exact = True
    for key, value in zip(expr.keys, expr.values, strict=True):
        values = run.evaluate(value, frame)
        if key is None:
            spread = entries_of(run, values)
            known |= {} if spread is None else spread.known
            others += [run.elements(values)] if spread is None else spread.others
            is_exact = is_exact and spread is not None and not spread.is_open
            continue
        literal = run.containers.key(run.evaluate(key, frame))
        if literal is not None:
            known[literal.value] = values
        else:
            others.append(values)
            is_exact = False
    return (ContainerValue("dict", Entries(known, not is_exact, tuple(others))),)


# --- operators -----------------------------------------------------------------------------------------


def _operation(run: Running, expr: ir.Operation, frame: Frame) -> Values:
    return _OPERATIONS.get(expr.op, _computation)(run, expr, frame)


def _computation(run: Running, expr: ir.Operation, frame: Frame) -> Values:
    return concatenated(
        run, expr.op, [run.evaluate(operand, frame) for operand in expr.operands], Access(expr, frame)
    )


def _answer(run: Running, expr: ir.Operation, frame: Frame) -> Values:
    """Evaluate `not a` or `a == b`, whose truth may be known."""
    for operand in expr.operands:
        run.evaluate(operand, frame)
    is_true = truth(run, expr, frame)
    return () if is_true is None else (ConstantValue(is_true),)


def _alternatives(run: Running, expr: ir.Operation, frame: Frame) -> Values:
    """Evaluate `a and b` or `a or b`: what follows is reached as the operands before it decide."""
    first, *others = expr.operands
    is_true, value = truth(run, first, frame), run.evaluate(first, frame)
    if is_true is (expr.op == "or"):
        return value
    values, tests = [value] if is_true is None else [], [first]
    for operand in others:
        if is_true is not None and len(tests) == 1:
            values.append(run.evaluate(operand, frame))
            tests.append(operand)
            continue
        joined = tests[0] if len(tests) == 1 else ir.Operation(expr.at, expr.op, tuple(tests))
        test = what_it_says(run, joined, frame)
        test = test if expr.op == "and" else test.negated
        is_exact = is_class_test(joined, test)
        values.append(evaluate_under(run, test, operand, frame, is_exact=is_exact))
        tests.append(operand)
    return union(*values)


def _conditional(run: Running, expr: ir.Conditional, frame: Frame) -> Values:
    """Evaluate `body if test else orelse`, each with what the test guards and refines."""
    is_true = truth(run, expr.test, frame)
    if is_true is not None:
        return run.evaluate(expr.body if is_true else expr.orelse, frame)
    asked, outer = ask(run, expr.test, frame), run.progress.assumed
    told = run.progress.told_before(asked)
    if told is not None:
        return run.evaluate(expr.body if told else expr.orelse, frame)
    test = what_it_says(run, expr.test, frame)
    is_exact = is_class_test(expr.test, test)
    run.progress.assumed = outer if asked is None else (*outer, asked)
    body = evaluate_under(run, test, expr.body, frame, is_exact=is_exact)
    run.progress.assumed = outer if asked is None else (*outer, asked.negated)
    orelse = evaluate_under(run, test.negated, expr.orelse, frame, is_exact=is_exact)
    run.progress.assumed = outer
    return union(body, orelse)


_Row = Callable[[Running, Any, Frame], Values]

_OPERATIONS: dict[str, _Row] = {
    **dict.fromkeys(("and", "or"), _alternatives),
    **dict.fromkeys(("not", "is", "is not", "==", "!=", "in", "not in"), _answer),
}

EXPRESSIONS: dict[type[ir.Expr], _Row] = {
    ir.Name: _name,
    ir.Attribute: _attribute,
    ir.Call: call,
    ir.Constant: _constant,
    ir.Sequence: _sequence,
    ir.Mapping: _mapping,
    ir.Subscript: _subscript,
    ir.Lambda: _lambda,
    ir.Conditional: _conditional,
    ir.Operation: _operation,
    ir.Comprehension: comprehension,
    ir.Walrus: _walrus,
    ir.Starred: _starred,
    ir.Opaque: _opaque,
}
