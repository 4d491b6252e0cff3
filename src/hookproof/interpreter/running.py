"""What the rooms of the interpreter share while a root is run."""

from __future__ import annotations

from typing import Protocol

from hookproof.interpreter.domain import Arguments, Evaluator, Frame, Value, Values
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.models.single_dispatch import Implementations
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import ReceiverForm
from hookproof.interpreter.state import Loop, Pending
from hookproof.interpreter.values import LiveHook
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition, ValueDefinition
from hookproof.semantic.place import Place
from hookproof.semantic.relevance import Relevance
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile


class Running(Evaluator, Protocol):
    """A root that is run: what happens is told to `listener`, where it stands is kept in `progress`.

    `stack` are the functions that run, `outermost` that of which no call is known, `loops` the loops around
    the statement that runs. `entered` are the functions that were called, `uncalled` those defined in others
    that were not yet, `registering` those of them that register hooks, `inner_classes` the classes.
    `handed_on` are the values that calls which were not followed were given, and may have changed.

    One that `takes_every_way` runs what stands behind a `return` or a `raise` as well, and both branches of
    every condition.

    `made_by` are the external calls that objects come from, `stacks` the calls that wait in stacks of
    callbacks, `mortal` what is called when nothing holds an object any more, `kept` what was pickled, by
    where it was put, `left_behind` the hooks that what a call of a stack has entered takes off when it is
    left, `pending` the `with` items whose bodies wait for a generator, `registries` the objects whose methods
    fill a registry.

    `files` have the names of files, `global_values` what these are bound to, `loading` those that are looked
    for now, `asked` the values that were asked for. `level_file` is the file that runs as a whole,
    `filled_from` says how many functions ran when filling a registry began.
    """

    takes_every_way: bool
    listener: Listener
    progress: Progress
    relevance: Relevance
    implementations: Implementations
    stack: list[ir.Function]
    outermost: ir.Function | None
    loops: list[Loop]
    entered: set[Place]
    uncalled: dict[int, FunctionValue]
    registering: dict[int, FunctionValue]
    inner_classes: list[ClassDefinition]
    handed_on: set[Value]
    made_by: dict[ObjectValue, str]
    stacks: dict[ObjectValue, list[tuple[Values, Arguments]]]
    mortal: dict[Value, Value]
    kept: dict[Value, Values]
    left_behind: dict[int, tuple[LiveHook, ...]]
    pending: list[Pending]
    files: dict[str, Frame]
    loading: set[tuple[int, str]]
    asked: set[Value]
    global_values: dict[tuple[int, str], tuple[ir.Expr, Values]]
    level_file: SourceFile | None
    filled_from: int | None
    registries: set[ObjectValue | None]

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

    def decorate(self, function: FunctionValue) -> None:
        """Call the decorators of a function that is defined."""

    def fill(self, definition: ValueDefinition, values: Values, frame: Frame) -> None:
        """Put into a container of a file or class what is put into it elsewhere."""
