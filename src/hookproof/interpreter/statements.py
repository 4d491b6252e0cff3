"""What each kind of statement does, and whether what follows it is never reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookproof.interpreter.branches import if_statement, try_statement
from hookproof.interpreter.choices import kept_out, refuses_hooks
from hookproof.interpreter.conditions import what_it_says
from hookproof.interpreter.context_managers import suspend, with_statement
from hookproof.interpreter.domain import Frame, Values, union
from hookproof.interpreter.exits import leave
from hookproof.interpreter.functions import define
from hookproof.interpreter.gradients import set_by
from hookproof.interpreter.loops import for_loop, jump, while_loop
from hookproof.interpreter.members import let_go
from hookproof.interpreter.names import lookup
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ClassValue
from hookproof.interpreter.registries import decorate_class, make_subclass
from hookproof.interpreter.running import Running
from hookproof.interpreter.targets import assign, augment, delete
from hookproof.interpreter.values import ScriptValue
from hookproof.semantic.bindings import statement_bindings
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.semantic.early_turns import as_condition
from hookproof.semantic.expression_locations import subexpressions
from hookproof.semantic.match_statements import as_conditions
from hookproof.syntax import ir


def block(run: Running, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
    """Run statements in order; return whether the end is never reached."""
    progress = run.progress
    guards, assumed = progress.guards, progress.assumed
    try:
        return in_order(run, statements, frame)
    finally:
        progress.guards, progress.assumed = guards, assumed


def in_order(run: Running, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
    """Run statements in order, and let what they make sure of hold for what follows."""
    each = (_carried_out(run, statement, frame) for statement in statements)
    ends = any([*each] if run.takes_every_way else each)
    if not ends and frame.function is not None and statements is frame.function.body:
        leave(run, frame)
    return ends


def _carried_out(run: Running, statement: ir.Stmt, frame: Frame) -> bool:
    run.progress.is_over = False
    ends = STATEMENTS[type(statement)](run, statement, frame)
    is_over = run.progress.is_over and isinstance(statement, (ir.Assign, ir.Expression))
    run.progress.is_over = False
    return ends or is_over


def _expression(run: Running, node: ir.Expression, frame: Frame) -> bool:
    value = node.value
    if isinstance(value, ir.Opaque) and value.syntax in {"yield", "yield from"}:
        _yielded(run, value, frame)
        return False
    if (lazy := _never_asked(run, value, frame)) is not None:
        for expr in lazy:
            run.evaluate(expr, frame)
        return False
    run.progress.thrown_away = value if isinstance(value, ir.Call) else None
    values = run.evaluate(value, frame)
    if isinstance(value, ir.Call) and isinstance(value.func, (ir.Name, ir.Attribute)):
        if isinstance(value.func, ir.Attribute) and value.func.attr == "set_grad_enabled":
            run.progress.grad = set_by(run, value, frame)
        let_go(run, values, value, frame)
    return False


def _never_asked(run: Running, expr: ir.Expr, frame: Frame) -> list[ir.Expr] | None:
    """Return what is evaluated of an iterator that nothing goes through: `map(f, items)` calls nothing."""
    match expr:
        case ir.Comprehension(kind="generator", clauses=(first, *_)):
            return [first.iter]
        case ir.Call(func=ir.Name(id="map" | "filter"), args=args):
            made = run.project.resolve(frame.scope, expr.func)
            return [each.value for each in args] if isinstance(made, External) else None
    return None


def _yielded(run: Running, expr: ir.Opaque, frame: Frame) -> None:
    given = union(*(run.evaluate(child, frame) for child in expr.children))
    if run.progress.guards:
        given = tuple(kept_out(value) for value in given if not isinstance(value, ScriptValue))
    frame.returned.append(run.elements(given) if expr.syntax == "yield from" else given)
    is_here = (run.progress.choices, run.progress.repeats) == frame.since
    frame.is_exact &= is_here and expr.syntax == "yield"
    suspend(run, given, frame)


def _return(run: Running, node: ir.Return, frame: Frame) -> bool:
    if node.value is None:
        leave(run, frame)
        return True
    values = run.evaluate(node.value, frame)
    if not run.progress.is_over:
        leave(run, frame)
    is_outermost = len(run.calls.stack) == 1 and run.calls.stack[0] is run.calls.outermost
    run.progress.is_inside = bool(run.calls.stack) and not is_outermost
    for returned in values:
        if isinstance(returned, (ObjectValue, ScriptValue)):
            run.listener.escaped(returned, frame.location(node.value))
        if isinstance(returned, ObjectValue) and is_outermost:
            run.progress.escaped.add(returned.origin)
    run.progress.is_inside = False
    frame.returned.append(values)
    return True


def _raise(run: Running, node: ir.Raise, frame: Frame) -> bool:
    return True


def _assert(run: Running, node: ir.Assert, frame: Frame) -> bool:
    run.evaluate(node.test, frame)
    run.progress.guards += what_it_says(run, node.test, frame).guards_then
    if _denies_hooks(node.test):
        run.progress.lose_all()
    return False


def _denies_hooks(test: ir.Expr) -> bool:
    """Return whether an `assert` says that there are no hooks."""
    match test:
        case ir.Operation(op="not", operands=(inner,)) | ir.Operation(op="==", operands=(inner, _)):
            return refuses_hooks(inner)
        case ir.Call(func=ir.Name(id="all"), args=(ir.Argument(value=ir.Comprehension() as each),)):
            return any(
                isinstance(part, ir.Operation) and _denies_hooks(part) for part in subexpressions(each)
            )
    return False


def _try(run: Running, node: ir.Try, frame: Frame) -> bool:
    condition = as_condition(node)
    return try_statement(run, node, frame) if condition is None else if_statement(run, condition, frame)


def _match(run: Running, node: ir.Match, frame: Frame) -> bool:
    return run.block(as_conditions(node), frame)


def _import(run: Running, node: ir.Import, frame: Frame) -> bool:
    for name in statement_bindings(node):
        frame.locals.pop(name, None)
    if run.relevance.may_import_hooks(frame.file):
        run.carry_out_import(node, frame)
    return False


# --- definitions ---------------------------------------------------------------------------------------


def _class(run: Running, node: ir.Class, frame: Frame) -> bool:
    if frame.function is not None:
        qualname = run.project.qualname(frame.scope, node.name)
        definition = ClassDefinition(node, frame.scope, qualname)
        frame.locals[node.name] = (ClassValue(definition),)
        run.calls.inner_classes.append(definition)
        make_subclass(run, definition, frame)
    elif run.filling.depth is not None:
        decorate_class(run, node, frame)
    return False


def _define(run: Running, node: ir.Define, frame: Frame) -> bool:
    function = node.function
    value = define(run, function, frame) if frame.function is not None else None
    if value is not None:
        frame.locals[function.name] = (value,)
    defined: Values = (value,) if value is not None else lookup(run, function.name, frame)
    for each in defined if function.decorators else ():
        if isinstance(each, FunctionValue):
            run.decorate(each)
    return False


STATEMENTS: dict[type[ir.Stmt], Callable[[Running, Any, Frame], bool]] = {
    ir.Assign: assign,
    ir.AugAssign: augment,
    ir.Expression: _expression,
    ir.Return: _return,
    ir.Raise: _raise,
    ir.Jump: jump,
    ir.If: if_statement,
    ir.For: for_loop,
    ir.While: while_loop,
    ir.With: with_statement,
    ir.Try: _try,
    ir.Match: _match,
    ir.Define: _define,
    ir.Class: _class,
    ir.Delete: delete,
    ir.Assert: _assert,
    ir.Import: _import,
}
