"""Loops: turn by turn where the turns are known, else once for any of them."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.contents import Items
from hookproof.evaluator.domain import Access, Evaluator, Frame, State, Value, Written
from hookproof.evaluator.guard_words import UNREACHED, is_unreached
from hookproof.evaluator.operators import condition
from hookproof.evaluator.state import joined
from hookproof.evaluator.tracked import ModuleValue
from hookproof.evaluator.values import Const, in_python
from hookproof.semantic.bindings import bindings_of, target_names
from hookproof.semantic.effects import statements_of
from hookproof.semantic.endings import may_leave_loop
from hookproof.syntax import ir

_PARAMETERS = frozenset({"parameters", "named_parameters"})


_MAX_TURNS = 4


def for_loop(run: Evaluator, node: ir.For, frame: Frame) -> bool:
    """Run a `for` loop."""
    iterated = run.evaluate(node.iter, frame)
    content = None if iterated is None else iterated.iterate(run, Access(node.iter, frame))
    outer, turns = run.guards, run.turns
    items, is_exact = run.turns_of(content)
    if is_exact and len(items) > 1 and _may_break(node.body):
        items = (items[0], *(None,) * (len(items) - 1))
    if _goes_over_parameters(run, node.iter, frame):
        run.guards |= {"each parameter"}
    target = Written(node.target, node.target, frame)
    if content == Items() and frame.conditions == 0:
        run.guards |= UNREACHED
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
    is_for = bound is not None
    frame.conditions += 1
    frame.loops += is_for
    with run.watching_writes() as written:
        ended = run.block(body, frame)
    frame.conditions -= 1
    frame.loops -= is_for
    states = [before, *(state for _, state in frame.jumps.pop()), *([] if ended else [run.state])]
    run.state = joined(states)
    for name in assigned:
        if (frame, name) in run.state.names:
            run.state.names[frame, name] = None
    for key in written:
        run.put(key, None)


def while_loop(run: Evaluator, node: ir.While, frame: Frame) -> bool:
    """Run a `while` loop."""
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
    """Return whether a loop goes over the parameters of a module."""
    while isinstance(iterated, ir.Call) and isinstance(iterated.func, ir.Name) and iterated.args:
        iterated = iterated.args[0].value  # `list(…)`, `enumerate(…)`
    match iterated:
        case ir.Call(func=ir.Attribute(value=owner, attr=attr)) if attr in _PARAMETERS:
            return isinstance(run.peek(owner, frame), ModuleValue)
    return False


def _assigned(statements: tuple[ir.Stmt, ...]) -> Iterator[str]:
    """Yield the names that statements bind or delete, through compound statements."""
    yield from bindings_of(statements)
    for statement in statements_of(statements):
        for target in statement.targets if isinstance(statement, ir.Delete) else ():
            yield from target_names(target)


def _may_break(body: tuple[ir.Stmt, ...]) -> bool:
    """Return whether a loop with this body may end before its last turn."""
    return may_leave_loop(body) or any(isinstance(statement, ir.Raise) for statement in statements_of(body))
