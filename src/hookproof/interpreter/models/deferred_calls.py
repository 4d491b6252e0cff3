"""Calls that are handed over to be made elsewhere: to a thread, a pool, an event loop, a stack."""

from __future__ import annotations

from msgspec import Struct

from hookproof.interpreter.listener import Listener
from hookproof.interpreter.models.external_calls import ExternalCalls, Keywords
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.values import (
    ConstantValue,
    ContainerValue,
    Frame,
    FunctionValue,
    HandleValue,
    LiveHook,
    MethodValue,
    PartialValue,
    SupplierValue,
    Values,
    union,
)
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.syntax import ir

_THREAD_POOLS = frozenset(
    {
        "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.thread.ThreadPoolExecutor",
        "multiprocessing.dummy.Pool",
        "multiprocessing.pool.ThreadPool",
    }
)
_PROCESS_POOLS = frozenset(
    {
        "concurrent.futures.ProcessPoolExecutor",
        "concurrent.futures.process.ProcessPoolExecutor",
        "multiprocessing.Pool",
        "multiprocessing.pool.Pool",
        "torch.multiprocessing.Pool",
    }
)
_STACKS = frozenset({"contextlib.AsyncExitStack", "contextlib.ExitStack"})
_REFERENCES = frozenset({"weakref.WeakMethod", "weakref.ref"})
_MAPPING_METHODS = frozenset({"imap", "imap_unordered", "map", "map_async"})
# Where the function stands among the arguments; what follows is given to it, as it is or in a tuple.
_THREADS = {"threading.Thread": 1, "threading.Timer": 1}
_ENTERING_METHODS = frozenset({"enter_async_context", "enter_context", "push", "push_async_exit"})
_CALLBACK_METHODS = frozenset({"callback", "push_async_callback"})
STACKING_METHODS = _ENTERING_METHODS | _CALLBACK_METHODS


class Deferred(Struct, frozen=True):
    """A call that waits in a stack of callbacks."""

    functions: Values
    args: list[Values]
    keywords: Keywords
    node: ir.Call


