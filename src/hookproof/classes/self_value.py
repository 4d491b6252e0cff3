"""A module while its own class makes it: `self`, of which every store is written down."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.classes.chosen_values import chosen
from hookproof.classes.store import How, Store
from hookproof.evaluator.contents import Items
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Frame, Given, Tracked, Value, Written
from hookproof.evaluator.guard_words import is_never
from hookproof.evaluator.objects import ClassValue
from hookproof.evaluator.values import Const, FunctionValue, Native, text_of
from hookproof.facts.harmless import HARMLESS_PACKAGES, READING_METHODS
from hookproof.semantic.bases import Base
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_REGISTER: dict[str, How] = {
    "register_buffer": "buffer",
    "register_parameter": "parameter",
    "add_module": "module",
    "register_module": "module",
    "__setattr__": "set",
}
_MEMBER_MAKERS = frozenset({*_REGISTER, "__dict__"})
_REGISTERED = frozenset({"tensor", "param", "module"})
_WALKS = frozenset({"modules", "named_modules"})
_SETTING: frozenset[How] = frozenset({"set", "buffer", "parameter", "module"})
_SET = Const(True)


class Storing:
    """What one run stores on the module; a run that `is_late` is of a method that nobody calls yet.

    What is certainly set, a name of `frame` has in the run's state for each attribute.
    """

    def __init__(self, mro: tuple[Base, ...], *, is_late: bool = False) -> None:
        self.mro = mro
        self.is_late = is_late
        self.is_opaque = False
        self.stores: list[Store] = []
        self.torch_bases: list[str] = []
        self.definite: frozenset[str] = frozenset()
        self._frame: Frame | None = None

    def store(
        self,
        run: Evaluator,
        frame: Frame,
        name: str | None,
        how: How,
        node: ir.Expr,
        value: ir.Expr | None = None,
        annotation: ir.Expr | None = None,
        *,
        member: str = "",
    ) -> None:
        """Write down what is done to an attribute; the name is None where it is computed."""
        if run.quiet or is_never(run.guards):
            return
        if name is None:
            self.is_opaque = True
            return
        owner = _owner(frame)
        qualname = "" if owner is None else owner.qualname
        if isinstance(node, ir.Attribute) and name.startswith("__") and not name.endswith("__"):
            name = f"_{qualname.rpartition('.')[2].lstrip('_')}{name}"
        is_part = how in {"change", "member"}
        is_conditional = is_part or self.is_late or not frame.is_certain(despite_loops=False)
        location = Location(frame.scope.file, getattr(node, "at", 0))
        written = chosen(run, value, frame)
        names = _self_name(run, frame), qualname
        self.stores.append(
            Store(name, how, location, frame.scope, *names, written, annotation, is_conditional, member)
        )
        if how in _SETTING or how == "delete":
            if self._frame is None:
                self._frame = Frame(Scope(frame.scope.file))
            run.state.names[self._frame, name] = _SET if how in _SETTING else None

    def calls_base(self, name: str, after: ClassDefinition | None, project: Project) -> None:
        """Note a call of a method that no class of the project has: of `__init__` of a class of torch."""
        bases = self.mro[self.mro.index(after) + 1 :] if after in self.mro else self.mro
        for base in bases if name == "__init__" else ():
            if isinstance(base, External) and project.facts.nn_class(base.qualname) is not None:
                self.torch_bases.append(base.qualname)
                return

    def escapes(self, run: Evaluator) -> None:
        """Note that somebody unknown has the module, who may set anything on it."""
        if not self.is_late and not run.quiet and not is_never(run.guards):
            self.is_opaque = True

    def finish(self, run: Evaluator) -> None:
        """Keep what is certainly set in the end."""
        kept = ((name, value) for (frame, name), value in run.state.names.items() if frame is self._frame)
        self.definite = frozenset(name for name, value in kept if value is not None)


def _owner(frame: Frame | None) -> ClassDefinition | None:
    """Return the class of the method that a frame is of, or was called by."""
    while frame is not None and frame.owner is None:
        frame = frame.caller or frame.parent
    return None if frame is None else frame.owner


def _self_name(run: Evaluator, frame: Frame) -> str:
    """Return the parameter that is the module in a call."""
    inner: Frame | None = frame
    while inner is not None and inner.function is None:
        inner = inner.parent
    parameters = inner.function.parameters if inner is not None and inner.function is not None else ()
    for parameter in parameters:
        if inner is not None and isinstance(run.state.names.get((inner, parameter.name)), SelfValue):
            return parameter.name
    return ""


class SelfValue(Tracked, frozen=True):
    """The module itself; `after` is the class that `super()` starts behind."""

    storing: Storing
    after: ClassDefinition | None = None

    def behind(self, owner: ClassDefinition | None) -> Value:
        """Return the module as `super()` in a class sees it."""
        return replace(self, after=owner)

    def method(self, project: Project, name: str) -> FunctionDefinition | None:
        """Return the method of that name, behind `after` where there is one."""
        mro = self.storing.mro
        for base in mro[mro.index(self.after) + 1 :] if self.after in mro else mro:
            found = project.methods(base).get(name) if isinstance(base, ClassDefinition) else None
            if found:
                return found[-1]
        return None

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return a method, or what is kept under a name."""
        if name in _REGISTER:
            return _Registering(self.storing, _REGISTER[name])
        if name == "__dict__":
            return _Namespace(self.storing)
        if name == "apply":
            return Native(_applied, self)
        if name in _WALKS:
            return Native(_walked, self)
        method = self.method(run.project, name)
        if method is not None:
            return self._bound(method)
        if access.use == "call":
            self.storing.calls_base(name, self.after, run.project)
        return AttributeValue(self.storing, name)

    def _bound(self, method: FunctionDefinition) -> Value | None:
        names = method.decorator_names
        if "staticmethod" in names:
            return FunctionValue(method)
        if "classmethod" in names and isinstance(self.storing.mro[0], ClassDefinition):
            return FunctionValue(method, bound=ClassValue(self.storing.mro[0]))
        # A method that is run by itself is not run again for whoever calls it.
        return None if self.storing.is_late else FunctionValue(method, bound=replace(self, after=None))

    def set(self, run: Evaluator, name: str, value: Value | None, written: Written) -> None:
        """Write down the attribute."""
        how: How = "change" if written.operator else "set"
        source = written.source if written.has_source and how == "set" else None
        self.storing.store(run, written.frame, name, how, written.target, source, written.annotation)

    def set_computed(self, run: Evaluator, access: Access) -> None:
        """Give up what attributes there are."""
        self.storing.store(run, access.frame, None, "set", access.node)

    def delete(self, run: Evaluator, name: str, access: Access) -> None:
        """Write down that the attribute is gone."""
        self.storing.store(run, access.frame, name, "delete", access.node)

    def stored(self, run: Evaluator, access: Access) -> None:
        """Note that something else has the module now."""
        self.storing.escapes(run)

    def passed_on(self, run: Evaluator, given: Given, args: Arguments) -> None:
        """Note who gets the module: functions of the project are run, of others some are harmless."""
        called = run.project.resolve(given.source.frame.scope, args.node.func)
        if isinstance(called, (FunctionDefinition, ClassDefinition)):
            return
        name = called.qualname if isinstance(called, External) else ""
        owner, _, method = name.rpartition(".")
        is_first = given.position == 0
        if is_first and method == "__init__" and run.project.facts.nn_class(owner) is not None:
            self.storing.torch_bases.append(owner)
        elif is_first and method == "__setattr__" and len(args.positional) == 3:
            value = args.expr(2)
            self.storing.store(run, args.frame, text_of(args.value(1)), "set", args.node, value)
        elif not name.startswith(HARMLESS_PACKAGES) or name == "builtins.vars":
            self.storing.escapes(run)


