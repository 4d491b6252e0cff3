"""The values that are followed: modules, their scripted copies, functions, handles, containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct, field

from hookproof.outcomes.case import Hook, ReceiverForm, Registration
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.syntax import ir
    from hookproof.syntax.source_file import SourceFile

ALL_MODULES = "*"
CHILDREN = "*children"
# The attribute or item of a name that is not known.
ANY_NAME = "[]"

How: TypeAlias = Literal["script", "trace", "freeze", "load", "annotation"]


class ObjectValue(Struct, frozen=True, eq=False):
    """One object: a module, an instance of another class, or something unknown that may be either.

    `is_created` tells that its construction was followed. `parent` and `name` tell where it was reached
    from: an attribute name, `ALL_MODULES` or `CHILDREN` for an element of a loop over the parent's modules or
    children, `[]` for an element, `()` for the result of a call. `narrowed` are the classes that a test has
    shown it to have one of. `is_numbered` tells of a container of modules that it was given modules by
    position, so that it names them by number.
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


def is_step(value: ObjectValue) -> bool:
    """Tell whether an object is an attribute or item of its parent, not the parent by another name."""
    return value.form in {"attribute", "subscript"} and not (value.narrowed or value.is_guarded)


class Asked(Struct, frozen=True):
    """A condition on one unknown value: that it is true, or that it is a constant, given with its type."""

    value: ObjectValue
    known: tuple[object, type] | None = None
    is_so: bool = True

    @property
    def negated(self) -> Asked:
        """The opposite condition."""
        return Asked(self.value, self.known, not self.is_so)

    def contradicts(self, other: Asked) -> bool:
        """Whether both cannot hold."""
        if self.value is not other.value:
            return False
        if self.known == other.known:
            return self.is_so != other.is_so
        return None not in (self.known, other.known) and self.is_so and other.is_so


class LiveHook(Struct, frozen=True, eq=False):
    """A hook that is on a module: the registration, the callables it may be, and when it got there.

    `after` are the script modules that had been made by then, on this path. `is_for_all` says of a hook on
    the element of a loop that no condition within the loop keeps it off any element. `assumed` is the outcome
    of the conditions that it stands under; `is_conditional` that there are others, which are not understood.
    """

    registration: Registration
    hooks: tuple[Hook, ...]
    receiver: ObjectValue | ScriptValue | None
    order: int
    reaches_children: bool = False
    after: tuple[ScriptValue, ...] = ()
    is_for_all: bool = False
    assumed: tuple[Asked, ...] = ()
    is_conditional: bool = False


class ScriptValue(Struct, frozen=True, eq=False):
    """What an entry point returned, or one of its children.

    `compiled` are the hooks that became part of it; `has_exports` tells of a trace that it is a
    `RecursiveScriptModule` (None where the class is not known). `saved` is the script module that a loaded
    one had been saved as; `is_conditional` that it was made under a condition that is not understood.
    """

    how: How
    api: str
    place: Place
    order: int
    call: ir.Call | None = None
    source: ObjectValue | None = None
    parent: ScriptValue | None = None
    name: str = ""
    compiled: tuple[LiveHook, ...] = ()
    has_exports: bool | None = False
    is_frozen: bool = False
    is_reloaded: bool = False
    saved: ScriptValue | None = None
    is_conditional: bool = False

    @property
    def is_traced(self) -> bool:
        """Whether it is a `TopLevelTracedModule`, or a child of one."""
        return self.how == "trace" and not self.has_exports

    @property
    def root(self) -> ScriptValue:
        """The value that the entry point returned."""
        return self if self.parent is None else self.parent.root

    @property
    def module_class(self) -> ModuleClass | None:
        """The class it was made from."""
        return self.source.module_class if self.source else None


class FunctionValue(Struct, frozen=True, eq=False):
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


class PartialValue(Struct, frozen=True, eq=False):
    """`functools.partial(function, *args, **keywords)`."""

    function: Values
    args: tuple[Values, ...]
    keywords: dict[str, Values]


class GetterValue(Struct, frozen=True, eq=False):
    """`operator.attrgetter(*names)`, or with what the method is given, `operator.methodcaller(name, …)`."""

    names: tuple[str, ...]
    given: tuple[tuple[Values, ...], dict[str, Values]] | None = None


