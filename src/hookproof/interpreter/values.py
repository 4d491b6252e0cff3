"""Hooks and what is done to them: those that are on modules, their tables and handles, and script modules."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from hookproof.finding import Form, HookReference
from hookproof.interpreter.asked import Asked
from hookproof.interpreter.domain import Access, Arguments, Evaluator, Frame, MethodValue, Value, Values
from hookproof.interpreter.objects import CHILDREN, ObjectValue
from hookproof.interpreter.plain import literal_of
from hookproof.interpreter.sites import Registration
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.scope import Scope

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.syntax import ir

How: TypeAlias = Literal["script", "trace", "freeze", "load", "annotation"]


class Hook(Struct, frozen=True, dict=True):
    """A callable that is registered as a hook, as far as it could be followed.

    `module_index` is the position of the hook parameter in `function.parameters`, None where the
    function does not take it by name (swallowed by `*args`, or there is no function). `bound` counts the
    leading parameters that are already filled (`self`, the arguments of a partial). `captured` names the
    Python types of plain values that parameters of the functions around it have (`int`, `NoneType`, `list`);
    `frame` is what it closes over; it is a method of `bound_self`, of the class `owner_class`; a partial has
    `given` values to the last of the parameters that are filled.
    """

    form: Form
    location: Location
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
    given: tuple[Values, ...] = ()

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
    def definition(self) -> Location:
        """The `def` (or lambda) of the hook, or the callable at the registration where there is none."""
        if self.function is None or self.scope is None:
            return self.location
        return Location(self.scope.file, self.function.at)

    @cached_property
    def reference(self) -> HookReference:
        """The hook as findings name it."""
        location = self.definition
        name = self.function.name if self.function else "<unknown>"
        return HookReference(name, location.path, location.line)


class LiveHook(Struct, frozen=True, eq=False):
    """A hook that is on a module: the registration, the callables it may be, and when it got there.

    `after` are the script modules that had been made by then, on this path. `is_for_all` says of a hook on
    the element of a loop that no condition within the loop keeps it off any element. `assumed` is the outcome
    of the conditions that it stands under; `is_conditional` that there are others, which are not understood.
    `parameter` is the name of the parameter of `receiver` that it is on, None where it is not on one by name.
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
    parameter: str | None = None


class ScriptValue(Value, frozen=True, eq=False):
    """What an entry point returned, or one of its children.

    `compiled` are the hooks that became part of it; `has_exports` tells of a trace that it is a
    `RecursiveScriptModule` (None where the class is not known). `saved` is the script module that a loaded
    one had been saved as; `is_conditional` that it was made under a condition that is not understood, and
    `assumed` the outcome of the conditions; `was_scripted` that it was frozen from what scripting made.
    """

    how: How
    api: str
    location: Location
    order: int
    entry_call: ir.Call | None = None
    source: ObjectValue | None = None
    parent: ScriptValue | None = None
    name: str = ""
    compiled: tuple[LiveHook, ...] = ()
    has_exports: bool | None = False
    is_frozen: bool = False
    is_reloaded: bool = False
    saved: ScriptValue | None = None
    is_conditional: bool = False
    was_scripted: bool = False
    assumed: tuple[Asked, ...] = ()

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

    def child(self, run: Evaluator, name: str) -> ScriptValue:
        """Return the child of that name, the same one each time."""
        known = run.held(self).get(name)
        if known and isinstance(known[0], ScriptValue):
            return known[0]
        source: ObjectValue | None = None
        if self.source is not None and self.module_class is not None:
            fact = self.module_class.attribute(name)
            source = ObjectValue(
                "attribute", fact.module_class if fact else None, parent=self.source, name=name
            )
        child = replace(self, parent=self, name=name, source=source, compiled=())
        run.keep(self, name, (child,))
        return child

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return what was set, else its `forward` or a child."""
        known = run.held(self).get(name)
        if known is None and name == "forward":
            return self.method(run, name, access)
        return known if known is not None else (self.child(run, name),)

    def method(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return a method that is known by its name."""
        return (MethodValue(self, name, access.location),)

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return the child at a position."""
        literal = literal_of(key)
        return (self.child(run, f"[{literal}]" if literal is not None else "[]"),)

    def elements(self, run: Evaluator) -> Values:
        """Return any of its children."""
        return (self.child(run, CHILDREN),)

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Run it."""
        return run.call_method(self, "__call__", args)

    def set(self, run: Evaluator, name: str, values: Values) -> None:
        """Let an attribute be something else from now on."""
        run.rebind(self, name, values)


# The tables in which a module keeps its hooks, with how the methods that fill them end.
HOOK_TABLES: dict[str, str] = {
    "_forward_hooks": "_forward_hook",
    "_forward_pre_hooks": "_forward_pre_hook",
    "_backward_hooks": "_backward_hook",
    "_backward_pre_hooks": "_backward_pre_hook",
}


class HooksValue(Value, frozen=True, eq=False):
    """A module's own table of its hooks: `m._forward_hooks`."""

    owner: ObjectValue
    name: str

    def holds(self, hook: LiveHook) -> bool:
        """Whether a hook of this kind is kept in the table."""
        return HOOK_TABLES[self.name] == hook.registration.api.removeprefix("register").replace("_full_", "_")

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return any of its hooks."""
        return self.elements(run)

    def elements(self, run: Evaluator) -> Values:
        """Return its hooks, itself where none is known."""
        return run.hooks_in(self) or (self,)

    def assign_item(self, run: Evaluator, key: Values, values: Values, access: Access) -> None:
        """Put a hook in."""
        run.call_method(self, "__setitem__", access.calling(key, values))

    def delete_item(self, run: Evaluator, key: Values, access: Access) -> None:
        """Take hooks out."""
        run.call_method(self, "clear", access.calling())


class RegisteredValue(Value, frozen=True, eq=False):
    """A hook taken out of such a table."""

    hook: LiveHook


class HandleValue(Value, frozen=True, eq=False):
    """The `RemovableHandle` of a registration."""

    hook: LiveHook

    @property
    def is_one_of_a_table(self) -> bool:
        """Whether there may be as many as a table has entries: always."""
        return True
