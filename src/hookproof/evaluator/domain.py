"""The abstract domain: values, what can be done to them, where they are, and who carries it out.

An expression stands for one `Value`, or for None where nothing is known of it. Each operation has a default
that knows nothing, so that a new kind of value says only what it is good for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeAlias

from msgspec import Struct, field

from hookproof.evaluator import arguments
from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domains import Domain
from hookproof.finding import UseKind
from hookproof.semantic.definitions import ClassDefinition, Definition, FunctionDefinition
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.facts.types import TorchType
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.location import Location
    from hookproof.semantic.project import Project

Content: TypeAlias = "Items[Value | None] | Entries[Value | None] | int"


def agreed(values: Iterable[Value | None]) -> Value | None:
    """Return the value that all of these are, None where they differ: no two are known to be one."""
    found = [*values]
    return found[0] if found and all(value == found[0] for value in found) else None


class State(Struct, eq=False):
    """A snapshot that is forked before a branch and joined after it.

    `names` has a value for each name of each frame, None where it is not known. `heap` has what is in the
    objects, by their keys, None once somebody unknown may have changed it.
    """

    names: dict[tuple[Frame, str], Value | None] = field(default_factory=dict)
    heap: dict[Hashable, Content | None] = field(default_factory=dict)

    def fork(self) -> State:
        """Return an independent copy; what is in it is immutable."""
        return State(dict(self.names), dict(self.heap))


class Frame:
    """The names of one call, of a comprehension or of a file, and the frame around it.

    `shared` are the names that `global` and `nonlocal` bind in another frame. `returned` has what each
    `return` gives and what holds there, `yielded` what each `yield` gives and whether that is certainly
    reached. `on_yield` runs the body of the `with` statement that waits for a generator. `jumps` has, for
    each loop that runs, what holds where it is left early. `conditions` counts the branches that it stands
    in, loops of any number of turns among them, which `loops` counts too. `has_left` says that some way may
    have ended the call already, `caller` is the frame that the call stands in; where it `is_tried` there is
    no call. `guards` are those that the call stands under, `ending` those that the end of its body does.
    """

    def __init__(
        self,
        scope: Scope,
        parent: Frame | None = None,
        function: ir.Function | None = None,
        owner: ClassDefinition | None = None,
    ) -> None:
        self.scope = scope
        self.parent = parent
        self.function = function
        self.owner = owner
        self.shared: dict[str, Frame] = {}
        self.returned: list[Returned] = []
        self.yielded: list[tuple[Value | None, bool, frozenset[str]]] = []
        self.on_yield: Callable[[Value | None], None] | None = None
        self.jumps: list[list[tuple[str, State]]] = []
        self.conditions = 0
        self.loops = 0
        self.has_left = False
        self.is_tried = False
        self.caller: Frame | None = None
        self.guards: frozenset[str] = frozenset()
        self.ending: frozenset[str] = frozenset()

    def is_certain(self, *, despite_loops: bool) -> bool:
        """Return whether every run comes here; `despite_loops` if each loop is taken to have a turn."""
        frame: Frame | None = self
        while frame is not None:
            branches = frame.conditions - (frame.loops if despite_loops else 0)
            if branches or frame.has_left or frame.is_tried:
                return False
            frame = frame.caller
        return True


class Returned(Struct, frozen=True):
    """One `return`: what it gives, what holds there, the guards it stands under, and if it is certain."""

    state: State
    value: Value | None
    guards: frozenset[str]
    node: ir.Return
    is_certain: bool


class Access(Struct, frozen=True):
    """Where, how and for what an expression asks something of a value."""

    node: ir.Expr
    frame: Frame
    use: UseKind = "read"
    operation: str = "attribute"
    call: ir.Call | None = None


class Written(Struct, frozen=True):
    """An assignment: its target, what is assigned, the operator of an augmented one, an annotation."""

    target: ir.Expr
    source: ir.Expr
    frame: Frame
    operator: str = ""
    annotation: ir.Expr | None = None

    @property
    def has_source(self) -> bool:
        """Whether there is an expression for the value: a loop's target has none."""
        return self.source is not self.target


Given: TypeAlias = arguments.Given["Value | None", Frame]


class Arguments(arguments.Arguments["Value | None", Frame], frozen=True):
    """What a call gives, each with the expression for it."""


