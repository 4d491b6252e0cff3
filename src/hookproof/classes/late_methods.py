"""What methods may store on a module once it is made, and which of them are worth running for that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from hookproof.classes.linearized import linearized
from hookproof.classes.method_runs import ClassOf, run_method
from hookproof.classes.self_value import Storing
from hookproof.classes.store import Store
from hookproof.facts.harmless import READING_METHODS
from hookproof.semantic.by_node import by_node
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.expressions import is_super
from hookproof.semantic.project import Project
from hookproof.syntax import ir

_STORING = frozenset(
    {
        "register_buffer", "register_parameter", "add_module", "register_module", "__setattr__",
        "apply", "modules", "named_modules", "__dict__",
    }
)  # fmt: skip


class Stored(NamedTuple):
    """What one method stores; where it `is_opaque`, more than was seen."""

    stores: Sequence[Store]
    is_opaque: bool


class LateMethods:
    """What the methods of a project's classes store that nobody calls yet, each run once.

    A method is run as that of its own class: what classes below have in its place is run by itself.
    """

    def __init__(self, project: Project, class_of: ClassOf) -> None:
        self._project, self._class_of = project, class_of
        self._known: dict[tuple[str, int], Stored] = {}

    def of(self, owner: ClassDefinition, method: FunctionDefinition) -> Stored:
        """Return what a method of a class stores."""
        key = (method.scope.file.path, method.function.at)
        if key not in self._known:
            storing = Storing(linearized(owner, self._project), is_late=True)
            run_method(method, storing, {}, self._project, self._class_of)
            self._known[key] = Stored(storing.stores, storing.is_opaque)
        return self._known[key]

    def forget(self, resting: Collection[str]) -> None:
        """Forget the methods of these files."""
        for key in [key for key in self._known if key[0] in resting]:
            del self._known[key]


@by_node
def may_store(function: ir.Function) -> bool:
    """Return whether anything in a method looks like a store on its first parameter, or hands that on.

    This decides only what is run. What a method stores is for the run to say.
    """
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
