"""What each kind of statement does: what names stand for after it, under which guards the next one stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hookproof.interpreter.hook_bodies.containers import ListValue, extend, new_list
from hookproof.interpreter.hook_bodies.domain import (
    Access,
    Arguments,
    Evaluator,
    Frame,
    Given,
    Items,
    State,
    Value,
    Written,
)
from hookproof.interpreter.hook_bodies.expressions import computed, condition, index
from hookproof.interpreter.hook_bodies.functions import rebound_names
from hookproof.interpreter.hook_bodies.guards import (
    Guards,
    catches,
    is_unreached,
    suppresses,
)
from hookproof.interpreter.hook_bodies.objects import ClassValue
from hookproof.interpreter.hook_bodies.state import joined
from hookproof.interpreter.hook_bodies.tracked import ModuleValue
from hookproof.interpreter.hook_bodies.values import Const, TupleValue, in_python
from hookproof.semantic.bindings import nested_statements, target_names
from hookproof.semantic.definitions import ClassDefinition
from hookproof.syntax import ir

_PARAMETERS = frozenset({"parameters", "named_parameters"})
_MAX_TURNS = 4
NEVER: Guards = frozenset({"never"})


def block(run: Evaluator, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
    """Run statements in order, those that are never reached as well; tell whether their end is not."""
    outer, ended = run.guards, False
    for statement in statements:
        if STATEMENTS[type(statement)](run, statement, frame):
            ended = True
            run.guards |= NEVER
    run.guards = outer
    return ended


# --- simple statements -------------------------------------------------------------------------------


def _expression(run: Evaluator, node: ir.Expression, frame: Frame) -> bool:
    run.evaluate(node.value, frame)
    return False


def _assign(run: Evaluator, node: ir.Assign, frame: Frame) -> bool:
    if node.value is None:
        return False
    value = run.evaluate(node.value, frame) or run.flag(node.value, frame)
    for target in node.targets:
        run.bind(target, value, Written(target, node.value, frame))
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
    if isinstance(owner, ListValue) and node.op in {"+", "|"}:
        call = ir.Call(node.at, node.target, ())
        extend(run, owner, Arguments(call, frame, (Given(value, node.value, frame),)))
        return False
    run.bind(node.target, None, Written(node.target, node.value, frame, node.op))
    return False


def _return(run: Evaluator, node: ir.Return, frame: Frame) -> bool:
    value = None if node.value is None else run.evaluate(node.value, frame)
    if not is_unreached(run.guards) and NEVER.isdisjoint(run.guards - frame.guards):
        frame.returned.append((run.state.fork(), value))
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
        value = run.decorated(value, node.function.decorators, frame)
    run.state.names[frame.shared.get(node.function.name, frame), node.function.name] = value
    for name in rebound_names(node.function.body):
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
    value = run.evaluate(node.subject, frame)
    before, outer = run.state, run.guards
    results, ends, is_complete = [before], [], False
    frame.conditions += 1
    for case in node.cases:
        run.state = before.fork()
        for name in case.binds:
            run.state.names[frame, name] = None
        if case.name is not None:
            run.state.names[frame, case.name] = value
        for capture in case.captures:
            found = _part(run, value, capture.path, Access(node.subject, frame))
            run.state.names[frame, capture.name] = found
        if case.guard is not None:
            run.evaluate(case.guard, frame)
        run.guards = outer | run.read_case(node.subject, case, frame).yes
        ended = run.block(case.body, frame)
        run.guards = outer
        ends.append(ended)
        results += [] if ended else [run.state]
        is_complete = is_complete or (case.guard is None and not case.classes and case.name is not None)
    frame.conditions -= 1
    results = results[1:] if is_complete else results
    run.state = joined(results) if results else before
    return is_complete and all(ends)


def _part(run: Evaluator, value: Value | None, path: tuple[ir.Step, ...], access: Access) -> Value | None:
    """Return the part of a matched value that a pattern captures, where the steps to it are positions."""
    for step in path:
        if value is None or isinstance(value, ModuleValue):
            return None
        value = (
            value.get(run, str(step.key), access)
            if step.is_attribute
            else value.item(run, Const(step.key), access)
        )
    return value


def _try(run: Evaluator, node: ir.Try, frame: Frame) -> bool:
    outer, before = run.guards, run.state.fork()
    if catches(run.project, frame.scope, node.handlers):
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
    ended = _entered(run, node.items, node.body, frame)
    run.guards, run.helpers = outer, helpers
    return ended and not suppresses(node.items)


def _entered(run: Evaluator, items: tuple[ir.WithItem, ...], body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
    """Run a `with` statement, item by item."""
    if not items:
        return run.block(body, frame)
    item, ends, guards, helpers = items[0], list[bool](), run.guards, run.helpers

    def resume(value: Value | None) -> None:
        inner, run.helpers = run.helpers, helpers
        if item.target is not None:
            run.bind(item.target, value, Written(item.target, item.target, frame))
        if suppresses((item,)):
            run.guards |= {"try"}
        ends.append(_entered(run, items[1:], body, frame))
        run.helpers = inner

    with run.resuming(resume, item.context):
        manager = run.evaluate(item.context, frame)
    if not ends:
        run.guards = guards
        access = Access(item.context, frame)
        resume(None if manager is None else manager.entered(run, access))
    return ends[0]


# --- loops ---------------------------------------------------------------------------------------------


def _for(run: Evaluator, node: ir.For, frame: Frame) -> bool:
    iterated = run.evaluate(node.iter, frame)
    content = None if iterated is None else iterated.iterate(run, Access(node.iter, frame))
    outer, turns = run.guards, run.turns
    items, is_exact = run.turns_of(content)
    if is_exact and len(items) > 1 and _may_break(node.body):
        items = (items[0], *(None,) * (len(items) - 1))
    if _goes_over_parameters(run, node.iter, frame):
        run.guards |= {"each parameter"}
    target = Written(node.target, node.target, frame)
    if is_exact:
        _unrolled(run, items, node.target, target, node.body, frame)
    else:
        _repeated(run, frame, node.body, (target, items[0]))
    run.turns, run.guards = turns, outer
    run.block(node.orelse, frame)
    return False


def _unrolled(
    run: Evaluator,
    items: tuple[Value | None, ...],
    target: ir.Expr,
    written: Written,
    body: tuple[ir.Stmt, ...],
    frame: Frame,
) -> None:
    """Run a loop turn by turn."""
    left: list[State] = []
    is_uncertain = _may_break(body)
    frame.conditions += is_uncertain
    for item in items:
        run.bind(target, item, written)
        frame.jumps.append([])
        ended = run.block(body, frame)
        jumps = frame.jumps.pop()
        left += [state for kind, state in jumps if kind == "break"]
        goes_on = [state for kind, state in jumps if kind == "continue"] + ([] if ended else [run.state])
        if not goes_on:
            break
        run.state = joined(goes_on)
    else:
        left.append(run.state)
    frame.conditions -= is_uncertain
    run.state = joined(left) if left else run.state
    for name in _assigned(body):
        # What compiled code binds in a loop it has not behind it.
        if (frame, name) in run.state.names:
            run.state.names[frame, name] = in_python(run.state.names[frame, name])


def _repeated(
    run: Evaluator, frame: Frame, body: tuple[ir.Stmt, ...], bound: tuple[Written, Value | None] | None
) -> None:
    """Run the body of a loop once for any of its turns, of which there may be none."""
    assigned = {*_assigned(body), *(target_names(bound[0].target) if bound else ())}
    before = run.state.fork()
    for name in assigned:
        # What an earlier turn may have changed decides nothing.
        if isinstance(run.state.names.get((frame, name)), Const):
            run.state.names[frame, name] = None
    if bound is not None:
        run.bind(bound[0].target, bound[1], bound[0])
    frame.jumps.append([])
    frame.conditions += 1
    with run.watching_writes() as written:
        ended = run.block(body, frame)
    frame.conditions -= 1
    states = [before, *(state for _, state in frame.jumps.pop()), *([] if ended else [run.state])]
    run.state = joined(states)
    for name in assigned:
        if (frame, name) in run.state.names:
            run.state.names[frame, name] = None
    for key in written:
        run.put(key, None)


def _while(run: Evaluator, node: ir.While, frame: Frame) -> bool:
    turns = _turns(run, node, frame)
    if turns:
        nothing = ir.Sequence(node.at, "tuple", ())
        with run.under(condition(run, node.test, frame).yes):
            _unrolled(run, (None,) * turns, nothing, Written(nothing, nothing, frame), node.body, frame)
        run.block(node.orelse, frame)
        return False
    for name in _assigned(node.body):
        if isinstance(run.state.names.get((frame, name)), Const):
            run.state.names[frame, name] = None
    test = condition(run, node.test, frame)
    outer = run.guards
    run.guards |= test.yes
    before = run.state.fork()
    _repeated(run, frame, node.body, None)
    run.guards = outer
    if is_unreached(test.yes):
        run.state = before
    run.block(node.orelse, frame)
    return False


def _turns(run: Evaluator, node: ir.While, frame: Frame) -> int:
    """Return how many turns a loop certainly takes, 0 where that is not known."""
    state, guards = run.state, run.guards
    run.state = state.fork()
    turns, is_left = 0, False
    with run.quietly():
        while not is_left and turns < _MAX_TURNS and is_unreached(condition(run, node.test, frame).no):
            turns += 1
            frame.jumps.append([])
            ended = run.block(node.body, frame)
            jumps = frame.jumps.pop()
            is_left = ended and len(jumps) == 1 and jumps[0][0] == "break"
            if (ended or jumps) and not is_left:
                turns = 0
                break
        is_left = is_left or is_unreached(condition(run, node.test, frame).yes)
    run.state, run.guards = state, guards
    return turns if is_left else 0


def _goes_over_parameters(run: Evaluator, iterated: ir.Expr, frame: Frame) -> bool:
    """Tell whether a loop goes over the parameters of a module."""
    while isinstance(iterated, ir.Call) and isinstance(iterated.func, ir.Name) and iterated.args:
        iterated = iterated.args[0].value  # `list(…)`, `enumerate(…)`
    match iterated:
        case ir.Call(func=ir.Attribute(value=owner, attr=attr)) if attr in _PARAMETERS:
            return isinstance(run.peek(owner, frame), ModuleValue)
    return False


def _assigned(statements: tuple[ir.Stmt, ...]) -> Iterator[str]:
    """Yield the names that statements bind, through compound statements."""
    for statement in statements:
        match statement:
            case ir.Assign(targets=targets) | ir.Delete(targets=targets):
                for target in targets:
                    yield from target_names(target)
            case ir.AugAssign(target=target) | ir.For(target=target):
                yield from target_names(target)
            case ir.With(items=items):
                for item in items:
                    if item.target is not None:
                        yield from target_names(item.target)
            case ir.Define(function=function):
                yield function.name
        for inner in nested_statements(statement):
            yield from _assigned(inner)


def _may_break(statements: tuple[ir.Stmt, ...]) -> bool:
    """Tell whether a loop with this body may end before its last turn."""
    return any(
        isinstance(statement, (ir.Return, ir.Raise))
        or (isinstance(statement, ir.Jump) and statement.kind == "break")
        or any(_may_break(inner) for inner in nested_statements(statement))
        for statement in statements
    )


# --- targets -------------------------------------------------------------------------------------------


def bind(run: Evaluator, target: ir.Expr, value: Value | None, written: Written) -> None:
    """Let an assignment target stand for a value."""
    frame = written.frame
    match target:
        case ir.Name(id=name):
            home = frame.shared.get(name, frame)
            is_nonlocal = home is not frame and home.function is not None
            run.state.names[home, name] = in_python(value) if is_nonlocal else value
        case ir.Attribute(value=base, attr=attr):
            owner = run.evaluate(base, frame)
            if owner is not None:
                owner.set(run, attr, value, written)
        case ir.Subscript(value=base):
            owner = run.evaluate(base, frame)
            key = index(run, target, owner, frame)
            if owner is not None:
                owner.set_item(run, key, value, written)
        case ir.Sequence(items=items):
            _unpack(run, items, value, written)
        case ir.Starred(value=inner):
            run.bind(inner, value, Written(inner, inner, frame))


def _unpack(run: Evaluator, items: tuple[ir.Expr, ...], value: Value | None, written: Written) -> None:
    frame, source = written.frame, written.source
    is_module = isinstance(value, ModuleValue)
    content = None if value is None or is_module else value.iterate(run, Access(source, frame))
    sources = source.items if isinstance(source, ir.Sequence) else ()
    is_exact = not any(isinstance(item, ir.Starred) for item in (*items, *sources))
    for position, item in enumerate(items):
        part = _part_at(run, content, items, position)
        # An unpacked value's own expression is unknown: the `Name` of the target stands in for it.
        expr = sources[position] if is_exact and len(sources) == len(items) else item
        run.bind(item, part, Written(item, expr, frame, written.operator))


def _part_at(
    run: Evaluator, content: Items | None, items: tuple[ir.Expr, ...], position: int
) -> Value | None:
    """Return what one of several targets gets of what is unpacked."""
    if content is None:
        return None
    star = next((at for at, item in enumerate(items) if isinstance(item, ir.Starred)), len(items))
    behind = max(0, len(items) - star - 1)
    if content.is_open:
        is_rest = position >= star
        return (
            (TupleValue(Items((), True, None)) if position == star else None)
            if is_rest
            else content.at(position)
        )
    if len(content.items) < len(items) - (star < len(items)) or (
        star == len(items) and len(content.items) != len(items)
    ):
        return None
    if position < star:
        return content.items[position]
    if position == star:
        return new_list(run, Items(content.items[star : len(content.items) - behind]))
    return content.items[position - len(items)]


STATEMENTS: dict[type[ir.Stmt], Callable[[Evaluator, Any, Frame], bool]] = {
    ir.Assign: _assign,
    ir.AugAssign: _augment,
    ir.Expression: _expression,
    ir.Return: _return,
    ir.Raise: _raise,
    ir.Jump: _jump,
    ir.If: _if,
    ir.For: _for,
    ir.While: _while,
    ir.With: _with,
    ir.Try: _try,
    ir.Match: _match,
    ir.Define: _define,
    ir.Class: _class,
    ir.Delete: _delete,
    ir.Assert: _assert,
    ir.Import: _import,
}
