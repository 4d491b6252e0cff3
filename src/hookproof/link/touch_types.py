"""The TorchScript type of a value that a hook assigns to an attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.collect import ir
from hookproof.link.definitions import External
from hookproof.torchscript.types import UNKNOWN, TorchType

if TYPE_CHECKING:
    from hookproof.link.case import Scope
    from hookproof.link.project import Project

_LITERALS = {
    "int": "int",
    "float": "float",
    "str": "str",
    "bool": "bool",
    "None": "NoneType",
    "complex": "complex",
}
_ANNOTATIONS = {
    "torch.Tensor": "Tensor",
    "builtins.int": "int",
    "builtins.float": "float",
    "builtins.str": "str",
    "builtins.bool": "bool",
}


def assigned_type(expr: ir.Expr, project: Project, scope: Scope) -> TorchType:
    """Return what `expr` is in a compiled hook; `UNKNOWN` where its own text does not tell.

    An empty list is a `List[Tensor]` there, whatever it is assigned to.
    """
    match expr:
        case ir.Constant(kind=kind) if kind in _LITERALS:
            return TorchType(_LITERALS[kind], _LITERALS[kind], True)
        case ir.Operation(op="-" | "+", operands=(ir.Constant(kind="int" | "float"),)):
            return assigned_type(expr.operands[0], project, scope)
        case ir.Operation(op="not"):
            return TorchType("bool", "bool", True)
        case ir.Sequence(kind="list", items=()):
            return TorchType("List[Tensor]", "list", True)
        case ir.Sequence(kind="list", items=items):
            names = {assigned_type(item, project, scope).name for item in items}
            name = names.pop() if len(names) == 1 else None
            return UNKNOWN if name is None else TorchType(f"List[{name}]", "list", True)
        case ir.Name(id=name):
            return _parameter_type(name, project, scope)
    return UNKNOWN


def _parameter_type(name: str, project: Project, scope: Scope) -> TorchType:
    """Return the annotated type of a parameter that is never rebound."""
    from hookproof.link.bindings import function_bindings

    if not scope.functions:
        return UNKNOWN
    bound = function_bindings(scope.functions[-1]).get(name, ())
    if len(bound) == 1 and isinstance(bound[0], ir.Parameter) and bound[0].annotation is not None:
        definition = project.resolve(scope, bound[0].annotation)
        if isinstance(definition, External) and definition.qualname in _ANNOTATIONS:
            spelled = _ANNOTATIONS[definition.qualname]
            return TorchType(spelled, spelled, True)
    return UNKNOWN
