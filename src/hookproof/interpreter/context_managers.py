"""`with`: what runs before the body, and what after it, of the context managers that the project defines."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from hookproof.interpreter.domain import Access, Arguments, Frame, Value, Values, union
from hookproof.interpreter.functions import is_context_manager
from hookproof.interpreter.guards import is_guarding_context
from hookproof.interpreter.loops import guarded
from hookproof.interpreter.models.pools import open_stacks, unwind
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.state import State
from hookproof.interpreter.targets import bind
from hookproof.interpreter.values import HandleValue
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.project import Project
from hookproof.syntax import ir


class _Pending(Struct):
    """A `with` item whose body waits for the generator that `call` runs to reach its `yield`."""

    call: ir.Expr
    run_body: Callable[[Values], bool]
    generator: ir.Function | None = None
    ends: bool | None = None


class ContextManagers:
    """Runs `with` statements in the order in which Python does."""

    def __init__(self, run: Running) -> None:
        self._run = run
        self._pending: list[_Pending] = []

    def carry_out(self, node: ir.With, frame: Frame) -> bool:
        """Run a `with` statement; return whether its end is never reached."""
        return self._items(node.items, node.body, frame, is_guarded=False)

    def _items(
        self, items: tuple[ir.WithItem, ...], body: tuple[ir.Stmt, ...], frame: Frame, *, is_guarded: bool
    ) -> bool:
        run = self._run
        if not items:
            return guarded(run, body, frame, is_guarded)
        item, *rest = items
        is_guarded = is_guarded or is_guarding_context(item.context, frame.scope, run.project)

        def run_body(values: Values) -> bool:
            if item.target is not None:
                bind(run, item.target, values, frame)
            return self._items(tuple(rest), body, frame, is_guarded=is_guarded)

        pending = _Pending(item.context, run_body)
        self._pending.append(pending)
        values = run.evaluate(item.context, frame)
        self._pending.remove(pending)
        if pending.ends is not None:
            return pending.ends
        is_guarded = is_guarded or any(_lets_nothing_through(value, run.project) for value in values)
        open_stacks(run, values)
        access = Access(item.context, frame)
        entered = self._special("__enter__", values, access)
        ends = run_body(entered or values)
        self._special("__exit__", values, access)
        unwind(run, values)
        for value in values:
            if isinstance(value, HandleValue):
                run.progress.remove(value, access.place)
        return ends

    def _special(self, name: str, values: Values, access: Access) -> Values:
        return union(*(value.special(self._run, name, access.calling()) or () for value in values))

    def manager(self, node: ir.Call, manager: ir.Call, frame: Frame) -> Values:
        """Evaluate what a stack enters: it is not left before the stack is."""
        reached: list[State] = []
        progress = self._run.progress

        def stop(_: Values) -> bool:
            reached.append(progress.state.fork())
            return False

        pending = _Pending(manager, stop)
        self._pending.append(pending)
        values = self._run.evaluate(manager, frame)
        self._pending.remove(pending)
        if reached:
            gone = progress.state.removed.keys() - reached[0].removed.keys()
            self._run.left_behind[node.at] = tuple(sorted(gone, key=lambda live: live.order))
            progress.state = reached[0]
        return values

    def suspend(self, values: Values, frame: Frame) -> None:
        """Run the body of the `with` statement that waits for this `yield`, if there is one."""
        for pending in self._pending:
            if pending.generator is frame.function is not None and pending.ends is None:
                pending.ends = False
                pending.ends = pending.run_body(values)

    def meet(self, function: FunctionValue, args: Arguments | None) -> None:
        """Hear of a function that is entered: perhaps the one that a `with` statement calls."""
        pending = self._pending[-1] if self._pending else None
        is_asked = pending is not None and args is not None and args.node is pending.call
        if pending is not None and is_asked and is_context_manager(function.definition):
            pending.generator = function.definition.function


def _lets_nothing_through(value: Value, project: Project) -> bool:
    """Tell whether the class of a context manager says that it holds every error back."""
    definition = value.definition if isinstance(value, ObjectValue) else None
    method = project.member(definition, "__exit__") if definition is not None else None
    last = method.function.body[-1:] if isinstance(method, FunctionDefinition) else ()
    match last:
        case (ir.Return(value=ir.Constant(value=True)),):
            return True
    return False
