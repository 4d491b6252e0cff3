"""What code does with a part of a module by its name: calls it, calls its `forward`, or reads its weight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from hookproof.semantic.bindings import nested_statements
from hookproof.semantic.expressions import children, statement_expressions
from hookproof.semantic.units import Unit
from hookproof.syntax import ir

PartUse: TypeAlias = Literal["weight", "forward", "setting", "walk", "other"]

_TENSORS = frozenset({"weight", "bias"})
SKIPPING = ("forward", *sorted(_TENSORS))
"""The attributes of a part by which it is used without a call."""

# What goes through all parts, and may call each.
_WALKS = frozenset(
    {"children", "named_children", "modules", "named_modules", "_modules", "get_submodule", "__dict__"}
)
# What does not call a module.
_SETTING = frozenset(
    {
        *("train", "eval", "requires_grad_", "to", "cuda", "cpu", "half", "float", "double", "zero_grad"),
        *("parameters", "named_parameters", "state_dict", "load_state_dict", "in_features", "out_features"),
        *("in_channels", "out_channels", "training", "_forward_hooks", "_forward_pre_hooks"),
    }
)


def part_uses(units: Iterable[Unit], name: str) -> Iterator[PartUse]:
    """Yield what these functions and files do with whatever goes by this name, and with all parts."""
    for unit in units:
        if unit.function is not None:
            yield from _in(unit.function.body, name)
            continue
        for block in unit.scope.file.outline.blocks:
            if block.kind == "code":
                yield from _in(unit.scope.file.block(block.index), name)


def _in(body: tuple[ir.Stmt, ...], name: str) -> Iterator[PartUse]:
    for statement in body:
        for expr in statement_expressions(statement):
            yield from _of(expr, name)
        if isinstance(statement, ir.Assign):
            for target in statement.targets:
                # To set the part is no use of it; to set its weight is.
                yield from _of(target.value if isinstance(target, ir.Attribute) else target, name)
        for inner in nested_statements(statement):
            yield from _in(inner, name)


def _of(expr: ir.Expr, name: str) -> Iterator[PartUse]:
    match expr:
        case ir.Lambda():
            return  # a unit of its own
        case ir.Attribute(value=ir.Attribute(attr=part, value=owner), attr=attr) if part == name:
            yield _use(attr)
            yield from _of(owner, name)
            return
        case ir.Attribute(attr=attr) if attr == name:
            yield "other"
        case ir.Attribute(attr=attr) if attr in _WALKS:
            yield "walk"
        case ir.Call(func=ir.Name(id="getattr" | "vars")):
            yield "walk"
    for child in children(expr):
        yield from _of(child, name)


def _use(attr: str) -> PartUse:
    if attr in _TENSORS:
        return "weight"
    if attr == "forward":
        return "forward"
    return "setting" if attr in _SETTING or "register_" in attr else "other"