class ItemGetterValue(Struct, frozen=True, eq=False):
    """`operator.itemgetter(*indices)`, and the frame that these are written in."""

    indices: tuple[ir.Expr, ...]
    frame: Frame


class SupplierValue(Struct, frozen=True, eq=False):
    """What gives these values when it is called: a weak reference, the `result` of a future."""

    values: Values


class ClassValue(Struct, frozen=True, eq=False):
    """A class of the project."""

    definition: ClassDefinition


class ExternalValue(Struct, frozen=True):
    """Something outside the project, by its dotted name."""

    qualname: str


class FileValue(Struct, frozen=True, eq=False):
    """A file of the project as an imported module."""

    file: SourceFile


class ConstantValue(Struct, frozen=True):
    """A literal."""

    value: int | float | str | bool | None


class ContainerValue(Struct, frozen=True, eq=False):
    """A container. `items` grows as elements are added; `keyed` holds those under a literal key.

    `is_exact` says that `items` are all there is, in order, so that a loop may be unrolled.
    """

    kind: Literal["tuple", "list", "set", "dict", "iterator"]
    items: list[Values] = field(default_factory=list)
    keyed: dict[object, Values] = field(default_factory=dict)
    is_exact: bool = False


class NameValue(Struct, frozen=True):
    """The name that `named_modules` or `named_children` gives along with an element.

    `prefix` is what all these names begin with, None where that is not known.
    """

    element: ObjectValue
    prefix: str | None = ""


class HooksValue(Struct, frozen=True, eq=False):
    """A module's own table of its hooks: `m._forward_hooks`."""

    owner: ObjectValue
    name: str

    def holds(self, hook: LiveHook) -> bool:
        """Whether a hook of this kind is kept in the table."""
        return HOOK_TABLES[self.name] == hook.registration.api.removeprefix("register").replace("_full_", "_")


# The tables in which a module keeps its hooks, with how the methods that fill them end.
HOOK_TABLES: dict[str, str] = {
    "_forward_hooks": "_forward_hook",
    "_forward_pre_hooks": "_forward_pre_hook",
    "_backward_hooks": "_backward_hook",
    "_backward_pre_hooks": "_backward_pre_hook",
}


class RegisteredValue(Struct, frozen=True, eq=False):
    """A hook taken out of such a table."""

    hook: LiveHook


class HandleValue(Struct, frozen=True, eq=False):
    """The `RemovableHandle` of a registration."""

    hook: LiveHook


class SuperValue(Struct, frozen=True):
    """`super()`: the instance seen from `base`, None where no base is of the project."""

    instance: ObjectValue
    base: ClassDefinition | None


class MethodValue(Struct, frozen=True, eq=False):
    """An attribute of a followed value that is known only by its name: `h.remove`."""

    owner: Value
    name: str
    place: Place


Value: TypeAlias = (
    ObjectValue
    | ScriptValue
    | FunctionValue
    | PartialValue
    | GetterValue
    | ItemGetterValue
    | SupplierValue
    | ClassValue
    | ExternalValue
    | FileValue
    | ConstantValue
    | ContainerValue
    | NameValue
    | HooksValue
    | RegisteredValue
    | HandleValue
    | SuperValue
    | MethodValue
)
Values: TypeAlias = tuple[Value, ...]

MAX_VALUES = 8


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
            key = _identity(value)
            if key in found:
                continue
            if not _is_one_of_a_table(value):
                others += 1
                if others > MAX_VALUES:
                    continue
            found[key] = value
    return tuple(found.values())


def _is_one_of_a_table(value: Value) -> bool:
    owner = value.owner if isinstance(value, MethodValue) else value
    return isinstance(owner, (FunctionValue, HandleValue))


def _identity(value: Value) -> object:
    """Return what two values are the same by; a plain function is what its definition is."""
    is_plain = isinstance(value, FunctionValue) and value.frame is None and value.bound_self is None
    return value.definition if isinstance(value, FunctionValue) and is_plain else value


class Frame(Struct, eq=False):
    """The local names of one call (or of a file), and the frame around it.

    `shared` are the names that `global` or `nonlocal` binds in another frame. `optional` are the names that
    may be None: True where a test that keeps ScriptModules out was passed to give them anything else.
    `counted` are the names that have their very values in each turn of the loop that runs.
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
