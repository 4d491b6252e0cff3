"""The abstract domain of programs: values, what can be done to them, where they are, and who carries it out.

An expression stands for several `Values`, for none where nothing about it is of interest. Each operation has
a default that knows nothing, so that a new kind of value says only what it is good for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from msgspec import Struct, field

from hookproof.interpreter.sites import ReceiverForm
from hookproof.semantic.definitions import ClassDefinition, Definition, FunctionDefinition
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project
    from hookproof.syntax.source_file import SourceFile

ALL_MODULES = "*"
CHILDREN = "*children"
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
        return (MethodValue(self, name, access.place),)

    def method(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return what `value.name(…)` calls."""
        return self.get(run, name, access)

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return `value[key]`."""
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
    `is_exact` that a generator has given what it gives under none of its own. `exits` are the numbers of
    tests that keep ScriptModules out, one for each way on which the call comes to its end.
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
    exits: list[int] = field(default_factory=list)

    @property
    def file(self) -> SourceFile:
        """The file the code stands in."""
        return self.scope.file

    def place(self, node: ir.Expr | ir.Stmt | ir.Function) -> Place:
        """Return where a node of this frame's code stands."""
        return Place(self.scope.file, node.at)

    def place_at(self, at: int) -> Place:
        """Return where the node numbered `at` stands."""
        return Place(self.scope.file, at)


class Access(Struct, frozen=True):
    """Where an expression asks something of a value."""

    node: ir.Expr
    frame: Frame

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.frame.scope.file, self.node.at)

    def calling(self, *given: Values) -> Arguments:
        """Return a call that Python itself makes there."""
        return Arguments(ir.Call(self.node.at, self.node, ()), self.frame, given)


