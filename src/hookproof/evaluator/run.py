"""One function, evaluated with a tracked value as an argument, and the record of what is done to that."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from hookproof.evaluator import functions, outside, recording, statements, targets
from hookproof.evaluator.builtin_models import inspected
from hookproof.evaluator.containers import Containers
from hookproof.evaluator.contents import Items
from hookproof.evaluator.domain import (
    Access,
    Arguments,
    Content,
    Frame,
    State,
    Tracked,
    Value,
    Written,
    agreed,
)
from hookproof.evaluator.domains import Domain
from hookproof.evaluator.expressions import EXPRESSIONS
from hookproof.evaluator.guard_words import Guards
from hookproof.evaluator.models import MODELS
from hookproof.evaluator.objects import Outside
from hookproof.evaluator.reach import holds_module, reached_from
from hookproof.evaluator.submodules import handed_out
from hookproof.evaluator.use import Use
from hookproof.evaluator.values import Entered, FunctionValue, in_python
from hookproof.facts.types import TorchType
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    FunctionDefinition,
)
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass

_MAX_TURNS = 16
_MAX_CALLS = 24
_BUDGET = 20_000
_COST_OF_CALL = 10  # expressions: the state is copied wherever it may return
_NONE: Guards = frozenset()
Classes: TypeAlias = Callable[["Definition | None"], "ModuleClass | None"]
"""Gives the class of modules that a definition is, None for anything else."""


class BudgetExceededError(Exception):
    """A function takes more steps than it is worth."""


class Run:
    """What values, models and statements share while one function is evaluated (see `Evaluator`)."""

    def __init__(self, project: Project, classes: Classes, *, is_thrifty: bool = False) -> None:
        """Constructors and decorators run only where they are handed what is tracked, if it `is_thrifty`."""
        self.project = project
        self.containers: Domain[Value | None, Value, Arguments] = Containers(self)
        self.is_thrifty = is_thrifty
        self.module_class = classes
        self.state = State()
        self.guards = _NONE
        self.helpers: tuple[Location, ...] = ()
        self.turns = _MAX_TURNS
        self.rebindable: set[tuple[Frame, str]] = set()
        self.uses: list[Use] = []
        self.shared_objects: set[Hashable] = set()
        self.quiet = 0
        self.runs_texts = False
        self.entered: list[ir.Function] = []
        self._budget = _BUDGET
        self._allocated = 0
        self._running: list[tuple[int, Frame | None]] = []
        self._files: dict[str, Frame] = {}
        self._waiting: list[tuple[ir.Expr, Callable[[Value | None], None]]] = []
        self._watchers: list[set[Hashable]] = []
        self.evaluating: set[int] = set()
        self._derived: dict[Hashable, list[Hashable]] = {}

    # --- running -----------------------------------------------------------------------------------

    def evaluate(self, expr: ir.Expr, frame: Frame) -> Value | None:
        """Return what an expression stands for, and record what it does to the module."""
        self._budget -= 1
        if self._budget < 0:
            raise BudgetExceededError
        return EXPRESSIONS[type(expr)](self, expr, frame)

    def finishes(self, function: ir.Function, frame: Frame) -> bool:
        """Run the body of a function; tell whether its end was come to within the budget.

        Where it was not, what was found so far stands, and anything may follow.
        """
        self.begin(function)
        try:
            self.block(function.body, frame)
        except BudgetExceededError:
            return False
        return True

    def begin(self, function: ir.Function) -> None:
        """Take a function for the outermost that runs."""
        self._running.append((id(function), None))

    def block(self, body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        """Run statements; tell whether their end is never reached."""
        return statements.block(self, body, frame)

    def bind(self, target: ir.Expr, value: Value | None, written: Written) -> None:
        """Let an assignment target stand for a value."""
        targets.bind(self, target, value, written)

    def peek(self, expr: ir.Expr, frame: Frame) -> Value | None:
        """Return what an expression stands for without recording, or changing, anything."""
        state = self.state
        self.state = state.fork()
        with self.quietly():
            value = self.evaluate(expr, frame)
        self.state = state
        return value

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Record nothing meanwhile."""
        self.quiet += 1
        yield
        self.quiet -= 1

    @contextmanager
    def under(self, guards: Guards) -> Iterator[None]:
        """Let what happens meanwhile stand under guards."""
        outer, self.guards = self.guards, self.guards | guards
        yield
        self.guards = outer

    # --- names -------------------------------------------------------------------------------------

    def lookup(self, name: str, frame: Frame) -> Value | None:
        """Return what a name stands for; one about which nothing is known stands for itself."""
        scope: Frame | None = frame
        while scope is not None:
            home = scope.shared.get(name, scope)
            if (home, name) in self.state.names:
                value = self.state.names[home, name]
                if value is None:
                    self._allocated += 1
                    value = self.state.names[home, name] = Outside(self._allocated)
                return value
            if scope.function is not None and name in function_bindings(scope.function):
                return None
            scope = scope.parent
        key = (self._file(frame), name)
        if key in self.state.names:
            return in_python(self.state.names[key])
        found = self.value_of(self.project.lookup(frame.scope, name))
        return Outside((frame.scope.file.path, name)) if found is None else found

    def home(self, name: str, frame: Frame, *, is_global: bool) -> Frame:
        """Return the frame around a frame that has a name of its own by that name."""
        scope = frame.parent
        while scope is not None and not is_global:
            if (scope, name) in self.state.names:
                return scope
            scope = scope.parent
        return self._file(frame)

    def _file(self, frame: Frame) -> Frame:
        path = frame.scope.file.path
        if path not in self._files:
            self._files[path] = Frame(Scope(frame.scope.file))
        return self._files[path]

    def value_of(self, definition: Definition | None) -> Value | None:
        """Return the value of what a name stands for: of what is not a constant, the way to it."""
        return outside.value_of(self, definition)

    # --- conditions and loops ----------------------------------------------------------------------

    def turns_of(self, content: Items[Value | None] | None) -> tuple[tuple[Value | None, ...], bool]:
        """Return what a loop goes through, and whether these are its very turns.

        Loops in loops multiply: `turns` says how many are left.
        """
        if content is None:
            return (None,), False
        if content.is_open or not 0 < len(content.items) <= self.turns:
            return (agreed(content.groups),), False
        self.turns //= len(content.items)
        return content.items, True

    # --- objects -----------------------------------------------------------------------------------

    def allocate(self, content: Content | None) -> int:
        """Return the key of a new object that has this in it."""
        self._allocated += 1
        self.state.heap[self._allocated] = content
        return self._allocated

    def derive(self, made: Value | None, sources: Iterable[Value | None]) -> Value | None:
        """Return an iterator or a view about which nothing is known any more once its sources are changed."""
        if made is not None and made.key is not None:
            for source in sources:
                if source is not None and source.key is not None:
                    self._derived.setdefault(source.key, []).append(made.key)
        return made

    def put(self, key: Hashable, content: Content | None) -> None:
        """Let an object have something else in it."""
        self.state.heap[key] = content
        for derived in self._derived.pop(key, ()):
            self.put(derived, None)
        for watcher in self._watchers:
            watcher.add(key)

    @contextmanager
    def watching_writes(self) -> Iterator[set[Hashable]]:
        """Give the keys of what is changed meanwhile."""
        watcher: set[Hashable] = set()
        self._watchers.append(watcher)
        yield watcher
        self._watchers.pop()

    def forget(self, values: Iterable[Value | None], *, is_external: bool) -> None:
        """Give up what a call may have changed that is given these."""
        reached, calls_back = reached_from(self, values)
        self.shared_objects |= reached
        for key in reached:
            self.put(key, None)
        if is_external and not calls_back:
            return
        heap = self.state.heap
        for key in [key for key in heap if type(key) is Outside and heap[key] is not None]:
            self.put(key, None)
        for frame, name in self.rebindable:
            self.state.names[frame, name] = None
        files = {id(file) for file in self._files.values()}
        names = self.state.names
        for key in [key for key in names if id(key[0]) in files] if files else ():
            names[key] = None

    def submodules(self, module: Tracked, method: str, *, is_prefixed: bool = False) -> Value:
        """Return the modules that a method of a module hands out; a prefix changes the names it gives."""
        return handed_out(self, module, method, is_prefixed=is_prefixed)

    # --- calls -------------------------------------------------------------------------------------

    def call(self, callee: Value | None, args: Arguments, receiver: Value | None = None) -> Value | None:
        """Carry out a call; what nobody knows may change whatever it is given."""
        if callee is not None and not isinstance(callee, Outside):
            return callee.call(self, args)
        self.passed_on(args)
        self.forget([*args.each(), receiver, callee], is_external=False)
        return None

    def call_external(self, qualname: str, args: Arguments) -> Value | None:
        """Carry out a call of what lies outside the project."""
        model = MODELS.get(qualname)
        if model is not None:
            return model(self, args)
        if qualname.startswith("inspect."):
            return inspected(self, args)
        self.passed_on(args)
        self.runs_texts = self.runs_texts or qualname == "builtins.exec"
        if not qualname.startswith("builtins."):
            self.forget(args.each(), is_external=True)
        return None

    def construct(self, cls: ClassDefinition, args: Arguments) -> Value | None:
        """Make an object of a class of the project."""
        return functions.construct(self, cls, args)

    def enter(self, function: Value, args: Arguments, *, is_forced: bool = False) -> Value | None:
        """Run a function of the project unless it has nothing to do with a module; return what it gives."""
        assert isinstance(function, FunctionValue)
        definition = function.definition
        carries = is_forced or any(holds_module(self, value) for value in [*args.each(), function])
        node = definition.function
        resume = self._resume(definition, args)
        call = (id(node), function.frame)
        is_new = call not in self._running and len(self._running) < _MAX_CALLS
        if not is_new or not (carries or resume is not None or self._has_shared_modules()):
            self.forget(args.each(), is_external=False)
            return None
        self._budget -= _COST_OF_CALL
        frame = functions.frame_of(function)
        frame.on_yield, frame.guards, frame.caller = resume, self.guards, args.frame
        functions.bind(self, frame, function, args)
        helpers = self.helpers
        self.helpers = (*helpers, Location(args.frame.scope.file, args.node.at))
        self._running.append(call)
        self.entered.append(node)
        found = functions.run_body(self, frame, node)
        self._running.pop()
        self.helpers = helpers
        if resume is None and functions.is_context_manager(definition):
            content = found.iterate(self, Access(args.node, args.frame)) if found is not None else None
            return None if content is None else Entered(content.at(0, agreed))
        return found

    def _has_shared_modules(self) -> bool:
        """Return whether a function that is given nothing can still come by a module."""
        files = self._files.values()
        return any(
            owner in files and holds_module(self, value) for (owner, _), value in self.state.names.items()
        )

    def _resume(
        self, definition: FunctionDefinition, args: Arguments
    ) -> Callable[[Value | None], None] | None:
        if not self._waiting or self._waiting[-1][0] is not args.node:
            return None
        return self._waiting[-1][1] if functions.is_context_manager(definition) else None

    @contextmanager
    def resuming(self, resume: Callable[[Value | None], None], context: ir.Expr) -> Iterator[None]:
        """Run the body of a `with` statement where the generator behind its context manager yields."""
        self._waiting.append((context, resume))
        yield
        self._waiting.pop()

    def define(self, function: ir.Function, frame: Frame) -> Value | None:
        """Return a function or lambda that is written in a frame; what it captures is used as if it ran."""
        qualname = self.project.qualname(frame.scope, function.name)
        definition = FunctionDefinition(function.name, frame.scope, qualname, body=function)
        value = FunctionValue(definition, frame)
        if (id(function), frame) in self._running:
            return value
        value = functions.with_defaults(self, value, frame)
        self._running.append((id(function), frame))
        functions.tried(self, value)
        self._running.pop()
        return value

    # --- recording ---------------------------------------------------------------------------------

    def passed_on(self, args: Arguments, function: FunctionDefinition | None = None) -> None:
        """Record the modules that a call is given; a function's name, where it does not take just any."""
        recording.passed_on(self, args, function)

    def record(
        self,
        module: Tracked,
        access: Access,
        name: str | None = None,
        *,
        value: ir.Expr | None = None,
        type: TorchType | None = None,
        operator: str = "",
        target: str | None = None,
    ) -> None:
        """Record one use of `module`, or of its attribute `name`."""
        use = recording.use_of(
            self, module, access, name, value=value, type=type, operator=operator, target=target
        )
        if use is not None and not self.quiet:
            self.uses.append(use)
