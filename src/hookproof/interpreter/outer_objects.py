"""Which expressions of a function name objects that were there before it ran."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from hookproof.semantic.bindings import Binder
from hookproof.semantic.expression_locations import base_name
from hookproof.semantic.names import Node, node_of
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_DEPTH = 8


class OuterObjects(Struct, frozen=True):
    """The objects that one function was given or found.

    `bindings` are its own names, `module` that of the hook parameter, `given` the places that parameters
    hold, `fresh` the parameters that hold nothing from outside.
    """

    project: Project
    scope: Scope
    bindings: Mapping[str, tuple[Binder, ...]]
    module: str | None
    given: Mapping[str, Node]
    fresh: frozenset[str]

    def is_module(self, expr: ir.Expr) -> bool:
        """Return whether an expression is the hook parameter."""
        return isinstance(expr, ir.Name) and expr.id == self.module

    def is_outer(self, expr: ir.Expr, depth: int = 0) -> bool:
        """Return whether an expression names an object that the function was given or found."""
        name = base_name(expr)
        if name is None or depth > _MAX_DEPTH or name in self.fresh:
            return False
        binders = self.bindings.get(name, ())
        return not binders or any(
            isinstance(binder, ir.Parameter)
            or (
                isinstance(binder, ir.Assign)
                and binder.value is not None
                and isinstance(binder.value, (ir.Name, ir.Attribute, ir.Subscript, ir.Call))
                and self.is_outer(binder.value, depth + 1)
            )
            for binder in binders
        )

    def unaliased(self, expr: ir.Expr) -> ir.Expr:
        """Return the attribute that a name stands for, where it is bound to one and nothing else."""
        match expr:
            case ir.Name(id=name):
                match self.bindings.get(name, ()):
                    case (ir.Assign(targets=(ir.Name(),), value=ir.Attribute() as value),):
                        return value
        return expr

    def outer_node(self, expr: ir.Expr) -> Node | None:
        """Return the place of a variable or attribute of such an object, None for anything else."""
        is_location = isinstance(expr, (ir.Name, ir.Attribute)) and self.is_outer(expr)
        return self.node(expr) if is_location else None

    def node(self, expr: ir.Expr) -> Node | None:
        """Return the place that an expression names; of a parameter the one that was given."""
        match expr:
            case ir.Name(id=name) if name in self.given:
                return self.given[name]
        return node_of(expr, self.scope, self.project)
