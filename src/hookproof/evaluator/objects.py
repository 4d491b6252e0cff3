"""Objects, classes and files: those that a hook makes itself, and those that others have as well."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from msgspec.structs import replace

from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Value, Written, agreed
from hookproof.evaluator.values import Const, FunctionValue, in_python
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FileDefinition,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.endings import returns_in
from hookproof.semantic.fields import positions
from hookproof.semantic.project import Project
from hookproof.syntax import ir

_SETTING_METHODS = ("__setattr__", "__getattribute__")
_PROPERTIES = frozenset({"property", "cached_property"})


class Outside(Value, frozen=True):
    """Something that the hook did not make and nobody knows, by the way it is reached.

    What the hook keeps in it is known until somebody else may have set it.
    """

    root: Hashable
    steps: tuple[str, ...] = ()

    @property
    def key(self) -> Outside:
        """The heap has what is kept in it under the value itself."""
        return self

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return what was kept under an attribute, else what is reached by it."""
        return self._kept(run, f".{name}")

    def set(self, run: Evaluator, name: str, value: Value | None, written: Written) -> None:
        """Keep something under an attribute."""
        _change_field(run, f".{name}")
        self._keep(run, f".{name}", value)

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return what was kept under a key, else what is reached by it."""
        step = _step(key)
        return None if step is None else self._kept(run, step)

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Keep something under a key."""
        step = _step(key)
        _change_field(run, "[" if step is None else step)
        if step is not None:
            self._keep(run, step, value)

    def _kept(self, run: Evaluator, step: str) -> Value | None:
        content = run.state.heap.get(self)
        if isinstance(content, Entries) and step in content.known:
            return content.known[step]
        return Outside(self.root, (*self.steps, step))

    def _keep(self, run: Evaluator, step: str, value: Value | None) -> None:
        if value is None:
            return
        content = run.state.heap.get(self)
        kept = content if isinstance(content, Entries) else Entries({}, is_open=True)
        run.put(self, kept.having(step, in_python(value)))

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return what is kept in it."""
        content = run.state.heap.get(self)
        return content.known.values() if isinstance(content, Entries) else ()


def _change_field(run: Evaluator, name: str) -> None:
    """Give up that field of every object that others have: any of them may be the one that is set."""
    for key, content in list(run.state.heap.items()):
        if isinstance(content, Entries) and (isinstance(key, Outside) or key in run.shared_objects):
            changed = [field for field in content.known if isinstance(field, str) and field.startswith(name)]
            if changed:
                left = {field: value for field, value in content.known.items() if field not in changed}
                run.put(key, Entries(left, content.is_open))


def _step(key: Value | None) -> str | None:
    value = getattr(key, "value", None)
    return f"[{value!r}]" if isinstance(value, (str, int)) else None


class ObjectValue(Value, frozen=True):
    """An object of a class of the project, or of a namespace; its fields are in the heap under `ref`.

    `after` is the class whose methods, and those of the classes before it, `super()` passes over.
    """

    ref: int
    cls: ClassDefinition | None = None
    after: ClassDefinition | None = None

    @property
    def key(self) -> int:
        """What the heap has its fields under."""
        return self.ref

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return a field, else what the class has for it."""
        content = run.state.heap.get(self.ref)
        if name == "__dict__":
            return FieldsValue(self)
        if self.after is None and isinstance(content, Entries) and f".{name}" in content.known:
            return content.known[f".{name}"]
        if self.cls is None:
            return None
        method = self.method(run.project, name)
        if method is None:
            member = run.project.member(self.cls, name)
            return Outside(self.ref, (f".{name}",)) if member is None else run.value_of(member)
        names = method.decorator_names
        if "staticmethod" in names:
            return FunctionValue(method)
        if "classmethod" in names:
            return FunctionValue(method, bound=ClassValue(self.cls))
        bound = FunctionValue(method, bound=ObjectValue(self.ref, self.cls))
        if names.isdisjoint(_PROPERTIES):
            return bound
        return run.enter(bound, _asking(access))

    def method(self, project: Project, name: str) -> FunctionDefinition | None:
        """Return the method of that name, behind `after` where there is one; None if a base is unknown."""
        if self.cls is None:
            return None
        found = project.inherited(self.cls, self.after, name)
        return found if isinstance(found, FunctionDefinition) else None

    def behind(self, owner: ClassDefinition | None) -> Value | None:
        """Return the object as `super()` in a class sees it."""
        return replace(self, after=owner)

    def set(self, run: Evaluator, name: str, value: Value | None, written: Written) -> None:
        """Set a field; nothing is known of one that the class sets in a way of its own."""
        _change_field(run, f".{name}")
        content = run.state.heap.get(self.ref)
        if not isinstance(content, Entries):
            content = Entries({}, is_open=True)
        is_plain = all(self.method(run.project, method) is None for method in (name, *_SETTING_METHODS))
        is_plain = is_plain and not self._is_described(run.project, name)
        run.put(self.ref, content.having(f".{name}", in_python(value) if is_plain else None))

    def _is_described(self, project: Project, name: str) -> bool:
        """Return whether the class keeps an object of the project under a name: a descriptor, perhaps."""
        member = project.member(self.cls, name) if self.cls is not None else None
        made = member.value if isinstance(member, ValueDefinition) else None
        if not isinstance(member, ValueDefinition) or not isinstance(made, ir.Call):
            return False
        return isinstance(project.resolve(member.scope, made.func), ClassDefinition)

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Call `__call__`."""
        run.passed_on(args)
        return self._special(run, "__call__", args)

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return what stands in a named tuple, or call `__getitem__`."""
        parts, position = self._parts_in_order(run), key.value if isinstance(key, Const) else None
        if parts is not None:
            return parts.at(position, agreed) if isinstance(position, int) else None
        index = access.node.index if isinstance(access.node, ir.Subscript) else access.node
        return self._special(run, "__getitem__", _asking(access).only(key, exprs=(index,)))

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
        """Return what stands in a named tuple, or call `__iter__`."""
        parts = self._parts_in_order(run)
        if parts is not None:
            return parts
        found = self._special(run, "__iter__", _asking(access))
        return None if found is None or found == self else found.iterate(run, access)

    def _parts_in_order(self, run: Evaluator) -> Items[Value | None] | None:
        names, content = positions(self.cls, run.project), run.state.heap.get(self.ref)
        if not names or not isinstance(content, Entries):
            return None
        return Items(tuple(content.known.get(f".{name}") for name in names))

    def entered(self, run: Evaluator, access: Access) -> Value | None:
        """Call `__enter__`."""
        return self._special(run, "__enter__", _asking(access))

    def may_suppress(self, project: Project) -> bool:
        """Return whether `__exit__` may swallow an error."""
        method = self.method(project, "__exit__")
        return method is not None and any(
            found.value is not None and _is_true(found.value) for found in returns_in(method.function.body)
        )

    def _special(self, run: Evaluator, name: str, args: Arguments) -> Value | None:
        method = self.method(run.project, name)
        if method is None:
            run.forget([self, *args.each()], is_external=False)
            return None
        return run.enter(FunctionValue(method, bound=self), args)

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the fields."""
        content = run.state.heap.get(self.ref)
        return content.known.values() if isinstance(content, Entries) else ()


def _is_true(expr: ir.Expr) -> bool:
    """Return whether an expression may give something that counts as true."""
    return not (isinstance(expr, ir.Constant) and not expr.value)


def _asking(access: Access) -> Arguments:
    """Return the call that Python itself makes there."""
    return Arguments(ir.Call(access.node.at, access.node, ()), access.frame)


class FieldsValue(Value, frozen=True):
    """`vars(o)` or `o.__dict__` of an object that is no module."""

    owner: Value

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return a field."""
        name = getattr(key, "value", None)
        return self.owner.get(run, name, access) if isinstance(name, str) else None

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Set a field."""
        name = getattr(key, "value", None)
        if isinstance(name, str):
            self.owner.set(run, name, value, written)
        else:
            run.forget([self.owner], is_external=True)

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Give up the fields, which a method may change."""
        run.forget([self.owner], is_external=True)
        return None

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the object."""
        return (self.owner,)


class ClassValue(Value, frozen=True):
    """A class of the project."""

    definition: ClassDefinition

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return what was kept in the class, else a method or a constant of it."""
        content = run.state.heap.get(self._kept)
        if isinstance(content, Entries) and f".{name}" in content.known:
            return content.known[f".{name}"]
        member = run.project.member(self.definition, name)
        if isinstance(member, FunctionDefinition) and "classmethod" in member.decorator_names:
            return FunctionValue(member, bound=self)
        return run.value_of(member)

    def set(self, run: Evaluator, name: str, value: Value | None, written: Written) -> None:
        """Keep something in the class."""
        self._kept.set(run, name, value, written)

    @property
    def _kept(self) -> Outside:
        """What the heap has under it is kept in the class, which everybody can change."""
        return Outside((self.definition.scope.file.path, self.definition.node.at))

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return itself: `Cls[T]` is the class, with what a type checker wants to know."""
        return self

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Make an object."""
        run.passed_on(args)
        return run.construct(self.definition, args)

    def truth(self) -> bool | None:
        """Count as true."""
        return True


class ExternalValue(Value, frozen=True):
    """Something of torch or the standard library, by its dotted name."""

    qualname: str

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return what it has under a name."""
        return ExternalValue(f"{self.qualname}.{name}")

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Do what is known of it."""
        return run.call_external(self.qualname, args)


class FileValue(Value, frozen=True):
    """A file of the project as a module."""

    definition: FileDefinition

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return what the file has under a name."""
        return run.value_of(run.project.member(self.definition, name, access.frame.scope.file))


def class_of(value: Value | None) -> ClassDefinition | External | None:
    """Return the class that a value is."""
    if isinstance(value, ExternalValue):
        return External(value.qualname)
    return value.definition if isinstance(value, ClassValue) else None


def plain_value(definition: Definition | None) -> Value | None:
    """Return the value of what a name stands for that is no value itself."""
    match definition:
        case External(qualname=qualname):
            return ExternalValue(qualname)
        case FileDefinition():
            return FileValue(definition)
        case FunctionDefinition():
            return FunctionValue(definition)
        case ClassDefinition():
            return ClassValue(definition)
    return None