class Arguments(Struct, frozen=True):
    """What a call gives, by position and by name; of an unknown number, one stands for each."""

    node: ir.Call
    frame: Frame
    positional: tuple[Values, ...] = ()
    named: dict[str, Values] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where the call stands."""
        return Place(self.frame.scope.file, self.node.at)

    @property
    def access(self) -> Access:
        """The call as what asks something of a value."""
        return Access(self.node, self.frame)

    def each(self) -> tuple[Values, ...]:
        """Return all that is given."""
        return (*self.positional, *self.named.values())

    def value(self, position: int, *names: str) -> Values:
        """Return what is given at a position or by one of these names, nothing where nothing is."""
        if position < len(self.positional):
            return self.positional[position]
        return next((self.named[name] for name in names if name in self.named), ())

    def dropping(self, count: int = 1) -> Arguments:
        """Return the same without the first of them."""
        return Arguments(self.node, self.frame, self.positional[count:], self.named)

    def only(self, *given: Values) -> Arguments:
        """Return a call that gives just these, by position."""
        return Arguments(self.node, self.frame, given)

    def behind(self, given: tuple[Values, ...], named: Mapping[str, Values]) -> Arguments:
        """Return the same behind what a callable was given before."""
        return Arguments(self.node, self.frame, (*given, *self.positional), {**named, **self.named})


class Evaluator(Protocol):
    """What values ask of the run that they are part of."""

    project: Project

    def held(self, value: Value) -> Mapping[str, Values]:
        """Return the attributes that a value was seen to have."""

    def keep(self, value: Value, name: str, values: Values) -> None:
        """Note an attribute that a value has had all along."""

    def rebind(self, value: Value, name: str, values: Values) -> None:
        """Let an attribute of a value be something else from now on."""

    def patch(self, qualname: str) -> None:
        """Note that something of a class was set."""

    def element(
        self, owner: Value | FunctionDefinition | ClassDefinition, name: str, form: ReceiverForm
    ) -> ObjectValue:
        """Return an unknown part of a value, the same one each time it is reached that way."""

    def elements(self, values: Values) -> Values:
        """Return what a loop over these gives."""

    def content(self, container: Value) -> Value:
        """Return what a container holds by now."""

    def hooks_in(self, owner: ObjectValue, table: str) -> Values:
        """Return the hooks that a module has in one of its tables."""

    def attribute(self, owners: Values, name: str, access: Access) -> Values:
        """Return `owner.name`."""

    def subscript(self, owners: Values, key: Values, access: Access) -> Values:
        """Return `owner[key]`."""

    def named_member(self, owner: Value, name: str, access: Access) -> Values:
        """Return the attribute or method of that name, for a function that is handed the object."""

    def descendant(self, owner: ObjectValue, path: str, access: Access) -> Values:
        """Return the submodule at a dotted path."""

    def values_of(self, definition: Definition | None, frame: Frame) -> Values:
        """Return the value of what a name stands for."""

    def member_of_file(self, file: SourceFile, name: str) -> Values:
        """Return what a name of a file stands for."""

    def attribute_of_class(self, cls: ClassDefinition, name: str) -> Values:
        """Return what a class has under a name."""

    def attribute_of_object(self, owner: ObjectValue, name: str, access: Access) -> Values:
        """Return what an object has under a name."""

    def attribute_of_function(self, owner: FunctionValue, name: str, access: Access) -> Values:
        """Return what a function has under a name."""

    def replace_init(self, cls: ClassDefinition, values: Values) -> None:
        """Let a class have another `__init__`."""

    def assign_to_object(self, owner: ObjectValue, name: str, values: Values, access: Access) -> None:
        """Carry out `object.name = …`."""

    def assign_item(self, owner: ObjectValue, key: Values, values: Values) -> None:
        """Carry out `object[key] = …`."""

    def take_out(self, owner: ObjectValue, key: Values) -> None:
        """Carry out `del object[key]`."""

    def bound(self, owner: ObjectValue, method: FunctionDefinition, access: Access) -> Values:
        """Return a method of an object, or what its property gives."""

    def special(self, owner: Value, name: str, args: Arguments) -> Values | None:
        """Call a method that the class of an object defines in the project; None where it has none."""

    def call(self, callees: Values, args: Arguments) -> Values:
        """Carry out a call of each of these."""

    def call_method(self, owner: Value, name: str, args: Arguments) -> Values:
        """Carry out a method that is known by its name."""

    def call_external(self, qualname: str, args: Arguments) -> Values:
        """Carry out a call of what lies outside the project."""

    def construct(self, cls: ClassDefinition, args: Arguments) -> Values:
        """Make an object of a class of the project."""

    def enter(self, function: FunctionValue, args: Arguments | None) -> Values:
        """Run a function of the project; return what it may give. Without arguments nobody calls it."""


class MethodValue(Value, frozen=True, eq=False):
    """An attribute of a followed value that is known only by its name: `h.remove`."""

    owner: Value
    name: str
    place: Place

    @property
    def is_one_of_a_table(self) -> bool:
        """Whether its owner is."""
        return self.owner.is_one_of_a_table

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Call it by its name."""
        return run.call_method(self.owner, self.name, args)