class DeferredCalls(ExternalCalls):
    """Carries out calls that other code makes with the function and the arguments it is given."""

    def __init__(self, listener: Listener, budget: int) -> None:
        super().__init__(listener, budget)
        self.stacks: dict[ObjectValue, list[Deferred]] = {}
        # What is called when nothing holds an object any more.
        self.mortal: dict[ObjectValue, FunctionValue | PartialValue] = {}

    def defer(
        self, qualname: str, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        """Carry out a call of a function that calls another one, now or later; nothing if it is none."""
        if qualname in _REFERENCES and args:
            return (SupplierValue(args[0]),)
        if qualname == "weakref.finalize" and len(args) > 1:
            later = PartialValue(args[1], tuple(args[2:]), keywords)
            self.mortal.update(
                (value, later)
                for value in args[0]
                if isinstance(value, ObjectValue) and value.is_created and value.module_class is None
            )
            return (later,)
        if qualname in _THREADS:
            return (self._thread(args[_THREADS[qualname] :], keywords),)
        if qualname == "asyncio.to_thread" and args:
            return self._call_each(args[0], node, args[1:], keywords, frame)
        return ()

    def _thread(self, args: list[Values], keywords: Keywords) -> ObjectValue:
        thread = ObjectValue("call", is_created=True)
        target = keywords.get("target") or keywords.get("function") or (args[0] if args else ())
        given = keywords.get("args") or (args[1] if len(args) > 1 else ())
        run = PartialValue(target, tuple(self._given_in(given)), self._named_in(keywords.get("kwargs", ())))
        for name in ("start", "run"):
            self.progress.state.set_attribute(thread, name, (run,))
        return thread

    def _given_in(self, values: Values) -> list[Values]:
        """Return the elements of a tuple or list that was written out."""
        only = values[0] if len(values) == 1 else None
        spread = self.parts.iterated(only) if isinstance(only, ContainerValue) else None
        return list(spread.items) if spread is not None and spread.is_exact else []

    def _named_in(self, values: Values) -> Keywords:
        """Return the entries of a dict that was made here, as `**` passes them on."""
        only = values[0] if len(values) == 1 else None
        keyed = self.containers.now(only).keyed if isinstance(only, ContainerValue) else {}
        return {key: value for key, value in keyed.items() if isinstance(key, str)}

    def _pooled(
        self,
        owner: ObjectValue,
        name: str,
        node: ir.Call,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
    ) -> Values | None:
        """Carry out a method of a pool that calls a function; None where it is none."""
        maker = self.made_by.get(owner, "")
        if name == "run_in_executor" and len(args) > 1:
            pool = args[0][0] if len(args[0]) == 1 else None
            is_here = isinstance(pool, ConstantValue) or (
                isinstance(pool, ObjectValue) and self.made_by.get(pool) in _THREAD_POOLS
            )
            return self._here_or_apart(is_here, args[1], node, args[2:], keywords, frame)
        if maker not in _THREAD_POOLS | _PROCESS_POOLS or not args:
            return None
        is_here = maker in _THREAD_POOLS
        function, rest = args[0], args[1:]
        if name == "submit":
            found = self._here_or_apart(is_here, function, node, rest, keywords, frame)
        elif name in _MAPPING_METHODS and rest:
            state = self.progress.state
            self.progress.state = state if is_here else state.fork()
            mapped = self.mapped(function, rest, node, frame)
            self.progress.state = state
            return (mapped,) if is_here else (ContainerValue("iterator", [()]),)
        elif name in {"apply", "apply_async"}:
            given = self._given_in(rest[0]) if rest else []
            found = self._here_or_apart(is_here, function, node, given, {}, frame)
        else:
            return None
        if name == "apply":
            return found
        future = ObjectValue("call", is_created=True)
        for result in ("result", "get"):
            self.progress.state.set_attribute(future, result, (SupplierValue(found),))
        return (future,)

    def _here_or_apart(
        self,
        is_here: bool,
        functions: Values,
        node: ir.Call,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
    ) -> Values:
        """Call functions; what they do in another process is not seen by what runs after them here."""
        if is_here:
            return self._call_each(functions, node, args, keywords, frame)
        state = self.progress.state
        self.progress.state = state.fork()
        self._call_each(functions, node, args, keywords, frame)
        self.progress.state = state
        return ()

    def _call_each(
        self, functions: Values, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        return union(*(self.call_value(function, node, args, keywords, frame) for function in functions))

    # --- stacks of callbacks -------------------------------------------------------------------------

    def open_stacks(self, values: Values) -> None:
        """Remember the stacks among the values that a `with` statement enters."""
        for value in values:
            if isinstance(value, ObjectValue) and self.made_by.get(value) in _STACKS:
                self.stacks[value] = []

    def unwind(self, values: Values, frame: Frame) -> None:
        """Make the calls that wait in the stacks among these values."""
        for value in values:
            waiting = self.stacks.get(value, []) if isinstance(value, ObjectValue) else []
            while waiting:
                call = waiting.pop()
                self._call_each(call.functions, call.node, call.args, call.keywords, frame)

    def left_behind(self, node: ir.Call) -> tuple[LiveHook, ...]:
        """Return the hooks that what a call has entered takes off when it is left."""
        raise NotImplementedError

    def _stack_up(
        self,
        owner: ObjectValue,
        name: str,
        node: ir.Call,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
    ) -> Values:
        """Carry out `stack.enter_context(manager)` or `stack.callback(function, …)`."""
        waiting = self.stacks.get(owner)
        if waiting is None:
            for value in args[0]:
                if isinstance(value, HandleValue):
                    self.progress.lose(value)
            self.lose_removals(args[0])
            return args[0]
        if name in _CALLBACK_METHODS:
            waiting.append(Deferred(args[0], args[1:], keywords, node))
            return args[0]
        place, entered = frame.place(node), []
        for value in args[0]:
            if isinstance(value, ObjectValue) and value.definition is not None:
                method = self.project.member(value.definition, "__enter__")
                if isinstance(method, FunctionDefinition) and name.startswith("enter"):
                    entered.append(self.enter(FunctionValue(method, bound_self=value), [], {}, node))
                leave = self.project.member(value.definition, "__exit__")
                if isinstance(leave, FunctionDefinition):
                    bound = FunctionValue(leave, bound_self=value)
                    waiting.append(Deferred((bound,), [], {}, node))
            elif isinstance(value, HandleValue):
                waiting.append(Deferred((MethodValue(value, "remove", place),), [], {}, node))
        for live in self.left_behind(node):
            waiting.append(Deferred((MethodValue(HandleValue(live), "remove", place),), [], {}, node))
        return union(*entered) or args[0]
