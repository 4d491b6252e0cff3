"""`with`: what runs before the body, and what after it, of the context managers that the project defines."""

from __future__ import annotations

from hookproof.evaluator.errors import Catch, caught_by, is_suppressing
from hookproof.evaluator.functions import is_context_manager
from hookproof.interpreter.domain import Access, Arguments, Frame, Value, Values, union
from hookproof.interpreter.exits import joined_exits, met_exits, move_exits, on_the_way_out
from hookproof.interpreter.gradients import set_by
from hookproof.interpreter.guards import is_expecting_context
from hookproof.interpreter.loops import guarded
from hookproof.interpreter.models.pools import open_stacks, unwind
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.state import Pending, State
from hookproof.interpreter.targets import bind
from hookproof.interpreter.values import HandleValue
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.project import Project
from hookproof.syntax import ir


def with_statement(run: Running, node: ir.With, frame: Frame) -> bool:
    """Run a `with` statement; return whether its end is never reached."""
    return _items(run, node.items, node.body, frame, is_guarded=False)


def _items(
    run: Running, items: tuple[ir.WithItem, ...], body: tuple[ir.Stmt, ...], frame: Frame, *, is_guarded: bool
) -> bool:
    if not items:
        return guarded(run, body, frame, is_guarded)
    item, *rest = items
    since = met_exits(run, frame)
    is_expecting = is_expecting_context(item.context, frame.scope, run.project)
    caught = _caught_by(run, item.context, frame)
    is_guarded = is_guarded or is_expecting or bool(caught)

    def run_body(values: Values) -> bool:
        if item.target is not None:
            bind(run, item.target, values, frame)
        outer = run.progress.caught
        run.progress.expected += is_expecting
        run.progress.caught += caught
        grad, run.progress.grad = run.progress.grad, set_by(run, item.context, frame)
        ends = _items(run, tuple(rest), body, frame, is_guarded=is_guarded)
        run.progress.grad = grad
        run.progress.caught = outer
        run.progress.expected -= is_expecting
        return ends

    def in_generator(values: Values) -> bool:
        ends = run_body(values)
        joined_exits(run, frame, since)
        return ends

    pending = Pending(item.context, in_generator)
    run.calls.pending.append(pending)
    values = run.evaluate(item.context, frame)
    run.calls.pending.remove(pending)
    if pending.ends is not None:
        move_exits(run, frame, since)
        return pending.ends
    is_guarded = is_guarded or any(_lets_nothing_through(value, run.project) for value in values)
    open_stacks(run, values)
    access = Access(item.context, frame)
    entered = _special(run, "__enter__", values, access)

    def leave() -> bool:
        _special(run, "__exit__", values, access)
        unwind(run, values)
        for value in values:
            if isinstance(value, HandleValue):
                run.progress.remove(value, access.location)
        return False

    return on_the_way_out(run, frame, since, run_body(entered or values), leave)


def _caught_by(run: Running, context: ir.Expr, frame: Frame) -> tuple[Catch, ...]:
    """Return what `contextlib.suppress(…)` catches."""
    if not isinstance(context, ir.Call) or not is_suppressing(context, frame.scope, run.project):
        return ()
    named = tuple(argument.value for argument in context.args)
    return (caught_by(named, frame.location(context), frame.scope, run.project),)


def _special(run: Running, name: str, values: Values, access: Access) -> Values:
    return union(*(value.special(run, name, access.calling()) or () for value in values))


def manager_of_stack(run: Running, node: ir.Call, manager: ir.Call, frame: Frame) -> Values:
    """Evaluate what a stack enters: it is not left before the stack is."""
    reached: list[State] = []
    progress = run.progress

    def stop(_: Values) -> bool:
        reached.append(progress.state.fork())
        return False

    pending = Pending(manager, stop)
    run.calls.pending.append(pending)
    values = run.evaluate(manager, frame)
    run.calls.pending.remove(pending)
    if reached:
        gone = progress.state.removed.keys() - reached[0].removed.keys()
        run.later.left_behind[node.at] = tuple(sorted(gone, key=lambda live: live.order))
        progress.state = reached[0]
    return values


def suspend(run: Running, values: Values, frame: Frame) -> None:
    """Run the body of the `with` statement that waits for this `yield`, if there is one."""
    for pending in run.calls.pending:
        if pending.generator is frame.function is not None and pending.ends is None:
            pending.ends = False
            pending.ends = pending.run_body(values)


def meet(run: Running, function: FunctionValue, args: Arguments | None) -> None:
    """Hear of a function that is entered: perhaps the one that a `with` statement calls."""
    pending = run.calls.pending[-1] if run.calls.pending else None
    is_asked = pending is not None and args is not None and args.node is pending.call
    if pending is not None and is_asked and is_context_manager(function.definition):
        pending.generator = function.definition.function


def _lets_nothing_through(value: Value, project: Project) -> bool:
    """Return whether the class of a context manager says that it holds every error back."""
    definition = value.definition if isinstance(value, ObjectValue) else None
    method = project.member(definition, "__exit__") if definition is not None else None
    last = method.function.body[-1:] if isinstance(method, FunctionDefinition) else ()
    match last:
        case (ir.Return(value=ir.Constant(value=True)),):
            return True
    return False
