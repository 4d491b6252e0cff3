"""What the body of one class says: methods, class values, annotations and TorchScript's own markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from hookproof.modules.attribute_kinds import AttributeKind, JitMark
from hookproof.modules.module_class import AttributeFact
from hookproof.semantic.bindings import bindings_of
from hookproof.semantic.definitions import ClassDefinition, Definition, External, FunctionDefinition
from hookproof.semantic.expressions import literal_text
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.torch_types.infer import Inference

if TYPE_CHECKING:
    from hookproof.semantic.project import Project

_JIT: dict[str, JitMark] = {
    "torch.jit.export": "export",
    "torch.jit.ignore": "ignore",
    "torch.jit.unused": "unused",
    "torch._jit_internal.export": "export",
    "torch._jit_internal.ignore": "ignore",
    "torch._jit_internal.unused": "unused",
}
_KINDS: dict[str, AttributeKind] = {
    "builtins.property": "property",
    "abc.abstractproperty": "property",
    "builtins.staticmethod": "static method",
    "builtins.classmethod": "class method",
    "functools.cached_property": "unknown",
}
_HARMLESS_DECORATORS = frozenset({"typing.final", "typing_extensions.final", "functools.total_ordering"})
_DESCRIBING = frozenset({"__get__", "__set__", "__set_name__"})
_TRICKS = frozenset({"__getattr__", "__getattribute__", "__setattr__", "__new__", "__init_subclass__"})


class ClassBody(Struct):
    """The facts of one class's own body.

    `annotations` are those of its variables; `markers` holds the literal lists of `__constants__`,
    `__jit_ignored_attributes__` and `__jit_unused_properties__`, None for one that is not literal.
    """

    definition: ClassDefinition
    facts: dict[str, AttributeFact] = field(default_factory=dict)
    annotations: dict[str, ir.Expr] = field(default_factory=dict)
    markers: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    is_opaque: bool = False


def read_class_body(definition: ClassDefinition, project: Project) -> ClassBody:
    """Return what the body of one class says."""
    body = ClassBody(definition)
    node = definition.node
    body.is_opaque = not _is_plain(definition, project)
    for name, definitions in project.methods(definition).items():
        body.facts[name] = _method_fact(name, definitions, definition, project)
        body.is_opaque |= name in _TRICKS
    for name, binders in bindings_of(node.body).items():
        for binder in binders:
            _read_binding(body, name, binder, project)
    for statement in node.body:
        if isinstance(statement, (ir.For, ir.While)):
            body.is_opaque = True
        if isinstance(statement, ir.Expression) and isinstance(statement.value, ir.Call):
            body.is_opaque = True
        if isinstance(statement, ir.Assign):
            body.is_opaque |= any(isinstance(target, ir.Subscript) for target in statement.targets)
    return body


def _is_plain(definition: ClassDefinition, project: Project) -> bool:
    """Return whether nothing but the class statement makes the class."""
    for keyword in definition.node.keywords:
        found = project.resolve(definition.scope, keyword.value)
        if found != External("abc.ABCMeta"):
            return False
    for decorator in definition.node.decorators:
        found = project.resolve(definition.scope, decorator)
        if not isinstance(found, External) or found.qualname not in _HARMLESS_DECORATORS:
            return False
    return True


def _read_binding(body: ClassBody, name: str, binder: object, project: Project) -> None:
    definition = body.definition
    if isinstance(binder, ir.Assign):
        if binder.annotation is not None:
            body.annotations[name] = binder.annotation
        if binder.value is None:
            return
        if name in {"__constants__", "__jit_ignored_attributes__", "__jit_unused_properties__"}:
            body.markers[name] = _literal_names(binder.value)
        body.facts[name] = _class_value(name, binder.value, binder.at, body, project)
    elif isinstance(binder, ir.Class):
        location = Location(definition.scope.file, binder.at)
        body.facts[name] = AttributeFact(name, "class value", location=location, owner=definition.qualname)
    elif not isinstance(binder, ir.Define) and name not in body.facts:
        body.facts[name] = AttributeFact(name, "unknown", owner=definition.qualname)


def _class_value(name: str, value: ir.Expr, at: int, body: ClassBody, project: Project) -> AttributeFact:
    definition = body.definition
    location = Location(definition.scope.file, at)
    if isinstance(value, ir.Name) and value.id in body.facts:
        same = body.facts[value.id]
        return AttributeFact(name, same.kind, same.type, location, function=same.function, jit=same.jit)
    found = project.resolve(definition.scope, value)
    if isinstance(found, FunctionDefinition):
        return AttributeFact(name, "method", location=location, function=found, owner=definition.qualname)
    kind: AttributeKind = "class value"
    if isinstance(value, ir.Lambda):
        kind = "method"
    elif isinstance(value, ir.Call):
        made_by = project.resolve(definition.scope, value.func)
        qualname = made_by.qualname if isinstance(made_by, External) else ""
        is_value = qualname.startswith(("builtins.", "torch.")) or _is_plain_class(made_by, project)
        kind = _KINDS.get(qualname, "class value" if is_value else "unknown")
    inferred = Inference(project).infer(value, definition.scope)
    return AttributeFact(name, kind, inferred, location, owner=definition.qualname)


def _is_plain_class(made_by: Definition | None, project: Project) -> bool:
    """Return whether the instances of a class are values, and no descriptors."""
    if not isinstance(made_by, ClassDefinition) or made_by.node.decorators or made_by.node.keywords:
        return False
    for base in project.mro(made_by):
        if not isinstance(base, ClassDefinition):
            if base != External("builtins.object"):
                return False
        elif not _DESCRIBING.isdisjoint(project.methods(base)):
            return False
    return True


def _method_fact(
    name: str,
    definitions: tuple[FunctionDefinition, ...],
    definition: ClassDefinition,
    project: Project,
) -> AttributeFact:
    kind: AttributeKind = "method"
    mark: JitMark = ""
    function = definitions[-1]
    for candidate in definitions:
        for decorator in candidate.decorators:
            expr = decorator.func if isinstance(decorator, ir.Call) else decorator
            if isinstance(expr, ir.Attribute) and expr.attr in {"setter", "deleter", "getter"}:
                continue
            found = project.resolve(candidate.scope, expr)
            qualname = found.qualname if isinstance(found, External) else ""
            if qualname in _KINDS:
                kind, function = _KINDS[qualname], candidate
            mark = _JIT.get(qualname, mark)
    return AttributeFact(name, kind, function=function, jit=mark, owner=definition.qualname)


def _literal_names(value: ir.Expr) -> tuple[str, ...] | None:
    if not isinstance(value, ir.Sequence):
        return None
    names = [literal_text(item) for item in value.items]
    found = tuple(name for name in names if name is not None)
    return found if len(found) == len(names) else None
