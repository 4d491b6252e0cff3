"""Values from outside a hook: constants that are names, and what compiled code refuses as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.interpreter.hook_bodies.touch_values import Text, TupleValue, Value
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import ValueDefinition
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.semantic.project import Project


def constant(project: Project, scope: Scope, expr: ir.Expr) -> Value | None:
    """Return the string, or the strings, that a name outside the function is bound to."""
    if not isinstance(expr, (ir.Name, ir.Attribute)):
        return None
    definition = project.resolve(scope, expr)
    return _texts(definition.value) if isinstance(definition, ValueDefinition) else None


def _texts(value: ir.Expr | None) -> Value | None:
    match value:
        case ir.Constant(kind="str", value=str() as text):
            return Text(text)
        case ir.Sequence(items=items):
            texts = tuple(_texts(item) for item in items)
            return TupleValue(texts) if all(isinstance(text, Text) for text in texts) else None
    return None


def is_captured(project: Project, scope: Scope, expr: ir.Expr) -> bool:
    """Tell whether an expression is the bare name of a value from outside the function."""
    if (
        not isinstance(expr, ir.Name)
        or not scope.functions
        or expr.id in function_bindings(scope.functions[-1])
    ):
        return False
    outer = Scope(scope.file, scope.functions[:-1])
    return isinstance(project.lookup(outer, expr.id), ValueDefinition)
