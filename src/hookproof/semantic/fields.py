"""Classes whose `__init__` is made from annotated fields: dataclasses, named tuples, attrs classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from hookproof.facts.library import NAMED_TUPLES
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.semantic.project import Project

_MAKERS = frozenset(
    {
        "attr.attrs",
        "attr.dataclass",
        "attr.define",
        "attr.frozen",
        "attr.mutable",
        "attr.s",
        "attrs.define",
        "attrs.frozen",
        "attrs.mutable",
        "dataclasses.dataclass",
    }
)
_FIELDS = frozenset({"attr.field", "attr.ib", "attrs.field", "dataclasses.field"})


class Field(Struct, frozen=True):
    """One field: its default, or the factory of it, where there is one."""

    name: str
    scope: Scope
    default: ir.Expr | None = None
    factory: ir.Expr | None = None


def has_fields(cls: ClassDefinition, project: Project) -> bool:
    """Return whether the fields of a class become the parameters of its `__init__`."""
    return any(
        _is_named_tuple(definition, project)
        or any(_is_maker(decorator, definition, project) for decorator in definition.node.decorators)
        for definition in project.mro(cls)
        if isinstance(definition, ClassDefinition)
    )


def _is_named_tuple(cls: ClassDefinition, project: Project) -> bool:
    return any(_is_external(base, NAMED_TUPLES) for base in project.bases(cls))


def positions(cls: ClassDefinition | None, project: Project) -> list[str]:
    """Return the names of what stands in a named tuple, in order; nothing of another class."""
    order = project.mro(cls) if cls is not None else ()
    is_tuple = any(isinstance(base, ClassDefinition) and _is_named_tuple(base, project) for base in order)
    return [field.name for field in fields_of(cls, project)] if cls is not None and is_tuple else []


def named_tuple(call: ir.Call, scope: Scope) -> ClassDefinition | None:
    """Return the class that `namedtuple("Name", fields)` makes, None if its fields are not written."""
    match call.args:
        case (ir.Argument(value=ir.Constant(value=str(name))), ir.Argument(value=given)):
            names = _written_names(given)
        case _:
            return None
    if names is None:
        return None
    anything = ir.Constant(call.at, "None")
    fields = tuple(ir.Assign(call.at, (ir.Name(call.at, each),), None, anything) for each in names)
    node = ir.Class(call.at, name, (call.func,), (), (), fields)
    return ClassDefinition(node, scope, f"{scope.file.module}.{name}")


def _written_names(given: ir.Expr) -> list[str] | None:
    match given:
        case ir.Constant(value=str(text)):
            return text.replace(",", " ").split()
        case ir.Sequence(items=items):
            firsts = [
                item.items[0] if isinstance(item, ir.Sequence) and item.items else item for item in items
            ]
            names = [first.value for first in firsts if isinstance(first, ir.Constant)]
            texts = [name for name in names if isinstance(name, str)]
            return texts if len(texts) == len(items) else None
    return None


def fields_of(cls: ClassDefinition, project: Project) -> list[Field]:
    """Return the fields in the order in which `__init__` takes them, those of bases first."""
    found: dict[str, Field] = {}
    for definition in reversed(project.mro(cls)):
        if isinstance(definition, ClassDefinition):
            found.update((field.name, field) for field in _own(definition, project))
    return list(found.values())


def _own(cls: ClassDefinition, project: Project) -> Iterator[Field]:
    for statement in cls.node.body:
        match statement:
            case ir.Assign(targets=(ir.Name(id=name),), value=value, annotation=annotation):
                if annotation is not None and not _is_class_variable(annotation):
                    yield _field(name, value, cls.scope, project)


def _field(name: str, value: ir.Expr | None, scope: Scope, project: Project) -> Field:
    if not isinstance(value, ir.Call) or not _is_external(project.resolve(scope, value.func), _FIELDS):
        return Field(name, scope, value)
    given = {argument.keyword: argument.value for argument in value.args}
    return Field(name, scope, given.get("default"), given.get("default_factory", given.get("factory")))


def _is_class_variable(annotation: ir.Expr) -> bool:
    named = annotation.value if isinstance(annotation, ir.Subscript) else annotation
    return getattr(named, "attr", getattr(named, "id", "")) == "ClassVar"


def _is_maker(decorator: ir.Expr, cls: ClassDefinition, project: Project) -> bool:
    called = decorator.func if isinstance(decorator, ir.Call) else decorator
    return _is_external(project.resolve(cls.scope, called), _MAKERS)


def _is_external(definition: object, names: frozenset[str] | set[str]) -> bool:
    return isinstance(definition, External) and definition.qualname in names
