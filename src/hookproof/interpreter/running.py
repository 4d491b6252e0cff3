"""What the rooms of the interpreter share while a root is run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct, field

from hookproof.evaluator.domains import Domain
from hookproof.facts.installers import Installer
from hookproof.interpreter.domain import Arguments, Evaluator, Frame, Value, Values
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.models.single_dispatch import Implementations
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ContainerValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import ReceiverForm
from hookproof.interpreter.state import Exits, Loop, Pending
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition, ValueDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.relevance import Relevance
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile


class Calls(Struct):
    """The functions that run, and those that were met.

    `outermost` is that of which no call is known, `loops` are the loops around the statement that runs,
    `pending` the `with` items whose bodies wait for a generator. `entered` are the functions that were
    called, `passed` those that were not followed then, `uncalled` those defined in others that were not yet,
    `registering` those of them that register hooks, `inner_classes` the classes. `exits` are the ways on
    which calls that run came to their ends. `bare` are the classes that are made now by what their
    decorators put in their place, `told_bases` those that their bases were told of (`__init_subclass__`).
    `compiled` are functions that are entered whatever their size.
    """

    stack: list[ir.Function] = field(default_factory=list)
    outermost: ir.Function | None = None
    loops: list[Loop] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    entered: set[Location] = field(default_factory=set)
    passed: set[FunctionDefinition] = field(default_factory=set)
    uncalled: dict[int, FunctionValue] = field(default_factory=dict)
    registering: dict[int, FunctionValue] = field(default_factory=dict)
    inner_classes: list[ClassDefinition] = field(default_factory=list)
    exits: dict[Frame, Exits] = field(default_factory=dict)
    bare: set[Location] = field(default_factory=set)
    told_bases: set[Location] = field(default_factory=set)
    compiled: set[FunctionDefinition] = field(default_factory=set)


class FileNames(Struct):
    """The names of files: their frames, and what expressions at the level of a file gave.

    `loading` are those that are looked for now, `asked` the values that were asked for; `on_demand` what
    `__getattr__` of a file gave for a name; `imported` are the files whose statements an import has run, if
    they were worth it.
    """

    files: dict[str, Frame] = field(default_factory=dict)
    values: dict[tuple[int, str], tuple[ir.Expr, Values]] = field(default_factory=dict)
    loading: set[tuple[int, str]] = field(default_factory=set)
    asked: set[Value] = field(default_factory=set)
    on_demand: dict[tuple[str, str], Values] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)


class Later(Struct):
    """What external calls have made, and what is called, left or brought back later.

    `made_by` are the calls that objects come from, `stacks` the calls that wait in stacks of callbacks,
    `left_behind` the hooks that what a call of a stack has entered takes off when it is left, `mortal` what
    is called when nothing holds an object any more, `kept` what was pickled, by where it was put,
    `installing` what puts hooks on these models once its methods are called.
    """

    made_by: dict[ObjectValue, str] = field(default_factory=dict)
    stacks: dict[ObjectValue, list[tuple[Values, Arguments]]] = field(default_factory=dict)
    left_behind: dict[int, tuple[LiveHook, ...]] = field(default_factory=dict)
    mortal: dict[Value, Value] = field(default_factory=dict)
    kept: dict[Value, Values] = field(default_factory=dict)
    installing: dict[ObjectValue, list[tuple[Installer, ObjectValue | ScriptValue]]] = field(
        default_factory=dict
    )


class Filling(Struct):
    """The filling of registries: `depth` is how many functions ran when it began, None where none is filled.

    `level_file` is the file that runs as a whole, `registries` are the objects whose methods fill one.
    """

    depth: int | None = None
    level_file: SourceFile | None = None
    registries: set[ObjectValue | None] = field(default_factory=set)


class Running(Evaluator, Protocol):
    """A root that is run: what happens is told to `listener`, where it stands is kept in `progress`.

    `handed_on` are the values that calls which were not followed were given, and may have changed. One that
    `takes_every_way` runs what stands behind a `return` or a `raise` as well, and both branches of every
    condition.
    """

    takes_every_way: bool
    listener: Listener
    progress: Progress
    relevance: Relevance
    implementations: Implementations
    handed_on: set[Value]
    calls: Calls
    names: FileNames
    later: Later
    filling: Filling
    containers: Domain[Values, ContainerValue, Arguments]

    def element(
        self, owner: Value | FunctionDefinition | ClassDefinition, name: str, form: ReceiverForm
    ) -> ObjectValue:
        """Return an unknown part of a value, the same one each time it is reached that way."""

    def enter(self, function: FunctionValue, args: Arguments | None) -> Values:
        """Run a function of the project; return what it may give. Without arguments nobody calls it."""

    def evaluate(self, expr: ir.Expr, frame: Frame) -> Values:
        """Return what an expression may be, nothing for values of no interest (numbers that are made up)."""

    def block(self, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        """Run statements in order; return whether the end is never reached."""

    def child(self, owner: ObjectValue, name: str) -> ObjectValue:
        """Return the object behind an attribute that nobody was seen to set."""

    def imported(self) -> Iterator[SourceFile]:
        """Yield the files that the one which runs as a whole imports by itself."""

    def carry_out_import(self, node: ir.Import, frame: Frame) -> None:
        """Run the statements of the files that are imported, where some register hooks, once each."""

    def replaced(self, function: FunctionValue) -> Values:
        """Return what decorators have put in a function's place, nothing where that is itself."""

    def decorate(self, function: FunctionValue) -> None:
        """Call the decorators of a function that is defined."""

    def fill(self, definition: ValueDefinition, values: Values, frame: Frame) -> None:
        """Put into a container of a file or class what is put into it elsewhere."""
