"""What in a hook is a tensor that it was handed, or was made of one, and what asks for its numbers.

Outside a program that runs on real numbers, a tensor is there and its numbers are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct

from hookproof.semantic.bindings import Binder
from hookproof.semantic.definitions import External
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

Names: TypeAlias = frozenset[str]

_MAX_DEPTH = 8
_TENSOR_ATTRIBUTES = frozenset({"T", "H", "mT", "mH", "data", "grad", "real", "imag"})
# Methods and functions that give no tensor of one.
_PLAIN = frozenset(
    {
        "dim",
        "element_size",
        "get_device",
        "is_complex",
        "is_contiguous",
        "is_cuda",
        "is_floating_point",
        "is_signed",
        "is_tensor",
        "item",
        "keys",
        "nelement",
        "ndimension",
        "numel",
        "numpy",
        "size",
        "storage",
        "stride",
        "tolist",
        "type",
        "typename",
    }
)
_IDENTITY = frozenset({"is", "is not", "in", "not in"})
# Methods whose result is a number of Python, and functions that ask a tensor for one.
_NUMBERS = frozenset({"item", "tolist"})
_ASKING = frozenset({"builtins.float", "builtins.int", "builtins.bool"})


class HandedTensors(Struct, frozen=True):
    """The tensors of one function that is handed some under `handed` names; `bindings` are its own names."""

    project: Project
    scope: Scope
    handed: Names
    bindings: Mapping[str, tuple[Binder, ...]]

    def is_kept_in(self, expr: ir.Expr) -> bool:
        """Whether a value is such a tensor, or a display or comprehension that has some."""
        match expr:
            case ir.Sequence(items=items) | ir.Mapping(values=items) | ir.Comprehension(elements=items):
                return any(map(self.is_kept_in, items)) or self._goes_through(expr)
        return self.is_tensor(expr)

    def is_tensor(self, expr: ir.Expr, depth: int = 0) -> bool:
        """Whether an expression is a tensor that was handed in, or made of one."""
        if depth > _MAX_DEPTH:
            return False
        match expr:
            case ir.Name(id=name):
                return self._is_tensor_name(name, depth)
            case ir.Attribute(value=value, attr=attr):
                return attr in _TENSOR_ATTRIBUTES and self.is_tensor(value, depth + 1)
            case ir.Subscript(value=value):
                return self.is_tensor(value, depth + 1)
            case ir.Conditional(body=body, orelse=orelse):
                return self.is_tensor(body, depth + 1) or self.is_tensor(orelse, depth + 1)
            case ir.Operation(op=op, operands=operands):
                is_python = op in _IDENTITY or op in {"not", "and", "or"}
                return not is_python and any(self.is_tensor(operand, depth + 1) for operand in operands)
            case ir.Call(func=ir.Attribute(value=owner, attr=attr), args=args):
                if attr in _PLAIN:
                    return False
                return self.is_tensor(owner, depth + 1) or self._is_of_torch(expr.func, args, depth)
            case ir.Call(func=func, args=args):
                return self._is_of_torch(func, args, depth)
        return False

    def decisions(self, expr: ir.Expr) -> Iterator[ir.Expr]:
        """Yield what an expression asks of a tensor's numbers where it is used as a condition."""
        match expr:
            case ir.Operation(op="not" | "and" | "or", operands=operands):
                for operand in operands:
                    yield from self.decisions(operand)
            case ir.Operation(operands=operands) if any(map(self.is_number, operands)):
                yield expr
            case _ if self.is_tensor(expr) and not self._is_container(expr):
                yield expr

    def is_number(self, expr: ir.Expr, depth: int = 0) -> bool:
        """Whether an expression is a number that was read out of such a tensor: `output.max().item()`."""
        match expr:
            case ir.Name(id=name) if depth < _MAX_DEPTH:
                made = [value for value in self._values(name) if value is not None]
                return bool(made) and all(self.is_number(value, depth + 1) for value in made)
            case ir.Call(func=ir.Attribute(value=owner, attr=attr)) if attr in _NUMBERS:
                return self.is_tensor(owner)
            case ir.Call(func=func, args=(ir.Argument(value=value), *_)) if self.is_tensor(value):
                return self._name_of(func) in _ASKING
        return False

    def asks_for_number(self, call: ir.Call) -> bool:
        """Whether a call makes a number of Python of such a tensor, whose value it has to know."""
        first = call.args[0].value if call.args else None
        return (
            first is not None
            and self._name_of(call.func) in _ASKING
            and (self.is_tensor(first) or self.is_number(first))
        )

    def asks_for_array(self, call: ir.Call) -> bool:
        """Whether a call makes an array of such a tensor."""
        match call.func:
            case ir.Attribute(value=owner, attr="numpy"):
                return self.is_tensor(owner)
        return False

    def _is_tensor_name(self, name: str, depth: int) -> bool:
        if name in self.handed:
            return True
        made = self._values(name)
        return bool(made) and all(value is not None and self.is_tensor(value, depth + 1) for value in made)

    def _is_container(self, expr: ir.Expr) -> bool:
        """Whether it may as well be a tuple of tensors, of which one asks whether there are any."""
        return isinstance(expr, ir.Name) and expr.id in self.handed

    def _values(self, name: str) -> list[ir.Expr | None]:
        """Return what a name of the function is bound to, None for what is no plain assignment."""
        return [
            binder.value
            if isinstance(binder, ir.Assign) and all(isinstance(t, ir.Name) for t in binder.targets)
            else None
            for binder in self.bindings.get(name, ())
        ]

    def _goes_through(self, expr: ir.Expr) -> bool:
        clauses = expr.clauses if isinstance(expr, ir.Comprehension) else ()
        return any(self.is_tensor(clause.iter) for clause in clauses)

    def _is_of_torch(self, func: ir.Expr, args: tuple[ir.Argument, ...], depth: int) -> bool:
        if not any(self.is_tensor(argument.value, depth + 1) for argument in args):
            return False
        name = self._name_of(func)
        return name is not None and name.startswith("torch.") and name.rpartition(".")[2] not in _PLAIN

    def _name_of(self, func: ir.Expr) -> str | None:
        found = self.project.resolve(self.scope, func)
        return found.qualname if isinstance(found, External) else None
