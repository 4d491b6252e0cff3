"""What an expression of a hook's body stands for, as far as the hook parameter is concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.modules.module_class import AttributeFact, ModuleClass
    from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
    from hookproof.semantic.scope import Scope

Kept: TypeAlias = Literal["", "value", "union"]

ELEMENT = "*"
"""The path element that stands for some child, of a loop over children or a computed index."""


class ModuleValue(Struct, frozen=True):
    """The hook parameter, or a module reached from it through `path`; `owner` is its class if known.

    `guards` are those of `touch_guards` that what is done to it stands under, for the way it was reached.
    `kept` says what a module is to compiled code once it was in a list, tuple or dict: a `value` that cannot
    be called, or one of a `union` of classes, of which nothing can be asked.
    """

    path: tuple[str, ...] = ()
    owner: ModuleClass | None = None
    guards: frozenset[str] = frozenset()
    kept: Kept = ""

    def under(self, guard: str) -> ModuleValue:
        """Return the module as reached in a way that a guard stands for."""
        return replace(self, guards=self.guards | {guard})

    def inner(self, step: str, owner: ModuleClass | None = None) -> ModuleValue:
        """Return a module one step further on."""
        return ModuleValue((*self.path, step), owner, self.guards, self.kept)


class Reference(Struct, frozen=True):
    """`weakref.ref(m)`, which gives the module when it is called."""

    value: Value


class MethodValue(Struct, frozen=True):
    """A bound method of a module."""

    module: ModuleValue
    name: str


class MaybeModule(Struct, frozen=True):
    """An attribute of a module of unknown class: perhaps a module, perhaps not."""

    path: tuple[str, ...]


class ClassOf(Struct, frozen=True):
    """`type(m)` or `m.__class__`."""

    module: ModuleValue


class MembersValue(Struct, frozen=True):
    """`m._modules`, `m._parameters` or `m._buffers`."""

    module: ModuleValue
    name: str


class NamespaceValue(Struct, frozen=True):
    """`vars(m)` or `m.__dict__`."""

    module: ModuleValue


class Elements(Struct, frozen=True):
    """Something whose iteration yields `element`."""

    element: Value


class Submodules(Struct, frozen=True):
    """`m.children()`, `m.named_modules()` and their like, or a list of what they give.

    What `is_deep` starts with the module itself. `taken` is how many an iterator has given already.
    """

    module: ModuleValue
    shape: Literal["modules", "pairs"]
    is_deep: bool = False
    is_iterator: bool = True
    taken: int = 0


class SubmoduleTable(Struct, frozen=True):
    """`dict(m.named_children())`, or where it `is_deep`, `dict(m.named_modules())`."""

    module: ModuleValue
    is_deep: bool = False


class TupleValue(Struct, frozen=True):
    """A tuple or list display; one that `is_open` has more items, of which nothing is known."""

    items: tuple[Value | None, ...]
    is_open: bool = False
    is_list: bool = False


class Mapped(Struct, frozen=True):
    """A dict with string or int keys, or an object with fields, of which these `entries` are known."""

    entries: tuple[tuple[str, Value | None], ...]
    by: Literal["item", "attribute"] = "item"


class Text(Struct, frozen=True):
    """A string that is known."""

    text: str


class Flag(Struct, frozen=True):
    """The outcome of a test, and what it says of the code under it where the outcome is asked later."""

    yes: frozenset[str]
    no: frozenset[str]


class LambdaValue(Struct, frozen=True):
    """A lambda, the scope of its body, and what the names around it stood for where it was written."""

    function: ir.Function
    scope: Scope
    environment: dict[str, Value | None]


class PartialValue(Struct, frozen=True):
    """`functools.partial(func, *args)`, for calls within the function that makes it."""

    func: ir.Expr
    args: tuple[ir.Argument, ...]


class Getter(Struct, frozen=True):
    """`operator.attrgetter(*names)`, or `operator.methodcaller(name, *args)` where there is a `call`."""

    names: tuple[str, ...]
    call: ir.Call | None = None


class SelfValue(Struct, frozen=True):
    """`self` of a bound-method hook, in a method that the class `method_of` defines.

    Also another object of a project's class that the hook made. `after` is the class whose methods, and those
    of the classes before it, `super()` passes over. `fields` are what the object was just made with.
    """

    owner: ClassDefinition
    method_of: ClassDefinition | None = None
    after: ClassDefinition | None = None
    fields: tuple[tuple[str, Value | None], ...] = ()


class FunctionValue(Struct, frozen=True):
    """A function of the project under another name, `owner` the object whose bound method it is."""

    definition: FunctionDefinition
    owner: SelfValue | None = None


Value: TypeAlias = (
    ModuleValue
    | Reference
    | MethodValue
    | MaybeModule
    | ClassOf
    | MembersValue
    | NamespaceValue
    | Elements
    | Submodules
    | SubmoduleTable
    | TupleValue
    | Mapped
    | Text
    | Flag
    | LambdaValue
    | PartialValue
    | Getter
    | SelfValue
    | FunctionValue
)

MEMBER_DICTS = frozenset({"_modules", "_parameters", "_buffers"})


def known(owner: ModuleClass | None) -> ModuleClass | None:
    """Return a module's class, None for `nn.Module` itself: an annotation of that name says nothing."""
    return None if owner is None or owner.qualname == "torch.nn.Module" else owner