class ObjectValue(Value, frozen=True, eq=False):
    """One object: a module, an instance of another class, or something unknown that may be either.

    `is_created` tells that its construction was followed. `parent` and `name` tell where it was reached
    from: an attribute name, `ALL_MODULES` or `CHILDREN` for an element of a loop over the parent's modules or
    children, `[]` for an element, `()` for the result of a call. `narrowed` are the classes that a test has
    shown it to have one of. `is_numbered` tells of a container of modules that it was given modules by
    position, so that it names them by number; `is_class` that it is the class itself, as
    a class method is given it.
    """

    form: ReceiverForm
    module_class: ModuleClass | None = None
    definition: ClassDefinition | None = None
    parent: ObjectValue | None = None
    name: str = ""
    is_guarded: bool = False
    is_root_self: bool = False
    is_created: bool = False
    narrowed: tuple[str, ...] = ()
    is_narrowed_exactly: bool = False
    is_numbered: bool = False
    is_class: bool = False

    @property
    def origin(self) -> ObjectValue:
        """The object that this one was first reached from."""
        return self if self.parent is None else self.parent.origin

    def is_within(self, other: ObjectValue) -> bool:
        """Whether this object is `other` or was reached from it."""
        value: ObjectValue | None = self
        while value is not None:
            if value is other:
                return True
            value = value.parent
        return False

    @property
    def is_none(self) -> bool | None:
        """Whether it is None: not where it was made here."""
        return False if self.is_created else None

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return what was set, what the class has, a submodule, or an unknown of its own."""
        return run.attribute_of_object(self, name, access)

    def method(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return what the object or its class has, else a method that is known by its name."""
        if name in run.held(self):
            return self.get(run, name, access)
        if self.definition is not None:
            found = self.get(run, name, access)
            if run.project.member(self.definition, name) is not None:
                return found
            callables = tuple(value for value in found if not isinstance(value, ObjectValue))
            if callables or any(isinstance(value, ObjectValue) and value.definition for value in found):
                return found
        return (MethodValue(self, name, access.place),)

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return what was kept under a key, what `__getitem__` gives, or an unknown of its own."""
        literal = getattr(only(key), "value", None)
        known = run.held(self).get(str(literal))
        if known is None and isinstance(literal, int) and self.is_numbered:
            known = self.part(run, literal)
        known = known or run.special(self, "__getitem__", access.calling(key))
        name = f"[{literal}]" if literal is not None else "[]"
        return known or (run.element(self, name, "subscript"),)

    def elements(self, run: Evaluator) -> Values:
        """Return any of its children."""
        return (run.element(self, CHILDREN, "loop"),)

    def part(self, run: Evaluator, index: int) -> Values:
        """Return the part of that number, of what was made here."""
        held = run.held(self) if self.is_created else {}
        parts = [held[key] for key in sorted((key for key in held if key.isdecimal()), key=int)]
        return parts[index] if -len(parts) <= index < len(parts) else ()

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Call its class, or the object."""
        if self.definition is not None and self.is_class:
            return run.construct(self.definition, args)
        return run.call_method(self, "__call__", args)

    def set(self, run: Evaluator, name: str, values: Values) -> None:
        """Let an attribute be something else from now on."""
        run.rebind(self, name, values)

    def assign(self, run: Evaluator, name: str, values: Values, access: Access) -> None:
        """Set an attribute, or call the setter of a property."""
        run.assign_to_object(self, name, values, access)

    def assign_item(self, run: Evaluator, key: Values, values: Values, access: Access) -> None:
        """Set a part."""
        run.assign_item(self, key, values)

    def delete_item(self, run: Evaluator, key: Values, access: Access) -> None:
        """Take a part out."""
        run.take_out(self, key)


class FunctionValue(Value, frozen=True, eq=False):
    """A function or lambda, with the frame it closes over and the object it is bound to."""

    definition: FunctionDefinition
    frame: Frame | None = None
    bound_self: ObjectValue | None = None
    is_class_method: bool = False
    from_factory: bool = False

    @property
    def is_lambda(self) -> bool:
        """Whether it is a lambda."""
        return self.definition.name == "<lambda>"

    @property
    def identity(self) -> object:
        """What two are the same by: a plain function is what its definition is."""
        return self.definition if self.frame is None and self.bound_self is None else self

    @property
    def is_one_of_a_table(self) -> bool:
        """Whether there may be as many as a table has entries: always."""
        return True

    @property
    def is_none(self) -> bool | None:
        """Whether it is None: never."""
        return False

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return its name, or what was set on it."""
        return run.attribute_of_function(self, name, access)

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Run it."""
        return run.enter(self, args)

    def assign(self, run: Evaluator, name: str, values: Values, access: Access) -> None:
        """Set an attribute of it."""
        run.element(self.definition, "", "attribute").assign(run, name, values, access)
