"""One root, a file's own statements or a function, that is run; its listener is told what happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from hookproof.evaluator.domains import Domain
from hookproof.interpreter import calls, conditions, context_managers, names, registries, statements
from hookproof.interpreter.attributes import Attributes
from hookproof.interpreter.before_tests import set_up
from hookproof.interpreter.domain import Access, Arguments, Frame, Value, Values, union
from hookproof.interpreter.expressions import EXPRESSIONS
from hookproof.interpreter.functions import Functions
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.models.containers import Containers
from hookproof.interpreter.models.external_calls import call_external
from hookproof.interpreter.models.methods import call_method
from hookproof.interpreter.models.single_dispatch import Implementations
from hookproof.interpreter.objects import FunctionValue
from hookproof.interpreter.parts import Parts
from hookproof.interpreter.plain import ContainerValue
from hookproof.interpreter.running import Calls, FileNames, Filling, Later
from hookproof.interpreter.values import HooksValue, RegisteredValue
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition, ValueDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.relevance import Relevance
from hookproof.semantic.spread import MAX_FILES
from hookproof.syntax import ir
from hookproof.syntax.outline import Block
from hookproof.syntax.source_file import SourceFile

_BUDGET = 4_000  # expressions
_BUDGET_OF_STATEMENT = 16  # expressions by which each statement of a root adds to the budget
_BUDGET_OF_TEST = 200  # expressions


class BudgetExceededError(Exception):
    """A root took more steps than it is worth; what was found so far stands."""


class Run:
    """What values, models and statements share while one root is run (see `Evaluator` and `Running`)."""

    def __init__(
        self,
        listener: Listener,
        relevance: Relevance,
        *,
        budget: int = _BUDGET,
        takes_every_way: bool = False,
    ) -> None:
        self.takes_every_way = takes_every_way
        self.listener, self.progress, self.relevance = listener, listener.progress, relevance
        self.project = listener.progress.project
        self.implementations = Implementations(self.project)
        self.handed_on: set[Value] = set()
        self.calls, self.names = Calls(), FileNames()
        self.later, self.filling = Later(), Filling()
        self.containers: Domain[Values, ContainerValue, Arguments] = Containers(self)
        self.patched = self.progress.patched
        self.replaced_inits: dict[Location, Values] = {}
        self._budget, self._main = budget, ""
        self._parts = Parts(self.progress)
        self._attributes = Attributes(self)
        self._functions = Functions(self)
        self.element, self.child = self._parts.element, self._parts.child
        self.in_order = self._parts.in_order

    # --- roots -------------------------------------------------------------------------------------

    def run_module(self, frame: Frame) -> None:
        """Run a file's own statements; functions and classes are only bound."""
        self._main = frame.file.path
        self._run_level(frame, imports=self.relevance.may_import_hooks(frame.file))
        self.progress.guards, self.progress.assumed, self.progress.choices = 0, (), 0
        self._run_uncalled()

    def _run_level(self, frame: Frame, *, imports: bool) -> None:
        self.names.files[frame.file.path] = frame
        outer, self.filling.level_file = self.filling.level_file, frame.file
        again = _defined_again(frame.file.outline.blocks)
        for block in frame.file.outline.blocks:
            if block.name in again and block.owner is None:
                qualname = self.project.qualname(frame.scope, block.name)
                function = FunctionDefinition(block.name, frame.scope, qualname, block=block.index)
                frame.locals[block.name] = (FunctionValue(function),)
            if imports:
                self._run_imports(frame, (block,))
            is_level = self.relevance.runs_at_level(frame.file, block)
            if is_level and self.relevance.is_worth_running(frame.file, block):
                body = frame.file.block(block.index)
                self._budget += len(body) * _BUDGET_OF_STATEMENT
                # What a test has kept out stays out: the statements of a file are one block.
                if statements.in_order(self, body, frame):
                    break
        self.filling.level_file = outer

    def imported(self) -> Iterator[SourceFile]:
        """Yield the files that the one which runs as a whole imports by itself."""
        file = self.filling.level_file
        for block in file.outline.blocks if file is not None else ():
            for node in file.block(block.index) if file is not None and block.kind == "import" else ():
                if file is not None and isinstance(node, ir.Import):
                    yield from names.imported_files(self.project, file, node)

    def carry_out_import(self, node: ir.Import, frame: Frame) -> None:
        """Run the statements of the files that are imported, where some register hooks, once each."""
        for file in names.imported_files(self.project, frame.file, node):
            if file.path in self.names.imported or file.path in {self._main, frame.file.path}:
                continue
            self.names.imported.add(file.path)
            inner = names.file_frame(self, file)
            if file.path in self.relevance.registering_levels:
                self._run_level(inner, imports=True)
            elif len(self.relevance.files) <= MAX_FILES:
                self._run_imports(inner, file.outline.blocks)

    def _run_imports(self, frame: Frame, blocks: Iterable[Block]) -> None:
        for block in blocks:
            for node in frame.file.block(block.index) if block.kind == "import" else ():
                if isinstance(node, ir.Import):
                    self.carry_out_import(node, frame)

    def run_function(self, function: FunctionValue) -> None:
        """Run a function of which no call is known, its parameters unknown."""
        self._budget += len(function.definition.function.body) * _BUDGET_OF_STATEMENT
        bound_self = set_up(self, function.definition)
        self.enter(function if bound_self is None else replace(function, bound_self=bound_self), None)
        self._run_uncalled()

    def _run_uncalled(self) -> None:
        """Run the inner functions that nobody called, or that register a hook on whatever they are given."""
        run: set[int] = set()
        while self.calls.uncalled:
            key, function = self.calls.uncalled.popitem()
            if key not in run:
                run.add(key)
                self._run_apart(function)
        for key, function in list(self.calls.registering.items()):
            if key not in run:
                body = function.definition
                self._run_again(function, Location(body.scope.file, body.function.at) in self.calls.entered)
        for cls in list(dict.fromkeys(self.calls.inner_classes)):
            for method in (found for methods in self.project.methods(cls).values() for found in methods):
                if self.relevance.meets(method.function, method.scope.file):
                    self._run_apart(FunctionValue(method))

    def _run_again(self, function: FunctionValue, was_called: bool) -> None:
        """Run a function with unknown arguments that may have been called with others before."""
        outer, self.progress.is_again = self.progress.is_again, was_called
        self._run_apart(function)
        self.progress.is_again = outer

    def _run_apart(self, function: FunctionValue) -> None:
        """Run a function with unknown arguments; what it does is not seen by what runs after it."""
        state, started = self.progress.state, self.progress.order
        self.progress.state = state.fork()
        self.enter(function, None)
        # Hooks of its own that it took off again are nobody else's.
        removed = self.progress.state.removed.items()
        state.removed.update((live, when) for live, when in removed if live.order > started)
        self.progress.state = state

    def decided(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Return whether a condition holds when the run is over, whatever it has cost."""
        self._budget = max(self._budget, _BUDGET_OF_TEST)
        try:
            return conditions.truth(self, test, frame)
        except RecursionError:
            return None

    def named(self, file: SourceFile, name: str) -> Values:
        """Return what a name of a file stands for when the run is over, as far as it was carried out."""
        return names.file_frame(self, file).locals.get(name, ())

    # --- running -----------------------------------------------------------------------------------

    def evaluate(self, expr: ir.Expr, frame: Frame) -> Values:
        """Return what an expression may be, nothing for values of no interest (numbers that are made up)."""
        self._budget -= 1
        if self._budget < 0:
            raise BudgetExceededError
        return EXPRESSIONS[type(expr)](self, expr, frame)

    def block(self, body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        """Run statements in order; return whether the end is never reached."""
        return statements.block(self, body, frame)

    # --- names and parts ---------------------------------------------------------------------------

    def member_of_file(self, file: SourceFile, name: str, asker: SourceFile) -> Values:
        """Return what a name of a file stands for."""
        return names.member_of_file(self, file, name, asker)

    def held(self, value: Value) -> Mapping[str, Values]:
        """Return the attributes that a value was seen to have."""
        return self.progress.state.of(value).attributes

    def keep(self, value: Value, name: str, values: Values) -> None:
        """Note an attribute that a value has had all along."""
        self.progress.state.set_attribute(value, name, values)

    def rebind(self, value: Value, name: str, values: Values) -> None:
        """Let an attribute of a value be something else from now on."""
        self.progress.rebind(value, name, values)

    def elements(self, values: Values) -> Values:
        """Return what a loop over these gives."""
        return union(*(value.elements(self) for value in values))

    def content(self, container: Value) -> Value:
        """Return what a container holds by now."""
        return self.progress.state.now(container) if isinstance(container, ContainerValue) else container

    def hooks_in(self, table: Value) -> Values:
        """Return the hooks that a module has in one of its tables."""
        hooks = self.progress.hooks_in(table) if isinstance(table, HooksValue) else ()
        return tuple(RegisteredValue(live) for live in hooks)

    def attribute(self, owners: Values, name: str, access: Access) -> Values:
        """Return `owner.name`."""
        return union(*(owner.get(self, name, access) for owner in owners))

    def subscript(self, owners: Values, key: Values, access: Access) -> Values:
        """Return `owner[key]`."""
        return union(*(owner.item(self, key, access) for owner in owners))

    def named_member(self, owner: Value, name: str, access: Access) -> Values:
        """Return the attribute or method of that name, for a function that is handed the object."""
        return calls.named_member(self, owner, name, access)

    def own_attribute(self, owner: Value, name: str, access: Access) -> Values:
        """Return what an object, a class or a function of the project has under a name."""
        return self._attributes.get(owner, name, access)

    def assign_attribute(self, owner: Value, name: str, values: Values, access: Access) -> None:
        """Carry out `object.name = …`."""
        self._attributes.assign(owner, name, values, access)

    # --- calls -------------------------------------------------------------------------------------

    def call(self, callees: Values, args: Arguments) -> Values:
        """Carry out a call of each of these."""
        return union(*(callee.call(self, args) for callee in callees))

    def call_inside(self, callees: Values, args: Arguments) -> Values:
        """Carry out a call of what is compiled: whatever its size, the function is entered."""
        for callee in callees:
            if isinstance(callee, FunctionValue):
                self.calls.compiled.add(callee.definition)
        return self.call(callees, args)

    def call_method(self, owner: Value, name: str, args: Arguments) -> Values:
        """Carry out a method that is known by its name."""
        return call_method(self, owner, name, args)

    def call_external(self, qualname: str, args: Arguments) -> Values:
        """Carry out a call of what lies outside the project."""
        return call_external(self, qualname, args)

    def construct(self, cls: ClassDefinition, args: Arguments) -> Values:
        """Make an object of a class of the project."""
        return calls.construct(self, cls, args)

    def decorate(self, function: FunctionValue) -> None:
        """Call the decorators of a function that is defined."""
        self._functions.decorate(function)

    def replaced(self, function: FunctionValue) -> Values:
        """Return what decorators have put in a function's place, nothing where that is itself."""
        return self._functions.replaced(function)

    def enter(self, function: FunctionValue, args: Arguments | None) -> Values:
        """Run a function of the project; return what it may give. Without arguments nobody calls it."""
        context_managers.meet(self, function, args)
        return self._functions.enter(function, args)

    # --- registries --------------------------------------------------------------------------------

    def fill(self, definition: ValueDefinition, values: Values, frame: Frame) -> None:
        """Put into a container of a file or class what is put into it elsewhere."""
        registries.fill(self, definition, values, frame)


def _defined_again(blocks: Iterable[Block]) -> frozenset[str]:
    """Return the names of functions that a file defines more than once, as exported notebooks do."""
    counts = Counter(block.name for block in blocks if block.kind == "def" and block.owner is None)
    return frozenset(name for name, count in counts.items() if count > 1)
