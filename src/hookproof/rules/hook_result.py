"""What a hook returns to torch: by its annotation, else by what its `return`s give."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.types import assigned_type
from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.interpreter.values import Hook
from hookproof.rules.compiled_body import falls_off, is_decided, visit_body
from hookproof.rules.signature import NONE, TENSOR
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type
from hookproof.torch_types.infer import known as type_named
from hookproof.worlds.outcome import Outcome

_OUTPUT = 2


def result_type(hook: Hook, project: Project) -> TorchType:
    """Return the type of what a forward hook returns, UNKNOWN where that cannot be told or compiled."""
    function, scope = hook.function, hook.scope
    if function is None or scope is None or function.type_comment is not None or function.decorators:
        return UNKNOWN
    if function.returns is not None:
        annotated = annotation_type(function.returns, Scope(scope.file, scope.functions[:-1]), project)
        if annotated != NONE and falls_off(function.body):
            return UNKNOWN
        given = body_type(function, scope, project).name
        is_as_annotated = given in {None, annotated.name} or f"Optional[{given}]" == annotated.name
        is_none = given == "NoneType" and (annotated.name or "").startswith("Optional[")
        return annotated if is_as_annotated or is_none else UNKNOWN
    return body_type(function, scope, project)


def may_change_forward(outcome: Outcome) -> bool:
    """Tell whether hooks on parts of the module may give its forward another result type than it has alone.

    A forward with a return annotation keeps to that, or does not compile.
    """
    forward = outcome.module_class.forward if outcome.module_class is not None else None
    return not (forward is not None and forward.is_annotated) and may_change_parts(outcome)


def may_change_parts(outcome: Outcome) -> bool:
    """Tell whether a hook on a part of the module may give the part's calls another type than its forward."""
    return any(_may_change_type(hook, outcome.project) for hook in outcome.inner)


def _may_change_type(hook: Hook, project: Project) -> bool:
    """Return whether a hook may return another type than the one it receives, which it has to declare."""
    given = result_type(hook, project)
    return given != NONE and (given.name is None or given != _received(hook, project))


def _received(hook: Hook, project: Project) -> TorchType:
    if hook.function is None or hook.scope is None or len(hook.function.parameters) <= _OUTPUT:
        return UNKNOWN
    annotation = hook.function.parameters[_OUTPUT].annotation
    outer = Scope(hook.scope.file, hook.scope.functions[:-1])
    return TENSOR if annotation is None else annotation_type(annotation, outer, project)


def body_type(function: ir.Function, scope: Scope, project: Project) -> TorchType:
    """Return the type that the `return`s give together, and the end of the body where it is reached."""
    returns = [visit for visit in visit_body(function) if isinstance(visit.node, ir.Return)]
    if not all(visit.certain for visit in returns):
        return UNKNOWN
    values = [value for visit in returns for value in _choices(getattr(visit.node, "value", None))]
    found = [value_type(value, function, scope, project) for value in values]
    if falls_off(function.body):
        found.append(NONE)
    kinds = set(found) - {NONE}
    if not kinds:
        return NONE
    only = kinds.pop()
    if kinds or only.name is None:
        return UNKNOWN
    return (
        only
        if NONE not in found or only.name.startswith("Optional[")
        else type_named(f"Optional[{only.name}]")
    )


def _choices(value: ir.Expr | None) -> Iterator[ir.Expr | None]:
    """Yield what a `return` may give, each arm of a condition by itself."""
    if isinstance(value, ir.Conditional) and not is_decided(value.test):
        yield from _choices(value.body)
        yield from _choices(value.orelse)
    else:
        yield value


def value_type(value: ir.Expr | None, function: ir.Function, scope: Scope, project: Project) -> TorchType:
    """Return the type of what a hook returns; `output` is a Tensor unless it is annotated or bound anew."""
    if value is None:
        return NONE
    given = function.parameters[_OUTPUT : _OUTPUT + 1]
    binders = function_bindings(function)
    tensors = {
        each.name: TENSOR for each in given if each.annotation is None and len(binders[each.name]) == 1
    }
    return assigned_type(value, project, scope, variables=tensors)
