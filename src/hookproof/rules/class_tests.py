"""Tests of a module's class in a compiled hook: which of them TorchScript cannot compile."""

from __future__ import annotations

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.spelling import spell
from hookproof.evaluator.use import Use
from hookproof.modules.known_bases import canonical
from hookproof.rules.compiled_body import is_decided, parents_in
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.semantic.project import Project
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome


def unknown_class(outcome: Outcome, use: Use) -> str | None:
    """Return the first class of an `isinstance` test that compiled code has no type of, as it is written.

    None where there is none, or where more may have been compiled than is known.
    """
    call = use.node
    if outcome.known_types is None or not isinstance(call, ir.Call) or len(call.args) != 2:
        return None
    for expr in _classes(call.args[1].value):
        name = _module_class(expr, use, outcome.project)
        if name is not None and name not in outcome.known_types:
            return spell(expr)
    return None


def _classes(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    match expr:
        case ir.Sequence(items=items):
            return tuple(found for item in items for found in _classes(item))
        case ir.Operation(op="|", operands=operands):
            return tuple(found for item in operands for found in _classes(item))
    return (expr,)


def _module_class(expr: ir.Expr, use: Use, project: Project) -> str | None:
    """Return the name of a class of modules that is written out, None for all else."""
    if not isinstance(expr, (ir.Name, ir.Attribute)):
        return None
    match project.resolve(use.scope, expr):
        case ClassDefinition() as definition:
            found = module_class_of(definition, project)
            return found.qualname if found is not None else None
        case External(qualname=qualname):
            name = canonical(qualname, project.facts)
            is_module = project.facts.nn_class(name) is not None or project.facts.is_module_base(name)
            return name if is_module else None
    return None


def narrows_module(outcome: Outcome, use: Use) -> bool:
    """Return whether an `isinstance` test of the hook parameter stands in an `and` or `or` that uses it.

    TorchScript gives the name its narrower type for the operands to come, or for the branch that an `and`
    leads to, and a module cannot be assigned. The last operand of an `or`, and of an `and` whose other
    operands are decided while compiling, narrows nothing.
    """
    function = outcome.hook.function if outcome.hook is not None else None
    if use.path or function is None:
        return False
    parents = parents_in(function)
    node: object = use.node
    parent = parents.get(id(node))
    if isinstance(parent, ir.Operation) and parent.op == "not":
        node, parent = parent, parents.get(id(parent))
    if not isinstance(parent, ir.Operation) or parent.op not in {"and", "or"}:
        return False
    if node is not parent.operands[-1]:
        return True
    return parent.op == "and" and not all(is_decided(operand) for operand in parent.operands[:-1])


def is_in_or(outcome: Outcome, use: Use) -> bool:
    """Return whether an `isinstance` test, or the `not` of one, is an operand of `or`."""
    assert outcome.hook is not None
    assert outcome.hook.function is not None
    parents = parents_in(outcome.hook.function)
    parent = parents.get(id(use.node))
    if isinstance(parent, ir.Operation) and parent.op == "not":
        parent = parents.get(id(parent))
    return isinstance(parent, ir.Operation) and parent.op == "or"
