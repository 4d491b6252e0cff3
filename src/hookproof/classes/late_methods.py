"""Which methods are worth running for what they may store on the module once it is made.

This decides only what is run. What a method stores is for the run to say.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from hookproof.facts.harmless import READING_METHODS
from hookproof.semantic.expressions import is_super
from hookproof.syntax import ir

_STORING = frozenset(
    {
        "register_buffer", "register_parameter", "add_module", "register_module", "__setattr__",
        "apply", "modules", "named_modules", "__dict__",
    }
)  # fmt: skip


def may_store(function: ir.Function) -> bool:
    """Return whether anything in a method looks like a store on its first parameter, or hands that on."""
    own = function.parameters[0].name
    pending: list[Any] = [function.body]
    while pending:
        node = pending.pop()
        if isinstance(node, tuple):
            pending += node
        elif isinstance(node, Struct):
            if _is_store(node, own):
                return True
            pending += [getattr(node, name) for name in node.__struct_fields__ if name != "at"]
    return False


def _is_store(node: object, own: str) -> bool:
    match node:
        case ir.Assign(targets=targets, value=value):
            return _is_name(value, own) or any(map(_is_part, targets))
        case ir.AugAssign(target=target) | ir.For(target=target) | ir.WithItem(target=target):
            return target is not None and _is_part(target)
        case ir.Delete(targets=targets):
            return any(map(_is_part, targets))
        case ir.Call(func=func, args=args):
            return _is_storing(func, own) or any(_is_name(argument.value, own) for argument in args)
    return False


def _is_storing(func: ir.Expr, own: str) -> bool:
    match func:
        case ir.Name(id=name):
            return name == "exec"
        case ir.Attribute(value=ir.Attribute(value=owner), attr=attr) if _is_name(owner, own):
            return attr not in READING_METHODS
        case ir.Attribute(value=owner, attr=attr):
            return attr in _STORING and (_is_name(owner, own) or is_super(owner))
    return False


def _is_part(target: ir.Expr) -> bool:
    """Return whether an assignment is to part of an object."""
    if isinstance(target, ir.Sequence):
        return any(map(_is_part, target.items))
    return isinstance(target, (ir.Attribute, ir.Subscript, ir.Starred))


def _is_name(expr: object, name: str) -> bool:
    return isinstance(expr, ir.Name) and expr.id == name
