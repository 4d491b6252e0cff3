"""What each kind of statement does: what names stand for after it, under which guards the next one stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookproof.evaluator.container_methods import SEQUENCE_METHODS, update
from hookproof.evaluator.domain import (
    Access,
    Arguments,
    Evaluator,
    Frame,
    Returned,
    Value,
    Written,
)
from hookproof.evaluator.errors import ANY_ERROR, catches, is_suppressing, suppresses
from hookproof.evaluator.guard_words import Guards, is_unreached
from hookproof.evaluator.guards import flag
from hookproof.evaluator.loops import for_loop, while_loop
from hookproof.evaluator.made_containers import ContainerValue
from hookproof.evaluator.objects import ClassValue, ObjectValue
from hookproof.evaluator.operators import computed, condition
from hookproof.evaluator.outside import decorated
from hookproof.evaluator.state import joined
from hookproof.evaluator.values import Const
from hookproof.semantic.bindings import shared_names
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.match_statements import as_conditions
from hookproof.syntax import ir

NEVER: Guards = frozenset({"never"})
# What comes of a ScriptModule that is used as if it were the module it was made from.
_RAISED = ANY_ERROR | {f"builtins.{name}" for name in ("AttributeError", "RuntimeError", "TypeError")}


def block(run: Evaluator, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
    """Run statements in order, those that are never reached as well; tell whether their end is not."""
    outer, ended = run.guards, False
    for statement in statements:
        if STATEMENTS[type(statement)](run, statement, frame):
            ended = True
            run.guards |= NEVER
    frame.ending, run.guards = run.guards, outer
    return ended


# --- simple statements -------------------------------------------------------------------------------


def _expression(run: Evaluator, node: ir.Expression, frame: Frame) -> bool:
    run.evaluate(node.value, frame)
    return False


def _assign(run: Evaluator, node: ir.Assign, frame: Frame) -> bool:
    if node.value is None:
        return False
    value = run.evaluate(node.value, frame) or flag(run, node.value, frame)
    for target in node.targets:
        run.bind(target, value, Written(target, node.value, frame, "", node.annotation))
    return False


def _augment(run: Evaluator, node: ir.AugAssign, frame: Frame) -> bool:
    value = run.evaluate(node.value, frame)
    owner = run.evaluate(node.target, frame) if isinstance(node.target, ir.Name) else None
    if isinstance(owner, Const):
        operation = ir.Operation(node.at, node.op, (node.target, node.value))
        run.bind(
            node.target,
            computed(run, operation, owner, value, frame),
            Written(node.target, node.value, frame),
        )
        return False
    if isinstance(owner, ContainerValue) and node.op in {"+", "|"}:
        call = ir.Call(node.at, node.target, ())
        args = Arguments(call, frame).only(value, exprs=(node.value,))
        (update if owner.kind == "dict" else SEQUENCE_METHODS["extend"])(run.containers, owner, args)
        return False
    run.bind(node.target, None, Written(node.target, node.value, frame, node.op))
    return False


def _return(run: Evaluator, node: ir.Return, frame: Frame) -> bool:
    nothing = Const(None)
    found = nothing if node.value is None else run.evaluate(node.value, frame) or flag(run, node.value, frame)
    guards = run.guards - frame.guards
    if not is_unreached(run.guards) and NEVER.isdisjoint(guards):
        is_certain = frame.is_certain(despite_loops=True)
        frame.returned.append(Returned(run.state.fork(), found, guards, node, is_certain))
    frame.has_left = frame.has_left or frame.conditions > 0
    return True


def _raise(run: Evaluator, node: ir.Raise, frame: Frame) -> bool:
    if node.value is not None:
        run.evaluate(node.value, frame)
    return True


def _assert(run: Evaluator, node: ir.Assert, frame: Frame) -> bool:
    test = condition(run, node.test, frame)
    if node.message is not None:
        run.evaluate(node.message, frame)
    run.guards |= test.yes
    return False


def _jump(run: Evaluator, node: ir.Jump, frame: Frame) -> bool:
    if node.kind in {"break", "continue"}:
        if frame.jumps and not is_unreached(run.guards):
            frame.jumps[-1].append((node.kind, run.state.fork()))
        return True
    for name in node.names:
        frame.shared[name] = run.home(name, frame, is_global=node.kind == "global")
    return False


def _define(run: Evaluator, node: ir.Define, frame: Frame) -> bool:
    value = run.define(node.function, frame)
    if value is not None:
        value = decorated(run, value, node.function.decorators, frame)
    run.state.names[frame.shared.get(node.function.name, frame), node.function.name] = value
    for name in shared_names(node.function.body, "nonlocal"):
        is_own = (frame, name) in run.state.names
        run.rebindable.add((frame if is_own else run.home(name, frame, is_global=False), name))
    return False


def _class(run: Evaluator, node: ir.Class, frame: Frame) -> bool:
    qualname = run.project.qualname(frame.scope, node.name)
    run.state.names[frame, node.name] = ClassValue(ClassDefinition(node, frame.scope, qualname))
    return False


def _import(run: Evaluator, node: ir.Import, frame: Frame) -> bool:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        run.state.names[frame, name] = run.value_of(run.project.lookup(frame.scope, name))
    return False


def _delete(run: Evaluator, node: ir.Delete, frame: Frame) -> bool:
    for target in node.targets:
        _delete_target(run, target, frame)
    return False


def _delete_target(run: Evaluator, target: ir.Expr, frame: Frame) -> None:
    match target:
        case ir.Attribute(value=value, attr=attr):
            owner = run.evaluate(value, frame)
            if owner is not None:
                owner.delete(run, attr, Access(target, frame))
        case ir.Name(id=name):
            run.state.names[frame.shared.get(name, frame), name] = None
        case ir.Sequence(items=items):
            for item in items:
                _delete_target(run, item, frame)
        case ir.Subscript(value=value):
            run.evaluate(target, frame)
            owner = run.peek(value, frame)
            if owner is not None and owner.key is not None:
                run.put(owner.key, None)
        case _:
            run.evaluate(target, frame)


# --- branches ----------------------------------------------------------------------------------------


def _if(run: Evaluator, node: ir.If, frame: Frame) -> bool:
    test = condition(run, node.test, frame)
    left, right = _branches(run, frame, (test.yes, node.body), (test.no, node.orelse))
    if left and not right:
        run.guards |= test.no
    elif right and not left:
        run.guards |= test.yes
    return left and right


def _branches(run: Evaluator, frame: Frame, *arms: tuple[Guards, tuple[ir.Stmt, ...]]) -> list[bool]:
    """Run arms of which one happens; what holds after them is what all that go on agree on."""
    before, outer = run.state, run.guards
    ends, results = [], []
    is_decided = any(is_unreached(guards) for guards, _ in arms)
    frame.conditions += not is_decided
    for guards, statements in arms:
        run.state, run.guards = before.fork(), outer | guards
        ended = run.block(statements, frame)
        ends.append(ended)
        if not ended and not is_unreached(guards):
            results.append(run.state)
    frame.conditions -= not is_decided
    run.guards = outer
    run.state = joined(results) if results else before
    return ends


def _match(run: Evaluator, node: ir.Match, frame: Frame) -> bool:
    return run.block(as_conditions(node), frame)


def _try(run: Evaluator, node: ir.Try, frame: Frame) -> bool:
    outer, before = run.guards, run.state.fork()
    if any(catches(handler, _RAISED, frame.scope, run.project) for handler in node.handlers):
        run.guards |= {"try"}
    frame.conditions += 1
    ended = run.block(node.body, frame)
    run.guards = outer
    between = joined([before, run.state])
    ended = run.block(node.orelse, frame) or ended
    results = [] if ended else [run.state]
    after = run.state
    for handler in node.handlers:
        run.state = between.fork()
        if handler.name:
            run.state.names[frame, handler.name] = None
        if not run.block(handler.body, frame):
            results.append(run.state)
    frame.conditions -= 1
    run.state = joined(results) if results else after
    return run.block(node.finalbody, frame) or not results


# --- with ----------------------------------------------------------------------------------------------


def _with(run: Evaluator, node: ir.With, frame: Frame) -> bool:
    outer, helpers = run.guards, run.helpers
    is_cut_short = any(is_suppressing(item.context, frame.scope, run.project) for item in node.items)
    before = run.state.fork()
    frame.conditions += is_cut_short
    ended = _entered(run, node.items, node.body, frame)
    frame.conditions -= is_cut_short
    if is_cut_short:
        run.state = before if ended else joined([before, run.state])
    run.guards, run.helpers = outer, helpers
    return ended and not is_cut_short


def _entered(run: Evaluator, items: tuple[ir.WithItem, ...], body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
    """Run a `with` statement, item by item."""
    if not items:
        return run.block(body, frame)
    item, ends, guards, helpers = items[0], list[bool](), run.guards, run.helpers

    def resume(value: Value | None) -> None:
        inner, run.helpers = run.helpers, helpers
        if item.target is not None:
            run.bind(item.target, value, Written(item.target, item.target, frame))
        if suppresses(item.context, _RAISED, frame.scope, run.project):
            run.guards |= {"try"}
        ends.append(_entered(run, items[1:], body, frame))
        run.helpers = inner

    with run.resuming(resume, item.context):
        manager = run.evaluate(item.context, frame)
    if not ends:
        run.guards = guards
        if isinstance(manager, ObjectValue) and manager.may_suppress(run.project):
            run.guards |= {"try"}
        access = Access(item.context, frame)
        resume(None if manager is None else manager.entered(run, access))
    return ends[0]


STATEMENTS: dict[type[ir.Stmt], Callable[[Evaluator, Any, Frame], bool]] = {
    ir.Assign: _assign,
    ir.AugAssign: _augment,
    ir.Expression: _expression,
    ir.Return: _return,
    ir.Raise: _raise,
    ir.Jump: _jump,
    ir.If: _if,
    ir.For: for_loop,
    ir.While: while_loop,
    ir.With: _with,
    ir.Try: _try,
    ir.Match: _match,
    ir.Define: _define,
    ir.Class: _class,
    ir.Delete: _delete,
    ir.Assert: _assert,
    ir.Import: _import,
}