def attribute_of(module: ModuleValue, name: str) -> AttributeFact | None:
    """Return what the module's class says of `name`, None where it says nothing or is unknown."""
    return None if module.owner is None else module.owner.attribute(name)


def lacks(module: ModuleValue, name: str) -> bool:
    """Tell whether no instance of the module's class has an attribute of that name."""
    owner = module.owner
    return owner is not None and owner.is_complete and owner.attribute(name) is None


def member(module: ModuleValue, name: str) -> Value | None:
    """Return what reading `module.name` gives."""
    if name == "__class__":
        return ClassOf(module)
    if name == "__dict__":
        return NamespaceValue(module)
    if name in MEMBER_DICTS:
        return MembersValue(module, name)
    fact = attribute_of(module, name)
    if fact is not None:
        if fact.kind == "submodule":
            return module.inner(name, known(fact.module_class))
        if fact.kind in {"method", "static method", "class method"}:
            return MethodValue(module, name)
        return None
    if name == "forward":
        return MethodValue(module, name)
    if name.startswith("_") or (module.owner is not None and module.owner.is_complete):
        return None
    return MaybeModule((*module.path, name))


def child(module: ModuleValue, key: str) -> ModuleValue:
    """Return the child named `key`, or some child for `ELEMENT`."""
    fact = attribute_of(module, key) if key != ELEMENT else None
    owner = None
    if fact is not None and fact.kind == "submodule":
        owner = known(fact.module_class)
    elif module.owner is not None and module.owner.is_container:
        owner = known(module.owner.element_at(key))
    return module.inner(key, owner)


def join(first: Value | None, second: Value | None) -> Value | None:
    """Return what a name stands for after a branch: nothing known unless both arms agree."""
    return first if first == second else None


def spell(expr: ir.Expr) -> str:
    """Return an expression as a person would write it, shortened where it is not a plain chain."""
    match expr:
        case ir.Name(id=name):
            return name
        case ir.Attribute(value=value, attr=attr):
            return f"{spell(value)}.{attr}"
        case ir.Call(func=func, args=args):
            return f"{spell(func)}({', '.join(_argument(argument) for argument in args)})"
        case ir.Subscript(value=value, index=index):
            return f"{spell(value)}[{spell(index)}]"
        case ir.Walrus(target=target):
            return target.id
        case ir.Constant(kind="str", value=value):
            return f'"{value}"'
        case ir.Constant(kind="None"):
            return "None"
        case ir.Constant(value=value) if value is not None:
            return str(value)
    return "..."


def _argument(argument: ir.Argument) -> str:
    keyword = f"{argument.keyword}=" if argument.keyword else ""
    return f"{argument.star}{keyword}{spell(argument.value)}"
