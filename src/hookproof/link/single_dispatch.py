"""`functools.singledispatch`: which of a function's implementations is called with a module."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.collect import ir
from hookproof.link.case import Scope
from hookproof.link.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.link.module_class import ModuleClass
from hookproof.link.project import Project
from hookproof.link.values import ObjectValue, Values


def implementation(
    definition: FunctionDefinition, given: Values, project: Project
) -> FunctionDefinition | None:
    """Return the implementation that its file registers for the class of what a function is given."""
    only = given[0] if len(given) == 1 else None
    cls = only.module_class if isinstance(only, ObjectValue) else None
    if cls is None:
        return None
    matching: list[tuple[ModuleClass, FunctionDefinition]] = []
    for registered, function in _registered(definition, project):
        if cls.is_a(registered.qualname):
            matching.append((registered, function))
    for nearest, function in matching:
        if all(nearest.is_a(other.qualname) for other, _ in matching):
            return function
    return None


def _registered(
    definition: FunctionDefinition, project: Project
) -> Iterator[tuple[ModuleClass, FunctionDefinition]]:
    file, name = definition.scope.file, definition.name
    for block in file.outline.blocks:
        if block.kind != "def" or not file.text.startswith(f"@{name}.register", block.start):
            continue
        for statement in file.block(block.index):
            if isinstance(statement, ir.Define):
                function = statement.function
                qualname = f"{file.module}.{function.name}"
                found = FunctionDefinition(function.name, Scope(file), qualname, body=function)
                for expr in _classes(function, name):
                    resolved = project.resolve(Scope(file), expr)
                    if isinstance(resolved, (ClassDefinition, External)):
                        cls = project.module_class(resolved)
                        if cls is not None:
                            yield cls, found


def _classes(function: ir.Function, name: str) -> Iterator[ir.Expr]:
    """Yield the classes that decorators `@name.register` name, themselves or by the first annotation."""
    for decorator in function.decorators:
        match decorator:
            case ir.Call(func=ir.Attribute(value=ir.Name(id=owner), attr="register"), args=(argument,)):
                if owner == name:
                    yield argument.value
            case ir.Attribute(value=ir.Name(id=owner), attr="register") if owner == name:
                annotation = function.parameters[0].annotation if function.parameters else None
                if isinstance(annotation, ir.Operation) and annotation.op == "|":
                    yield from annotation.operands
                elif annotation is not None:
                    yield annotation
