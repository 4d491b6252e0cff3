"""What the text of an expression says of its value in compiled code: its type, its maker, its origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition, ValueDefinition
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type
from hookproof.torch_types.infer import Inference

if TYPE_CHECKING:
    from hookproof.semantic.project import Project


def assigned_type(
    expr: ir.Expr,
    project: Project,
    scope: Scope,
    module_name: str | None = None,
    attribute_type: Callable[[str], TorchType] | None = None,
    variables: Mapping[str, TorchType] | None = None,
) -> TorchType:
    """Return what `expr` is in a compiled hook; `UNKNOWN` where its own text does not tell.

    An empty list is a `List[Tensor]` there, whatever it is assigned to. `attribute_type` is asked for the
    attributes of the module that `module_name` stands for; `variables` have these types there.
    """
    if isinstance(expr, ir.Sequence) and expr.kind == "list" and not expr.items:
        return TorchType("List[Tensor]", "list", True)
    known = {**_parameters(project, scope), **(variables or {})}
    inference = Inference(project, module_name, attribute_type, parameters=known, is_compiled=True)
    return inference.infer(expr, scope)


def made_by(expr: ir.Expr, project: Project, scope: Scope) -> str | None:
    """Return the full name of the class or function whose result `expr` is."""
    if not isinstance(expr, ir.Call):
        return None
    definition = project.resolve(scope, expr.func)
    if isinstance(definition, (ClassDefinition, External, FunctionDefinition)):
        return definition.qualname
    return None


def is_captured(project: Project, scope: Scope, expr: ir.Expr) -> bool:
    """Return whether an expression is the bare name of a value from outside the function."""
    if (
        not isinstance(expr, ir.Name)
        or not scope.functions
        or expr.id in function_bindings(scope.functions[-1])
    ):
        return False
    outer = Scope(scope.file, scope.functions[:-1])
    return isinstance(project.lookup(outer, expr.id), ValueDefinition)


def _parameters(project: Project, scope: Scope) -> dict[str, TorchType]:
    """Return the types of the annotated parameters that are never rebound; unknown for the others."""
    if not scope.functions:
        return {}
    found = {}
    for name, bound in function_bindings(scope.functions[-1]).items():
        parameter = bound[0]
        if isinstance(parameter, ir.Parameter):
            is_known = len(bound) == 1 and parameter.annotation is not None and "*" not in parameter.kind
            annotation = parameter.annotation if is_known else None
            found[name] = UNKNOWN if annotation is None else annotation_type(annotation, scope, project)
    return found
