"""`with`: what runs before the body, and what after it, of the context managers that the project defines."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from hookproof.interpreter.assignments import Assignments
from hookproof.interpreter.function_calls import is_context_manager
from hookproof.interpreter.guards import is_guarding_context
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.models.external_calls import Keywords
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import State
from hookproof.interpreter.values import Frame, FunctionValue, HandleValue, LiveHook, Values, union
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.relevance import Relevance
from hookproof.syntax import ir


class _Pending(Struct):
    """A `with` item whose body waits for the generator that `call` runs to reach its `yield`."""

    call: ir.Expr
    run_body: Callable[[Values], bool]
    generator: ir.Function | None = None
    ends: bool | None = None


class ContextManagers(Assignments):
    """Runs `with` statements in the order in which Python does."""

    def __init__(self, listener: Listener, relevance: Relevance, budget: int = 4_000) -> None:
        super().__init__(listener, relevance, budget)
        self._pending: list[_Pending] = []
        self._left_behind: dict[int, tuple[LiveHook, ...]] = {}

    def guarded(self, body: tuple[ir.Stmt, ...], frame: Frame, is_guarded: bool) -> bool:
        """Run statements that no ScriptModule may get to."""
        raise NotImplementedError

    def with_statement(
        self,
        items: tuple[ir.WithItem, ...],
        body: tuple[ir.Stmt, ...],
        frame: Frame,
        is_guarded: bool = False,
    ) -> bool:
        """Run a `with` statement, item by item; return whether its end is never reached."""
        if not items:
            return self.guarded(body, frame, is_guarded)
        item, *rest = items
        is_guarded = is_guarded or is_guarding_context(item.context, frame.scope, self.project)

        def run_body(values: Values) -> bool:
            if item.target is not None:
                self.bind_target(item.target, values, frame)
            return self.with_statement(tuple(rest), body, frame, is_guarded)

        pending = _Pending(item.context, run_body)
        self._pending.append(pending)
        values = self.evaluate(item.context, frame)
        self._pending.remove(pending)
        if pending.ends is not None:
            return pending.ends
        self.open_stacks(values)
        entered = self._call_methods("__enter__", values, item.context)
        ends = run_body(entered or values)
        self._call_methods("__exit__", values, item.context)
        self.unwind(values, frame)
        for value in values:
            if isinstance(value, HandleValue):
                self.progress.remove(value, frame.place(item.context))
        return ends

    def _arguments(self, node: ir.Call, frame: Frame) -> tuple[list[Values], Keywords]:
        """Evaluate arguments; a context manager that a stack enters is not left before the stack is."""
        match node:
            case ir.Call(
                func=ir.Attribute(attr="enter_context"), args=(ir.Argument(value=ir.Call() as given),)
            ):
                return [self._entered(node, given, frame)], {}
        return super()._arguments(node, frame)

    def _entered(self, node: ir.Call, entered: ir.Call, frame: Frame) -> Values:
        reached: list[State] = []

        def stop(_: Values) -> bool:
            reached.append(self.progress.state.fork())
            return False

        pending = _Pending(entered, stop)
        self._pending.append(pending)
        values = self.evaluate(entered, frame)
        self._pending.remove(pending)
        if reached:
            gone = self.progress.state.removed.keys() - reached[0].removed.keys()
            self._left_behind[node.at] = tuple(sorted(gone, key=lambda live: live.order))
            self.progress.state = reached[0]
        return values

    def left_behind(self, node: ir.Call) -> tuple[LiveHook, ...]:
        """Return the hooks that what a call has entered takes off when it is left."""
        return self._left_behind.pop(node.at, ())

    def suspend(self, values: Values, frame: Frame) -> None:
        """Run the body of the `with` statement that waits for this `yield`, if there is one."""
        for pending in self._pending:
            if pending.generator is frame.function is not None and pending.ends is None:
                pending.ends = False
                pending.ends = pending.run_body(values)

    def enter(
        self, function: FunctionValue, args: list[Values], keywords: Keywords, node: ir.Call | None
    ) -> Values:
        """Run the body of a project function, as a context manager where a `with` statement calls it."""
        pending = self._pending[-1] if self._pending else None
        if pending is not None and node is pending.call and is_context_manager(function.definition):
            pending.generator = function.definition.function
        return super().enter(function, args, keywords, node)

    def _call_methods(self, name: str, values: Values, context: ir.Expr) -> Values:
        """Call a method on those of the values whose class defines it; return what these calls return."""
        found: list[Values] = []
        call = ir.Call(context.at, context, ())
        for value in values:
            if isinstance(value, ObjectValue) and value.definition is not None:
                method = self.project.member(value.definition, name)
                if isinstance(method, FunctionDefinition):
                    found.append(self.enter(FunctionValue(method, bound_self=value), [], {}, call))
        return union(*found)
