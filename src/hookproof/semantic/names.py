"""Where a program keeps things: the variables and attributes that an expression may stand for, by name.

All attributes of one name are one place, whatever object they are on, and what is in a container is in the
same place as the container: coarse, and so cheap enough to ask of whole files.
"""

from __future__ import annotations

from typing import TypeAlias

from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import (
    ClassDefinition,
    FileDefinition,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.expressions import literal_text
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

# The attribute or item of a name that is not known.
ANY_NAME = "[]"

Node: TypeAlias = tuple[str | int, ...]

# Methods that give what is in a container, or the container itself.
_INSIDE = frozenset({"get", "setdefault", "values", "items", "copy", "pop"})


def node_of(expr: ir.Expr, scope: Scope, project: Project) -> Node | None:
    """Return the place that an expression reads or names; None for what is made anew."""
    match expr:
        case ir.Name(id=name):
            return variable(name, scope, project)
        case ir.Attribute(value=value, attr=attr):
            owner = project.resolve(scope, value) if isinstance(value, (ir.Name, ir.Attribute)) else None
            if isinstance(owner, FileDefinition):
                return variable(attr, Scope(owner.file), project)
            return ("attribute", attr)
        case ir.Subscript(value=value) | ir.Walrus(value=value) | ir.Starred(value=value):
            return node_of(value, scope, project)
        case ir.Call(func=ir.Attribute(value=value, attr=attr)) if attr in _INSIDE:
            return node_of(value, scope, project)
        case ir.Call(func=ir.Name(id="getattr" | "hasattr"), args=(_, name, *_)):
            text = literal_text(name.value)
            return ("attribute", text) if text is not None else None
        case ir.Call(func=func):
            definition = project.resolve(scope, func)
            if isinstance(definition, FunctionDefinition):
                return result_of(definition.scope.file.path, definition.function.at)
    return None


def variable(name: str, scope: Scope, project: Project) -> Node:
    """Return the place of a variable: of the function around it that binds it, or of a file."""
    for depth in range(len(scope.functions), 0, -1):
        function = scope.functions[depth - 1]
        if name in function_bindings(function):
            return ("variable", scope.file.path, function.at, name)
    definition = project.lookup(Scope(scope.file), name)
    if isinstance(definition, ValueDefinition) and not definition.scope.functions and definition.name:
        return ("variable", definition.scope.file.path, -1, definition.name)
    return ("variable", scope.file.path, -1, name)


def result_of(path: str, function: int) -> Node:
    """Return the place of what a function returns."""
    return ("result", path, function)


def is_class(expr: ir.Expr, scope: Scope, project: Project) -> ClassDefinition | None:
    """Return the class of the project that an expression names."""
    if not isinstance(expr, (ir.Name, ir.Attribute)):
        return None
    definition = project.resolve(scope, expr)
    return definition if isinstance(definition, ClassDefinition) else None
