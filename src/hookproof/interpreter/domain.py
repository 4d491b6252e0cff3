"""The abstract domain of programs: values, what can be done to them, where they are, and who carries it out.

An expression stands for several `Values`, for none where nothing about it is of interest. Each operation has
a default that knows nothing, so that a new kind of value says only what it is good for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from msgspec import Struct, field

from hookproof.evaluator import arguments
from hookproof.interpreter.sites import ReceiverForm
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.semantic.project import Project
    from hookproof.syntax.source_file import SourceFile

MAX_VALUES = 8


class Value(Struct, frozen=True, eq=False):
    """Any value: nothing happens to it and nothing is known of it."""

    @property
    def identity(self) -> object:
        """What two values are the same by."""
        return self

    @property
    def is_one_of_a_table(self) -> bool:
        """Whether there may be as many of it as there are entries in a table of hooks."""
        return False

    @property
    def is_none(self) -> bool | None:
        """Whether the value is None, None where nobody knows."""
        return None

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return `value.name`: what is known only by its name unless there is more to say."""
        return (MethodValue(self, name, access.location),)

    def method(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return what `value.name(…)` calls."""
        return self.get(run, name, access)

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return `value[key]`."""
        return ()

    def sliced(self, run: Evaluator, taken: slice | None) -> Values:
        """Return `value[start:stop]`, of bounds that are not known where nothing is `taken`."""
        return ()

    def elements(self, run: Evaluator) -> Values:
        """Return what a loop over the value gives, whichever turn it is."""
        return ()

    def part(self, run: Evaluator, index: int) -> Values:
        """Return what stands at a fixed place of what a loop gives, nothing where that is unknown."""
        return ()

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Carry out `value(…)`."""
        return ()

    def set(self, run: Evaluator, name: str, values: Values) -> None:
        """Let an attribute be something else; nothing, where it is deleted."""

    def assign(self, run: Evaluator, name: str, values: Values, access: Access) -> None:
        """Carry out `value.name = …`."""
        self.set(run, name, values)

    def assign_item(self, run: Evaluator, key: Values, values: Values, access: Access) -> None:
        """Carry out `value[key] = …`."""

    def delete_item(self, run: Evaluator, key: Values, access: Access) -> None:
        """Carry out `del value[key]`."""

    def truth(self, run: Evaluator) -> bool | None:
        """Return whether the value counts as true, None where nobody knows."""
        return None

    def special(self, run: Evaluator, name: str, args: Arguments) -> Values | None:
        """Call a method that the project defines for the value's class; None where it has none."""
        return None


Values: TypeAlias = tuple[Value, ...]


def union(*groups: Values) -> Values:
    """Return the values of all groups, each once, capped so that joins stay small.

    Functions and handles do not count: a table of hooks has as many as there are kinds of layers.
    """
    if len(groups) == 1 and len(groups[0]) < 2:
        return groups[0]
    filled = [group for group in groups if group]
    if not filled:
        return ()
    if len(filled) == 1 and len(filled[0]) == 1:
        return filled[0]
    found: dict[object, Value] = {}
    others = 0
    for group in filled:
        for value in group:
            key = value.identity
            if key in found:
                continue
            if not value.is_one_of_a_table:
                others += 1
                if others > MAX_VALUES:
                    continue
            found[key] = value
    return tuple(found.values())


def only(values: Values) -> Value | None:
    """Return the one value that these are, None where there are several or none."""
    return values[0] if len(values) == 1 else None


class Frame(Struct, eq=False):
    """The local names of one call (or of a file), and the frame around it.

    `shared` are the names that `global` or `nonlocal` binds in another frame. `optional` are the names that
    may be None: True where a test that keeps ScriptModules out was passed to give them anything else.
    `counted` are the names that have their very values in each turn of the loop that runs. `around` is the
    frame around a comprehension; `since` says under how many conditions and loops the call stands, and
    `is_exact` that a generator has given what it gives under none of its own. A comprehension `is_choosing`
    where it is not known which elements it takes.
    """

    scope: Scope
    locals: dict[str, Values] = field(default_factory=dict)
    parent: Frame | None = None
    function: ir.Function | None = None
    owner: ClassDefinition | None = None
    qualname: str = ""
    returned: list[Values] = field(default_factory=list)
    shared: dict[str, Frame] = field(default_factory=dict)
    optional: dict[str, bool] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()
    around: Frame | None = None
    since: tuple[int, int] = (0, 0)
    is_exact: bool = True
    is_choosing: bool = False

    @property
    def file(self) -> SourceFile:
        """The file the code stands in."""
        return self.scope.file

    def location(self, node: ir.Expr | ir.Stmt | ir.Function) -> Location:
        """Return where a node of this frame's code stands."""
        return Location(self.scope.file, node.at)

    def location_at(self, at: int) -> Location:
        """Return where the node numbered `at` stands."""
        return Location(self.scope.file, at)


class Access(Struct, frozen=True):
    """Where an expression asks something of a value."""

    node: ir.Expr
    frame: Frame

    @property
    def location(self) -> Location:
        """Where it stands."""
        return Location(self.frame.scope.file, self.node.at)

    def calling(self, *given: Values) -> Arguments:
        """Return a call that Python itself makes there."""
        return Arguments(ir.Call(self.node.at, self.node, ()), self.frame, given)


class Arguments(arguments.Arguments[Values, Frame], frozen=True):
    """What a call gives, by position and by name; of an unknown number, one stands for each."""

    nothing: ClassVar[Values] = ()

    @property
    def location(self) -> Location:
        """Where the call stands."""
        return Location(self.frame.scope.file, self.node.at)

    @property
    def access(self) -> Access:
        """The call as what asks something of a value."""
        return Access(self.node, self.frame)


class Evaluator(Protocol):
    """What values ask of the run that they are part of.

    `patched` are the classes of which something was set, `replaced_inits` what was set as `__init__`.
    """

    project: Project
    patched: set[str]
    replaced_inits: dict[Location, Values]

    def held(self, value: Value) -> Mapping[str, Values]:
        """Return the attributes that a value was seen to have."""

    def keep(self, value: Value, name: str, values: Values) -> None:
        """Note an attribute that a value has had all along."""

    def rebind(self, value: Value, name: str, values: Values) -> None:
        """Let an attribute of a value be something else from now on."""

    def content(self, container: Value) -> Value:
        """Return what a container holds by now."""

    def hooks_in(self, table: Value) -> Values:
        """Return the hooks that a module has in one of its tables."""

    def element(
        self, owner: Value | FunctionDefinition | ClassDefinition, name: str, form: ReceiverForm
    ) -> Value:
        """Return an unknown part of a value, the same one each time it is reached that way."""

    def elements(self, values: Values) -> Values:
        """Return what a loop over these gives."""

    def in_order(self, owner: Any, reached: str) -> Sequence[tuple[str | None, Any]] | None:
        """Return the modules that a model hands out, with their paths; None where not all are known."""

    def attribute(self, owners: Values, name: str, access: Access) -> Values:
        """Return `owner.name`."""

    def own_attribute(self, owner: Value, name: str, access: Access) -> Values:
        """Return what an object, a class or a function of the project has under a name."""

    def assign_attribute(self, owner: Value, name: str, values: Values, access: Access) -> None:
        """Carry out `object.name = …`."""

    def named_member(self, owner: Value, name: str, access: Access) -> Values:
        """Return the attribute or method of that name, for a function that is handed the object."""

    def subscript(self, owners: Values, key: Values, access: Access) -> Values:
        """Return `owner[key]`."""

    def member_of_file(self, file: SourceFile, name: str, asker: SourceFile) -> Values:
        """Return what a name of a file stands for."""

    def call(self, callees: Values, args: Arguments) -> Values:
        """Carry out a call of each of these."""

    def call_inside(self, callees: Values, args: Arguments) -> Values:
        """Carry out a call of what is compiled: whatever its size, the function is entered."""

    def call_method(self, owner: Value, name: str, args: Arguments) -> Values:
        """Carry out a method that is known by its name."""

    def call_external(self, qualname: str, args: Arguments) -> Values:
        """Carry out a call of what lies outside the project."""

    def construct(self, cls: ClassDefinition, args: Arguments) -> Values:
        """Make an object of a class of the project."""


class MethodValue(Value, frozen=True, eq=False):
    """An attribute of a followed value that is known only by its name: `h.remove`."""

    owner: Value
    name: str
    location: Location

    @property
    def is_one_of_a_table(self) -> bool:
        """Whether its owner is."""
        return self.owner.is_one_of_a_table

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Call it by its name."""
        return run.call_method(self.owner, self.name, args)
