"""The values that are followed: modules, their scripted copies, functions, handles, containers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct, field

from hookproof.finding import Form, HookReference
from hookproof.interpreter.objects import Asked, ObjectValue
from hookproof.interpreter.sites import Registration
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.syntax import ir
    from hookproof.syntax.source_file import SourceFile

How: TypeAlias = Literal["script", "trace", "freeze", "load", "annotation"]


class Hook(Struct, frozen=True, dict=True):
    """A callable that is registered as a hook, as far as it could be followed.

    `module_index` is the position of the hook parameter in `function.parameters`, None where the
    function does not take it by name (swallowed by `*args`, or there is no function). `bound` counts the
    leading parameters that are already filled (`self`, the arguments of a partial). `captured` names the
    Python types of plain values that parameters of the functions around it have (`int`, `NoneType`, `list`);
    `frame` is what it closes over; it is a method of `bound_self`, of the class `owner_class`.
    """

    form: Form
    place: Place
    function: ir.Function | None = None
    scope: Scope | None = None
    qualname: str | None = None
    module_index: int | None = None
    bound: int = 0
    owner: ir.Class | None = None
    captured: tuple[tuple[str, str], ...] = ()
    frame: Frame | None = None
    bound_self: ObjectValue | None = None
    owner_class: ClassDefinition | None = None

    @property
    def module_name(self) -> str | None:
        """The name of the hook parameter."""
        if self.function is None or self.module_index is None:
            return None
        return self.function.parameters[self.module_index].name

    @property
    def star_name(self) -> str | None:
        """The name of the `*args` that swallows the hook parameter, None where it has a name of its own."""
        if self.function is None or self.module_index is not None:
            return None
        own = self.function.parameters[self.bound :]
        return own[0].name if own and own[0].kind == "*" else None

    @property
    def definition(self) -> Place:
        """The `def` (or lambda) of the hook, or the callable at the registration where there is none."""
        if self.function is None or self.scope is None:
            return self.place
        return Place(self.scope.file, self.function.at)

    @cached_property
    def reference(self) -> HookReference:
        """The hook as findings name it."""
        place = self.definition
        name = self.function.name if self.function else "<unknown>"
        return HookReference(name, place.path, place.line)


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


Key: TypeAlias = int | float | str | bool | None


class ConstantValue(Struct, frozen=True):
    """A literal."""

    value: Key


class ContainerValue(Struct, frozen=True, eq=False):
    """A container as it was made; what it holds later, the state knows (`State.now`).

    `keyed` are those of the `items` that stand under a literal key. `is_exact` says that `items` are all
    there is, in order, and that all keys are known. `view` is what it shows of another container, as that
    is by then. `sources` are the containers that it will take elements from, and what they held so far.
    """

    kind: Literal["tuple", "list", "set", "dict", "iterator"]
    items: list[Values] = field(default_factory=list)
    keyed: dict[Key, Values] = field(default_factory=dict)
    is_exact: bool = False
    view: tuple[ContainerValue, str] | None = None
    sources: tuple[tuple[ContainerValue, ContainerValue], ...] = ()

    def shown(self, what: str) -> ContainerValue:
        """Return what a loop over it (`iter`), or over its `keys`, `values` or `items` meets."""
        items = self.items
        if what == "items":
            keys = [(ConstantValue(key),) for key in self.keyed] if self.is_exact else [()] * len(items)
            pairs = zip(keys, items, strict=True)
            items = [(ContainerValue("tuple", [key, value], is_exact=True),) for key, value in pairs]
        elif what != "values" and self.kind == "dict" and self.is_exact:
            items = [(ConstantValue(key),) for key in self.keyed]
        return ContainerValue("iterator", items, is_exact=self.is_exact)


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
    `counted` are the names that have their very values in each turn of the loop that runs. `around` is the
    frame around a comprehension; `since` says under how many conditions and loops the call stands, and
    `is_exact` that a generator has given what it gives under none of its own.
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