class _Registering(Value, frozen=True):
    """`self.register_buffer` and its like."""

    storing: Storing
    how: How

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Write down what is registered."""
        exprs = [
            given.source.expr for given in args.given() if given.position == 1 or given.name in _REGISTERED
        ]
        value = exprs[0] if exprs else None
        self.storing.store(run, args.frame, text_of(args.value(0, "name")), self.how, args.node, value)
        return None


def _applied(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    """`self.apply(function)` hands every module to a function, self among them."""
    args.frame.conditions += 1
    run.call(args.value(0), args.only(owner))
    args.frame.conditions -= 1
    return owner


def _walked(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    """`self.modules()` gives all modules, self among them."""
    assert isinstance(owner, SelfValue)
    return _Modules(owner.storing)


class _Modules(Value, frozen=True):
    """All modules of the module, itself among them."""

    storing: Storing

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
        """Return any of them."""
        some = _SomeModule(self.storing)
        return Items((), True, (some,))


class _SomeModule(Value, frozen=True):
    """The module or one below it, perhaps with its name."""

    storing: Storing

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
        """Return name and module."""
        return Items((None, self))

    def set(self, run: Evaluator, name: str, value: Value | None, written: Written) -> None:
        """Give up what attributes there are."""
        self.storing.store(run, written.frame, None, "set", written.target)


class _Namespace(Value, frozen=True):
    """`self.__dict__`."""

    storing: Storing

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Write down the attribute."""
        source = written.source if written.has_source else None
        self.storing.store(run, written.frame, text_of(key), "set", written.target, source)

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Give up what attributes there are where they are set in a row."""
        if name in {"update", "setdefault", "__setitem__"} and access.use == "call":
            self.storing.store(run, access.frame, None, "set", access.node)
        return None


class AttributeValue(Value, frozen=True):
    """What is kept under a name; where it `is_inner`, something inside of that."""

    storing: Storing
    name: str
    is_inner: bool = False

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return a method, which may fill a container or add to a submodule."""
        return _Held(self, name) if access.use == "call" and not self.is_inner else None

    def set(self, run: Evaluator, name: str, value: Value | None, written: Written) -> None:
        """Write down an attribute of the attribute."""
        if isinstance(value, SelfValue):
            value.storing.escapes(run)
        if not self.is_inner and not written.operator:
            source = written.source if written.has_source else None
            self._store(run, written.frame, "member", written.target, source, name)

    def set_computed(self, run: Evaluator, access: Access) -> None:
        """Write down some attribute of the attribute."""
        self._store(run, access.frame, "member", access.node, None, "*")

    def delete(self, run: Evaluator, name: str, access: Access) -> None:
        """Write down some attribute of the attribute where `delattr` takes it."""
        if isinstance(access.node, ir.Call):
            self.set_computed(run, access)

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return something inside."""
        return replace(self, is_inner=True)

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Write down that the value is changed."""
        self._store(run, written.frame, "change", written.target)

    def changed(self, run: Evaluator, method: str, args: Arguments) -> None:
        """Write down what a method does that is called on the value."""
        if method in _MEMBER_MAKERS:
            self._store(run, args.frame, "member", args.node, None, "*")
        elif method not in READING_METHODS:
            is_added = method == "append" and len(args.positional) == 1
            self._store(run, args.frame, "change", args.node, args.expr(0) if is_added else None)

    def _store(
        self,
        run: Evaluator,
        frame: Frame,
        how: How,
        node: ir.Expr,
        value: ir.Expr | None = None,
        member: str = "",
    ) -> None:
        self.storing.store(run, frame, self.name, how, node, value, member=member)


class _Held(Value, frozen=True):
    """A method of what is kept under a name."""

    owner: AttributeValue
    name: str

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Write down what it does."""
        run.passed_on(args)
        self.owner.changed(run, self.name, args)
        return None
