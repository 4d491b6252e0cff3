"""What the rooms of the interpreter share while a root is run."""

from __future__ import annotations

from typing import Protocol

from hookproof.interpreter.domain import Arguments, Evaluator, Frame, Value, Values
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.models.single_dispatch import Implementations
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import ReceiverForm
from hookproof.interpreter.state import Loop
from hookproof.interpreter.values import LiveHook
from hookproof.semantic.definitions import ClassDefinition, Definition, FunctionDefinition, ValueDefinition
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
    left, `registries` the objects whose methods fill a registry.
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
    registries: set[ObjectValue | None]

    def element(
        self, owner: Value | FunctionDefinition | ClassDefinition, name: str, form: ReceiverForm
    ) -> ObjectValue:
        """Return an unknown part of a value, the same one each time it is reached that way."""

    def values_of(self, definition: Definition | None, frame: Frame) -> Values:
        """Return the value of what a name stands for."""

    def enter(self, function: FunctionValue, args: Arguments | None) -> Values:
        """Run a function of the project; return what it may give. Without arguments nobody calls it."""

    def evaluate(self, expr: ir.Expr, frame: Frame) -> Values:
        """Return what an expression may be, nothing for values of no interest (numbers that are made up)."""

    def evaluate_manager(self, node: ir.Call, manager: ir.Call, frame: Frame) -> Values:
        """Evaluate the context manager that a stack enters by a call."""

    def block(self, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        """Run statements in order; return whether the end is never reached."""

    def with_statement(self, node: ir.With, frame: Frame) -> bool:
        """Run a `with` statement; return whether its end is never reached."""

    def suspend(self, values: Values, frame: Frame) -> None:
        """Run the body of the `with` statement that waits for this `yield`, if there is one."""

    def lookup(self, name: str, frame: Frame) -> Values:
        """Return what a name stands for."""

    def file_frame(self, file: SourceFile) -> Frame:
        """Return the frame of a file's own names."""

    def child(self, owner: ObjectValue, name: str) -> ObjectValue:
        """Return the object behind an attribute that nobody was seen to set."""

    def decorate(self, function: FunctionValue) -> None:
        """Call the decorators of a function that is defined."""

    def fill(self, definition: ValueDefinition, values: Values, frame: Frame) -> None:
        """Put into a container of a file or class what is put into it elsewhere."""

    def is_filling_near(self) -> bool:
        """Tell whether a registry is filled by what runs now."""

    def meet_class(self, node: ir.Class, frame: Frame) -> None:
        """Hear of a class statement of a file: its decorators may fill a registry."""

    def replaced_init(self, definition: ClassDefinition) -> Values:
        """Return the `__init__` that something else has set for a class, nothing where it is its own."""
