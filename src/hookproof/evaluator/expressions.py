"""What each kind of expression does to the module, and what it stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookproof.evaluator import strings
from hookproof.evaluator.contents import Items
from hookproof.evaluator.domain import Access, Evaluator, Frame, Value, Written, agreed
from hookproof.evaluator.functions import arguments
from hookproof.evaluator.guard_words import is_unreached
from hookproof.evaluator.made_containers import ContainerValue, as_alike, new_dict, new_list
from hookproof.evaluator.operators import condition, entries, operation
from hookproof.evaluator.tracked import as_value, guarded
from hookproof.evaluator.values import Const, TupleValue, in_python, in_python_items
from hookproof.semantic.expressions import is_super
from hookproof.syntax import ir

# --- names, attributes, calls ------------------------------------------------------------------------


def _name(run: Evaluator, expr: ir.Name, frame: Frame) -> Value | None:
    return run.lookup(expr.id, frame)


def _attribute(run: Evaluator, expr: ir.Attribute, frame: Frame) -> Value | None:
    base = run.evaluate(expr.value, frame)
    return None if base is None else base.get(run, expr.attr, Access(expr, frame))


def _call(run: Evaluator, expr: ir.Call, frame: Frame) -> Value | None:
    if is_super(expr) and not expr.args:
        return _super(run, frame)
    receiver: Value | None = None
    if isinstance(expr.func, ir.Attribute):
        receiver = run.evaluate(expr.func.value, frame)
        access = Access(expr.func, frame, "call", "attribute", expr)
        callee = None if receiver is None else receiver.get(run, expr.func.attr, access)
    else:
        callee = run.evaluate(expr.func, frame)
    return run.call(callee, arguments(run, expr, frame), receiver)


def _super(run: Evaluator, frame: Frame) -> Value | None:
    """Return `super()` in a method."""
    method: Frame | None = frame
    while method is not None and (method.owner is None or method.function is None):
        method = method.parent
    if method is None or method.function is None or not method.function.parameters:
        return None
    instance = run.lookup(method.function.parameters[0].name, method)
    return None if instance is None else instance.behind(method.owner)


def _subscript(run: Evaluator, expr: ir.Subscript, frame: Frame) -> Value | None:
    base = run.evaluate(expr.value, frame)
    key = index(run, expr, base, frame)
    return None if base is None else base.item(run, key, Access(expr, frame))


def index(run: Evaluator, expr: ir.Subscript, base: Value | None, frame: Frame) -> Value | None:
    """Evaluate an index, and record a module that is one."""
    key = run.evaluate(expr.index, frame)
    if key is not None:
        is_dict = isinstance(base, ContainerValue) and base.kind == "dict"
        operation = "key" if is_dict else "identity"
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


def _unpacked(run: Evaluator, expr: ir.Sequence, frame: Frame) -> Items[Value | None]:
    """Return what a display with unpacked items has, as far as its positions are known."""
    found: list[Value | None] = []
    is_open = False
    for item in expr.items:
        if not isinstance(item, ir.Starred):
            found += [] if is_open else [_stored(run, item, frame)]
            continue
        value = run.evaluate(item.value, frame)
        content = None if value is None else value.iterate(run, Access(item.value, frame))
        content = None if content is None else content.behind(len(found))
        found += content.items if content is not None and not is_open else ()
        is_open = is_open or content is None or content.is_open
    return in_python_items(Items(tuple(found), is_open))


def _mapping(run: Evaluator, expr: ir.Mapping, frame: Frame) -> Value | None:
    pairs: list[tuple[Value | None, Value | None]] = []
    for key_expr, value_expr in zip(expr.keys, expr.values, strict=True):
        if key_expr is None:
            pairs += entries(run, run.evaluate(value_expr, frame))
            continue
        key = run.evaluate(key_expr, frame)
        if key is not None:
            key.used(run, Access(key_expr, frame, operation="key"))
        pairs.append((key, _stored(run, value_expr, frame)))
    return new_dict(run, pairs)


def _lambda(run: Evaluator, expr: ir.Lambda, frame: Frame) -> Value | None:
    return run.define(expr.function, frame)


def _conditional(run: Evaluator, expr: ir.Conditional, frame: Frame) -> Value | None:
    test = condition(run, expr.test, frame)
    is_open = not is_unreached(test.both)
    frame.conditions += is_open
    with run.under(test.yes):
        found = run.evaluate(expr.body, frame)
    with run.under(test.no):
        other = run.evaluate(expr.orelse, frame)
    frame.conditions -= is_open
    if found != other and is_unreached(test.both):
        return in_python(other if is_unreached(test.yes) else found)
    return as_value(found if found == other else None)


# --- comprehensions ----------------------------------------------------------------------------------


def _comprehension(run: Evaluator, expr: ir.Comprehension, frame: Frame) -> Value | None:
    inner = Frame(frame.scope, frame, None, frame.owner)
    inner.guards, inner.caller = run.guards, frame
    turns, found = run.turns, list[list[Value | None]]()
    is_exact = _clauses(run, expr, 0, inner, found)
    run.turns = turns
    if expr.kind == "dict":
        if not is_exact:
            return None
        return new_dict(run, [(key, in_python(value)) for key, value in found])
    values = tuple(in_python(values[0]) for values in found)
    content = Items(values) if is_exact else Items((), True, values)
    if expr.kind != "generator":
        return new_list(run, content, expr.kind)
    sources = [run.peek(clause.iter, frame) for clause in expr.clauses[:1]]
    return run.derive(new_list(run, content, "iterator"), sources)


def _clauses(
    run: Evaluator, expr: ir.Comprehension, position: int, inner: Frame, found: list[list[Value | None]]
) -> bool:
    """Evaluate what stands behind the first clauses, once for each item; tell whether all are known."""
    if position == len(expr.clauses):
        values = [_stored(run, element, inner) for element in expr.elements]
        found.append([guarded(value, run.guards - inner.guards) for value in values])
        return True
    clause, outer, turns = expr.clauses[position], run.guards, run.turns
    value = run.evaluate(clause.iter, inner)
    content = None if value is None else value.iterate(run, Access(clause.iter, inner))
    items, is_exact = run.turns_of(content)
    conditions, loops = inner.conditions, inner.loops
    inner.conditions += not is_exact
    inner.loops += not is_exact
    for item in items:
        inner.conditions = conditions + (not is_exact)
        run.bind(clause.target, item, Written(clause.target, clause.target, inner))
        is_reached = True
        for test_expr in clause.conditions:
            test = condition(run, test_expr, inner)
            run.guards |= test.yes
            is_reached = is_reached and not is_unreached(test.yes)
            is_exact = is_exact and is_unreached(test.both)
            inner.conditions += not is_unreached(test.both)
        count = len(found)
        is_exact = _clauses(run, expr, position + 1, inner, found) and is_exact
        if not is_reached:
            del found[count:]
        run.guards = outer
    inner.conditions, inner.loops = conditions, loops
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
    texts = expr.texts if expr.syntax != "slice" else ()
    return strings.interpolation(run.containers, texts, values)


def _yielded(run: Evaluator, expr: ir.Opaque, value: Value | None, frame: Frame) -> None:
    if expr.syntax == "yield from":
        content = None if value is None else value.iterate(run, Access(expr.children[0], frame))
        items = content.items if content is not None and not content.is_open else ()
        guards = run.guards - frame.guards
        frame.yielded += [(item, frame.conditions == 0, guards) for item in items]
        if content is None or content.is_open:
            frame.yielded.append((None if content is None else agreed(content.groups), False, guards))
        return
    frame.yielded.append((value, frame.conditions == 0, run.guards - frame.guards))
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
    ir.Operation: operation,
    ir.Comprehension: _comprehension,
    ir.Walrus: _walrus,
    ir.Starred: _starred,
    ir.Opaque: _opaque,
}
