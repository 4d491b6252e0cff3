"""Loops and comprehensions: turn by turn where the turns are known, else once for any of them."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.contents import Entries, Items
from hookproof.facts.atlas import Facts
from hookproof.interpreter.choices import is_class_test, keep_out, refine
from hookproof.interpreter.conditions import is_all, outcome, truth, what_it_says
from hookproof.interpreter.domain import Frame, Value, Values, only, union
from hookproof.interpreter.instances.live_hooks import is_loop_element
from hookproof.interpreter.models.containers import sources_of
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.passed_over import hear_of_passed_over
from hookproof.interpreter.plain import ConstantValue, ContainerValue, exact_items, key_of
from hookproof.interpreter.running import Running
from hookproof.interpreter.state import Loop, join
from hookproof.interpreter.targets import bind, share
from hookproof.interpreter.values import ScriptValue
from hookproof.semantic.bindings import bindings_of, names_in, target_names
from hookproof.semantic.early_turns import as_branches
from hookproof.semantic.endings import may_leave_loop, returns_in
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of

_MAX_UNROLLED = 16


def for_loop(run: Running, node: ir.For, frame: Frame) -> bool:
    """Run a `for` statement, and its `else` unless the loop is certainly left before its end."""
    run.progress.turning += 1
    is_left = _each(run, node, frame)
    run.progress.turning -= 1
    if not is_left:
        run.block(node.orelse, frame)
    return False


def _each(run: Running, node: ir.For, frame: Frame) -> bool:
    """Run the turns of a loop; return whether it is certainly left before its end."""
    iterable, target, body = run.evaluate(node.iter, frame), node.target, node.body
    items = exact_items(run, iterable)
    if items is not None and 0 < len(items) <= _MAX_UNROLLED:
        outer, frame.counted = frame.counted, frame.counted | _counted(target, body)
        choices = run.progress.choices
        for values in items:
            bind(run, target, values, frame)
            is_left = _body(run, body, frame)
            if is_left:
                break
        frame.counted = outer
        run.progress.choices = choices + (run.progress.choices > choices and bool(returns_in(body)))
        return is_left
    if items == () and is_all(run, node.iter, frame):
        return False
    progress, elements = run.progress, run.elements(iterable)
    for group in _flat(elements):
        progress.start_loop(group)
    before = progress.state.fork()
    choices, counted = progress.choices, frame.counted
    # What is chosen by a condition that is not understood may be none of them.
    is_some = any(isinstance(value, ContainerValue) and value.iterated(run).is_some for value in iterable)
    progress.repeats += 1
    progress.choices += is_some
    for values in _turns_of(elements, body):
        bind(run, target, values, frame)
        if any(map(_is_scripted, values)):
            frame.counted = counted | _counted(target, body)
        else:
            frame.counted = counted | (_written_beside(target, values) & _counted(target, body))
        is_left = _body(run, body, frame)
        frame.counted = counted
        if is_left and any(isinstance(value, ObjectValue) and is_loop_element(value) for value in values):
            break  # at the first of the modules of a model
        progress.choices += is_left
    progress.choices = choices + (progress.choices > choices + is_some and bool(returns_in(body)))
    progress.repeats -= 1
    progress.state.loosen(before)
    return False


def _turns_of(elements: Values, body: tuple[ir.Stmt, ...]) -> list[Values]:
    """Return what each turn of a loop is for: each element has one, unless the loop may be left before.

    A scripted part of a model is told from others by every condition.
    """
    if not may_leave_loop(body):
        return [(value,) for value in elements] or [()]
    others = tuple(value for value in elements if not _is_scripted(value))
    return [others, *((value,) for value in elements if _is_scripted(value))]


def _is_scripted(value: Value) -> bool:
    """Return whether a loop has its turn for one script module, perhaps together with its name."""
    if isinstance(value, ContainerValue):
        return value.kind == "tuple" and any(map(_is_scripted, union(*value.items)))
    return isinstance(value, ScriptValue)


def while_loop(run: Running, node: ir.While, frame: Frame) -> bool:
    """Run a `while`: turn by turn as long as its condition is known to hold, then perhaps once more."""
    progress = run.progress
    outer, frame.counted = frame.counted, frame.counted | _counted_up(node.test, node.body)
    before = progress.state.fork()
    progress.turning += 1
    holds, turns = truth(run, node.test, frame), 0
    is_left = False
    while holds and turns < _MAX_UNROLLED and not is_left:
        run.evaluate(node.test, frame)
        is_left = _body(run, node.body, frame)
        turns += 1
        holds = None if isinstance(node.test, ir.Constant) else truth(run, node.test, frame)
    frame.counted = outer
    progress.turning -= is_left
    if is_left:
        return False
    if holds is None and not isinstance(node.test, ir.Constant):
        run.evaluate(node.test, frame)
        guards = progress.guards
        progress.guards += what_it_says(run, node.test, frame).guards_then
        perhaps(run, node.body, frame, is_loop=True)
        progress.guards = guards
    progress.turning -= 1
    if holds is not False:
        progress.state.loosen(before)
    return run.block(node.orelse, frame)


def perhaps(run: Running, body: tuple[ir.Stmt, ...], frame: Frame, *, is_loop: bool = False) -> None:
    """Run statements that are perhaps not reached."""
    progress, base, names = run.progress, run.progress.state, dict(frame.locals)
    progress.state = base.fork()
    progress.choices += 1
    progress.repeats += is_loop
    if is_loop:
        _body(run, body, frame)
        progress.state.loosen(base)
    else:
        run.block(body, frame)
    progress.repeats -= is_loop
    progress.choices -= 1
    progress.state = join(base, base, progress.state)
    frame.locals = join_locals(names, frame.locals)


def guarded(run: Running, body: tuple[ir.Stmt, ...], frame: Frame, is_guarded: bool) -> bool:
    """Run statements, which no ScriptModule may get to."""
    run.progress.guards += is_guarded
    try:
        return run.block(body, frame)
    finally:
        run.progress.guards -= is_guarded


def jump(run: Running, node: ir.Jump, frame: Frame) -> bool:
    """Carry out `break`, `continue`, `global` or `nonlocal`."""
    if node.kind not in {"break", "continue"}:
        share(run, node, frame)
        return False
    if run.calls.loops:
        loop = run.calls.loops[-1]
        loop.jumps.append((run.progress.state.fork(), dict(frame.locals)))
        loop.is_left = loop.is_left or (node.kind == "break" and run.progress.choices == loop.choices)
    return True


def _body(run: Running, body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
    """Run the body of a loop; what holds where it is left early holds after it as well.

    Return whether the loop is certainly left before another turn. Where it may be left, the next turn and
    what follows stand under that condition; a turn that may end early does not matter to them.

    Once is enough, unless a hook may be taken off that an earlier round has put on.
    """
    choices = run.progress.choices
    is_left = _round(run, body, frame)
    is_choice = run.progress.choices > choices and may_leave_loop(body)
    run.progress.choices = choices + is_choice
    if not run.progress.is_again and _puts_on_and_takes_off(body, frame, run.project.facts):
        run.progress.is_again = True
        _round(run, body, frame)
        run.progress.is_again = False
    return is_left


def _round(run: Running, body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
    base = run.progress.state.fork()
    run.calls.loops.append(Loop(run.progress.choices))
    ends = run.block(as_branches(body), frame)
    loop = run.calls.loops.pop()
    for state, names in loop.jumps:
        run.progress.state = join(base, run.progress.state, state)
        frame.locals = join_locals(frame.locals, names)
    return loop.is_left or (ends and not loop.jumps)


# --- comprehensions ------------------------------------------------------------------------------------


def comprehension(run: Running, node: ir.Comprehension, frame: Frame) -> Values:
    """Evaluate a comprehension, turn by turn where the turns are known, with what its conditions say."""
    inner = Frame(frame.scope, dict(frame.locals), frame, frame.function, frame.owner, around=frame)
    rows: list[list[Values]] = []
    is_exact = _turns(run, node.clauses, node.elements, inner, rows)
    found = [row[-1] for row in rows]
    kind = "iterator" if node.kind == "generator" else node.kind
    sources = sources_of(run, run.evaluate(node.clauses[0].iter, frame)) if kind == "iterator" else ()
    if kind == "dict":
        keys = [key_of(run, row[0]) for row in rows]
        if is_exact and None not in keys:
            return (ContainerValue(kind, Entries(dict(zip(keys, found, strict=True)))),)
        return (ContainerValue(kind, Entries({}, True, tuple(found), inner.is_choosing)),)
    content = Items(tuple(found)) if is_exact else Items((), True, tuple(found), inner.is_choosing)
    return (ContainerValue(kind, content, sources=sources),)


def _turns(
    run: Running,
    clauses: tuple[ir.Clause, ...],
    elements: tuple[ir.Expr, ...],
    frame: Frame,
    found: list[list[Values]],
) -> bool:
    """Run the clauses of a comprehension; tell whether `found` is exactly what it gives."""
    if not clauses:
        found.append([run.evaluate(element, frame) for element in elements])
        return True
    clause, *rest = clauses
    progress, iterable = run.progress, run.evaluate(clause.iter, frame)
    repeats = progress.repeats
    exact = exact_items(run, iterable)
    turns = None if exact is None else list(exact)
    is_exact = turns is not None and len(turns) <= _MAX_UNROLLED
    if turns is None or not is_exact:
        group = run.elements(iterable)
        for values in _flat(group):
            progress.start_loop(values)
        turns = [(value,) for value in group] or [()]
    before, counted = progress.state.fork(), frame.counted
    progress.repeats += not is_exact
    progress.turning += 1
    for values in turns:
        bind(run, clause.target, values, frame)
        is_single = is_exact or any(map(_is_scripted, values))
        frame.counted = counted | set(target_names(clause.target)) if is_single else counted
        is_exact &= _turn(run, clause, tuple(rest), elements, frame, found)
    frame.counted = counted
    progress.turning -= 1
    progress.repeats = repeats
    if not is_exact:
        progress.state.loosen(before)
    return is_exact


def _turn(
    run: Running,
    clause: ir.Clause,
    rest: tuple[ir.Clause, ...],
    elements: tuple[ir.Expr, ...],
    frame: Frame,
    found: list[list[Values]],
) -> bool:
    progress = run.progress
    guards, choices = progress.guards, progress.choices
    is_decided = True
    for condition in clause.conditions:
        run.evaluate(condition, frame)
        holds = outcome(run, condition, frame)
        if holds is False:
            if condition is clause.conditions[-1]:
                hear_of_passed_over(
                    run, condition, frame, lambda: _turns(run, rest, elements, frame, list[list[Values]]())
                )
            progress.guards, progress.choices = guards, choices
            return is_decided
        is_decided = is_decided and holds is True
        test = what_it_says(run, condition, frame)
        progress.guards += test.guards_then
        judged = set(test.judged)
        if test.guards_then and isinstance(clause.target, ir.Name):
            judged.add(clause.target.id)
        for name in judged:
            keep_out(name, frame)
        is_refined = refine(run, test, frame) and is_class_test(condition, test)
        progress.choices += holds is None and not is_refined
        frame.is_choosing |= holds is None and not is_refined
    is_exact = _turns(run, rest, elements, frame, found)
    progress.guards, progress.choices = guards, choices
    return is_exact and is_decided


# --- what loops bind, and how they end -----------------------------------------------------------------


def _counted(target: ir.Expr, body: tuple[ir.Stmt, ...]) -> set[str]:
    """Return the names that each turn of a loop certainly binds once."""
    bound = bindings_of(body)
    assigned = {
        name
        for statement in body
        if isinstance(statement, ir.Assign)
        for name in (name for target in statement.targets for name in target_names(target))
        if len(bound[name]) == 1
    }
    return {name for name in target_names(target) if name not in bound} | assigned


def _written_beside(target: ir.Expr, values: Values) -> set[str]:
    """Return the names that a turn binds to literals in the one tuple that it is for."""
    match target, values:
        case ir.Sequence(items=names), (ContainerValue(kind="tuple") as value,) if value.is_exact:
            pairs = zip(names, value.items, strict=False)
            return {
                name.id
                for name, held in pairs
                if isinstance(name, ir.Name) and isinstance(only(held), ConstantValue)
            }
    return set()


def _counted_up(test: ir.Expr, body: tuple[ir.Stmt, ...]) -> set[str]:
    """Return the names in a condition that a loop's body binds in each turn, or never."""
    bound = bindings_of(body)
    plain = {
        name
        for statement in body
        if isinstance(statement, (ir.Assign, ir.AugAssign))
        for target in (statement.targets if isinstance(statement, ir.Assign) else (statement.target,))
        for name in target_names(target)
    }
    return {name for name in names_in(test) if name not in bound or name in plain}


def _puts_on_and_takes_off(body: tuple[ir.Stmt, ...], frame: Frame, facts: Facts) -> bool:
    if "remove" not in frame.file.block_text(block_of(body[0].at)):
        return False
    names = names_in(body)
    return "remove" in names and not names.isdisjoint(facts.hook_apis)


def _flat(values: Values) -> Iterator[Values]:
    """Yield the values, and those in the pairs that `named_modules` and `enumerate` give."""
    yield values
    for value in values:
        if isinstance(value, ContainerValue) and value.kind == "tuple":
            for item in value.items:
                yield from _flat(item)


def join_locals(left: dict[str, Values], right: dict[str, Values]) -> dict[str, Values]:
    """Return what names may stand for after one of two ways."""
    joined = {**left, **right}
    for name, values in left.items():
        others = right.get(name, ())
        if others is not values:
            joined[name] = union(values, others)
    return joined
