"""What in a hook is a proxy where its module is traced with some: nearly all that is made of its arguments.

A proxy records what is done to it. Its shape, type and device are proxies too, unlike those of a tensor.
Measured on torch 2.13.0.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from hookproof.semantic.bindings import Binder
from hookproof.semantic.definitions import External
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_DEPTH = 8
_OF_PYTHON = frozenset({"is", "is not", "in", "not in", "not", "and", "or"})
# These tell of a proxy in a text, or what it is.
_TELLING = frozenset({"builtins.str", "builtins.repr", "builtins.type"})


class HandedProxies(Struct, frozen=True):
    """The proxies of one function that is handed some under `handed` names; `bindings` are its own names.

    What is handed may be a tuple with proxies in it: of the names themselves nothing is said for sure.
    """

    project: Project
    scope: Scope
    handed: frozenset[str]
    bindings: Mapping[str, tuple[Binder, ...]]
    outputs: frozenset[str] = frozenset()

    def is_in_graph(self, expr: ir.Expr, depth: int = 0, *, is_bare: bool = False) -> bool:
        """Whether a value is a tensor with the graph that leads to it: no proxy is."""
        return False

    def is_kept_in(self, expr: ir.Expr) -> bool:
        """Whether a value is what was handed, made of it, has it inside, or is a text that tells of it."""
        match expr:
            case ir.Sequence(items=items) | ir.Mapping(values=items) | ir.Opaque(children=items):
                return any(map(self.is_kept_in, items))
            case ir.Call(func=func, args=(ir.Argument(value=value), *_)):
                if self._name_of(func) in _TELLING:
                    return self.is_handed(value)
            case ir.Attribute(value=ir.Call() as value):  # `type(output).__name__`
                return self.is_kept_in(value)
        return self.is_handed(expr)

    def is_handed(self, expr: ir.Expr, depth: int = 0) -> bool:
        """Whether an expression is what was handed, or a proxy."""
        match expr:
            case ir.Name(id=name) if depth < _MAX_DEPTH and name in self.handed:
                return len(self.bindings.get(name, ())) < 2
        return self.is_proxy(expr, depth)

    def is_proxy(self, expr: ir.Expr, depth: int = 0) -> bool:
        """Whether an expression certainly is a proxy."""
        if depth > _MAX_DEPTH:
            return False
        match expr:
            case ir.Name(id=name):
                return name not in self.handed and self._are_all(name, depth)
            case ir.Attribute(value=value) | ir.Subscript(value=value):
                return self.is_handed(value, depth + 1)
            case ir.Conditional(body=body, orelse=orelse):
                return self.is_proxy(body, depth + 1) and self.is_proxy(orelse, depth + 1)
            case ir.Operation(op=op, operands=operands):
                return op not in _OF_PYTHON and any(self.is_handed(each, depth + 1) for each in operands)
            case ir.Call(func=func, args=args):
                return self._gives_proxy(func, args, depth + 1)
        return False

    def _gives_proxy(self, func: ir.Expr, args: tuple[ir.Argument, ...], depth: int) -> bool:
        name = self._name_of(func)
        if name is not None:
            # Torch hands its functions over to what is like a tensor; `torch.is_tensor` asks for the class.
            is_torchs = name.startswith("torch.") and name.rpartition(".")[2] not in {"is_tensor", "save"}
            return is_torchs and any(self.is_handed(arg.value, depth) for arg in args)
        match func:
            case ir.Attribute(value=owner):
                return self.is_handed(owner, depth)
        return False

    def _are_all(self, name: str, depth: int) -> bool:
        """Whether all that a name is bound to are proxies, none of which may be unpacked."""
        binders = self.bindings.get(name, ())
        return bool(binders) and all(
            self._goes_through(binder, depth)
            if isinstance(binder, ir.For)
            else isinstance(binder, ir.Assign)
            and binder.value is not None
            and all(isinstance(target, ir.Name) for target in binder.targets)
            and self.is_proxy(binder.value, depth + 1)
            for binder in binders
        )

    def _goes_through(self, loop: ir.For, depth: int) -> bool:
        """Whether a loop goes through what was handed, made a tuple where it was none."""
        given: ir.Expr | None = loop.iter
        if isinstance(given, ir.Name) and given.id not in self.handed:
            binders = self.bindings.get(given.id, ())
            first = binders[0] if len(binders) == 1 else None
            given = first.value if isinstance(first, ir.Assign) else None
        if not isinstance(loop.target, ir.Name) or not isinstance(given, ir.Conditional):
            return False
        parts = [item for each in (given.body, given.orelse) for item in _items(each)]
        return len(parts) == 2 and all(self.is_handed(part, depth + 1) for part in parts)

    def _name_of(self, func: ir.Expr) -> str | None:
        found = self.project.resolve(self.scope, func)
        return found.qualname if isinstance(found, External) else None


def _items(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """Return what a tuple or list is written out of, any other expression itself."""
    return expr.items if isinstance(expr, ir.Sequence) else (expr,)