class Evaluator(Protocol):
    """What values, models and statements ask of the run that they are part of."""

    project: Project
    state: State
    guards: frozenset[str]
    helpers: tuple[Location, ...]
    turns: int
    rebindable: set[tuple[Frame, str]]
    evaluating: set[int]
    quiet: int
    is_thrifty: bool
    shared_objects: set[Hashable]
    containers: Domain[Value | None, Value, Arguments]

    def evaluate(self, expr: ir.Expr, frame: Frame) -> Value | None:
        """Return what an expression stands for."""

    def lookup(self, name: str, frame: Frame) -> Value | None:
        """Return what a name stands for."""

    def bind(self, target: ir.Expr, value: Value | None, written: Written) -> None:
        """Let an assignment target stand for a value."""

    def define(self, function: ir.Function, frame: Frame) -> Value | None:
        """Return a function or lambda that is written in a frame; what it captures is used as if it ran."""

    def module_class(self, definition: Definition | None) -> ModuleClass | None:
        """Return the class of modules that a definition is, None for anything else."""

    def home(self, name: str, frame: Frame, *, is_global: bool) -> Frame:
        """Return the frame around a frame that has a name of its own by that name."""

    def resuming(
        self, resume: Callable[[Value | None], None], context: ir.Expr
    ) -> AbstractContextManager[None]:
        """Run the body of a `with` statement where the generator behind its context manager yields."""

    def watching_writes(self) -> AbstractContextManager[set[Hashable]]:
        """Give the keys of what is changed meanwhile."""

    def turns_of(self, content: Items[Value | None] | None) -> tuple[tuple[Value | None, ...], bool]:
        """Return what a loop goes through, and whether these are its very turns."""

    def peek(self, expr: ir.Expr, frame: Frame) -> Value | None:
        """Return what an expression stands for without recording, or changing, anything."""

    def block(self, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        """Run statements; tell whether their end is never reached."""

    def under(self, guards: frozenset[str]) -> AbstractContextManager[None]:
        """Let what happens meanwhile stand under guards."""

    def quietly(self) -> AbstractContextManager[None]:
        """Record nothing meanwhile."""

    def call(self, callee: Value | None, args: Arguments, receiver: Value | None = None) -> Value | None:
        """Carry out a call; what nobody knows may change whatever it is given."""

    def enter(self, function: Value, args: Arguments, *, is_forced: bool = False) -> Value | None:
        """Run a function of the project, which has to do with a module or is forced; return what it gives."""

    def construct(self, cls: ClassDefinition, args: Arguments) -> Value | None:
        """Make an object of a class of the project."""

    def call_external(self, qualname: str, args: Arguments) -> Value | None:
        """Carry out a call of what lies outside the project."""

    def value_of(self, definition: Definition | None) -> Value | None:
        """Return the value of what a name stands for."""

    def allocate(self, content: Content | None) -> int:
        """Return the key of a new object that has this in it."""

    def derive(self, made: Value | None, sources: Iterable[Value | None]) -> Value | None:
        """Return an iterator or a view about which nothing is known any more once its sources are changed."""

    def put(self, key: Hashable, content: Content | None) -> None:
        """Let an object have something else in it."""

    def forget(self, values: Iterable[Value | None], *, is_external: bool) -> None:
        """Give up what a call may have changed that is given these."""

    def submodules(self, module: Tracked, method: str, *, is_prefixed: bool = False) -> Value:
        """Return the modules that a method of a module hands out; a prefix changes the names it gives."""

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
        """Record one use of a module, or of its attribute `name`."""

    def passed_on(self, args: Arguments, function: FunctionDefinition | None = None) -> None:
        """Record the modules that a call is given."""


class Value(Struct, frozen=True):
    """Any value: nothing happens to it and nothing is known of it."""

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return `value.name`."""
        return None

    def set(self, run: Evaluator, name: str, value: Value | None, written: Written) -> None:
        """Carry out `value.name = …`."""

    def delete(self, run: Evaluator, name: str, access: Access) -> None:
        """Carry out `del value.name`."""
        self.set(run, name, None, Written(access.node, access.node, access.frame))

    def set_computed(self, run: Evaluator, access: Access) -> None:
        """Set or delete an attribute of which the name is not known."""
        run.forget([self], is_external=True)

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return `value[key]`."""
        return None

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Carry out `value[key] = …`."""

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
        """Return what a loop over the value goes through."""
        return None

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Carry out `value(…)`."""
        run.passed_on(args)
        run.forget([self, *args.each()], is_external=False)
        return None

    def entered(self, run: Evaluator, access: Access) -> Value | None:
        """Return what `with value as name` binds."""
        return None

    def used(self, run: Evaluator, access: Access) -> None:
        """Note that the value itself is an operand, a condition, a key or an element."""

    def operand(self, run: Evaluator, operand: ir.Expr, of: ir.Operation, frame: Frame) -> None:
        """Note that the value is an operand of an operator, `is` and comparisons among them."""

    def passed_on(self, run: Evaluator, given: Given, args: Arguments) -> None:
        """Note that the value is an argument of a call of what is not known."""

    def stored(self, run: Evaluator, access: Access) -> None:
        """Note that the value is put into an object."""

    def behind(self, owner: ClassDefinition | None) -> Value | None:
        """Return the object as `super()` in a class sees it."""
        return None

    def truth(self) -> bool | None:
        """Return whether the value counts as true, None where that is not known."""
        return None

    def in_python(self) -> Value:
        """Return the value as kept where compiled code cannot keep it."""
        return self

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the values that can be reached from this one."""
        return ()

    @property
    def key(self) -> Hashable | None:
        """What the heap has the value's content under, None for a value that nobody can change."""
        return None


class Tracked(Value, frozen=True):
    """A value of which each use is recorded: the module of the hook, or one that is reached from it."""
