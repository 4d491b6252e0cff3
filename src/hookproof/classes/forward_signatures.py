"""Signatures of forward, read from a `def`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.modules.signature import Signature, SignatureParameter
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type, parse_annotation
from hookproof.torch_types.infer import Inference

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project

_TENSOR = TorchType("Tensor", None, True)


def forward_signature(function: FunctionDefinition, owner: ModuleClass, project: Project) -> Signature:
    """Return the signature of a method that is compiled as `forward`."""
    node = function.function
    scope = Scope(function.scope.file, (*function.scope.functions, node))
    comment = _type_comment(node, scope, project)
    parameters: list[SignatureParameter] = []
    for index, parameter in enumerate(node.parameters[1:]):
        found = _TENSOR
        if comment is not None and index < len(comment[0]):
            found = comment[0][index]
        elif parameter.annotation is not None:
            found = annotation_type(parameter.annotation, function.scope, project)
        elif parameter.default is not None and not comment:
            found = _TENSOR
        parameters.append(
            SignatureParameter(parameter.name, found, parameter.default is not None, parameter.kind)
        )
    if comment is not None:
        returns = comment[1]
    elif node.returns is not None:
        returns = annotation_type(node.returns, function.scope, project)
    else:
        returns = _inferred_return(node, scope, tuple(parameters), owner, project)
    has_star = any(parameter.kind in {"*", "**"} for parameter in node.parameters)
    is_annotated = comment is not None or node.returns is not None
    return Signature(tuple(parameters), returns, has_star, function.location, is_annotated)


def _type_comment(
    node: ir.Function, scope: Scope, project: Project
) -> tuple[list[TorchType], TorchType] | None:
    """Return the types of `# type: (A, B) -> C`, None where there is no such comment."""
    text = (node.type_comment or "").strip().lstrip("#").strip()
    text = text.removeprefix("type:").strip()
    arguments, arrow, result = text.partition("->")
    if not arrow:
        return None
    parsed = parse_annotation(arguments, node.at)
    returns = parse_annotation(result, node.at)
    if parsed is None or returns is None:
        return None
    is_several = isinstance(parsed, ir.Sequence) and parsed.kind == "tuple"
    items = parsed.items if is_several and isinstance(parsed, ir.Sequence) else (parsed,)
    return [annotation_type(item, scope, project) for item in items], annotation_type(returns, scope, project)


def _inferred_return(
    node: ir.Function,
    scope: Scope,
    parameters: tuple[SignatureParameter, ...],
    owner: ModuleClass,
    project: Project,
) -> TorchType:
    """Return the one type all `return`s of a method have, UNKNOWN where they differ or one is unknown."""
    if not node.parameters or node.is_generator:
        return UNKNOWN
    inference = Inference(
        project,
        self_name=node.parameters[0].name,
        self_type=lambda name: _attribute_type(owner, name),
        self_call=lambda name: _call_type(owner, name, project),
        parameters={parameter.name: parameter.type for parameter in parameters},
    )
    found: set[TorchType] = set()
    for value in inference.returned(node.body):
        found.add(TorchType("NoneType", None, True) if value is None else inference.infer(value, scope))
    if not found:
        return TorchType("NoneType", None, True)
    return found.pop() if len(found) == 1 else UNKNOWN


def _attribute_type(owner: ModuleClass, name: str) -> TorchType:
    fact = owner.attribute(name)
    return UNKNOWN if fact is None or fact.is_compiled is not True else fact.type


def _call_type(owner: ModuleClass, name: str, project: Project) -> TorchType:
    """Return what `self.name(...)` returns in compiled code: a submodule's forward, an annotated method."""
    fact = owner.attribute(name)
    if fact is None:
        return UNKNOWN
    if fact.kind == "submodule" and fact.module_class is not None and fact.module_class is not owner:
        forward = fact.module_class.forward
        return UNKNOWN if forward is None else forward.returns
    if fact.kind == "method" and fact.function is not None and fact.function.function.returns is not None:
        return annotation_type(fact.function.function.returns, fact.function.scope, project)
    return UNKNOWN
