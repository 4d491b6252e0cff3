"""What in a hook is a tensor that it was handed, or was made of one, and what asks for its numbers.

Outside a program that runs on real numbers, a tensor is there and its numbers are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Protocol

from msgspec import Struct

from hookproof.semantic.bindings import Binder
from hookproof.semantic.definitions import External
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.python_values import TENSOR_CASTS, WHOLE_REDUCTIONS

_MAX_DEPTH = 8
_TENSOR = "torch.Tensor"
_TENSOR_ATTRIBUTES = frozenset({"T", "H", "mT", "mH", "data", "real", "imag"})
_OF_PYTHON = frozenset({"is", "is not", "in", "not in", "not", "and", "or"})
# Methods whose result is a number of Python, and functions that ask a tensor for one.
_NUMBERS = frozenset({"item", "tolist"})
_ORDERING = frozenset({"builtins.max", "builtins.min", "builtins.sorted"})
_ASKING = frozenset({"builtins.float", "builtins.int", "builtins.bool"})
# These give a tensor where they are given nothing, else one with its indices.
# Methods whose result has the graph of the tensor that they are called on.
_IN_GRAPH = frozenset(
    {
        "abs", "clone", "contiguous", "cpu", "cuda", "double", "flatten", "float", "mean", "norm", "permute",
        "pow", "reshape", "squeeze", "std", "sum", "transpose", "unsqueeze", "var", "view",
    }
)  # fmt: skip


class _Asked(Protocol):
    def __call__(self, expr: ir.Expr, depth: int) -> bool:
        """Whether it holds of an expression."""


class HandedTensors(Struct, frozen=True):
    """The tensors of one function that is handed some under `handed` names; `bindings` are its own names.

    Those among them that a module has just given are its `outputs`. What is handed may hold other things
    beside tensors, so that only what a method or function of torch gives is a tensor for sure.
    """

    project: Project
    scope: Scope
    handed: frozenset[str]
    bindings: Mapping[str, tuple[Binder, ...]]
    outputs: frozenset[str] = frozenset()

    def is_kept_in(self, expr: ir.Expr) -> bool:
        """Whether a value is what was handed, made of it, its number, or a display that has some."""
        match expr:
            case ir.Sequence(items=items) | ir.Mapping(values=items):
                return any(map(self.is_kept_in, items))
            case ir.Comprehension(elements=items, clauses=clauses):
                return any(map(self.is_kept_in, items)) or any(self.is_handed(c.iter) for c in clauses)
        return self.is_handed(expr) or self.is_of_number(expr)

    def is_handed(self, expr: ir.Expr, depth: int = 0) -> bool:
        """Whether an expression is what was handed, the first of it, or a tensor made of it."""
        match expr:
            case ir.Name(id=name) if depth < _MAX_DEPTH:
                return name in self.handed or self._are_all(name, self.is_handed, depth)
            case ir.Subscript(value=value, index=ir.Constant(value=0 | -1)):
                return self.is_handed(value, depth + 1)
        return self.is_tensor(expr, depth)

    def is_tensor(self, expr: ir.Expr, depth: int = 0) -> bool:
        """Whether an expression certainly is a tensor that was made of what was handed."""
        if depth > _MAX_DEPTH:
            return False
        match expr:
            case ir.Name(id=name):
                return name not in self.handed and self._are_all(name, self.is_tensor, depth)
            case ir.Attribute(value=value, attr=attr):
                return attr in _TENSOR_ATTRIBUTES and self.is_handed(value, depth + 1)
            case ir.Subscript(value=value):
                return self.is_tensor(value, depth + 1)
            case ir.Conditional(body=body, orelse=orelse):
                return self.is_tensor(body, depth + 1) and self.is_tensor(orelse, depth + 1)
            case ir.Operation(op=op, operands=operands):
                return op not in _OF_PYTHON and any(self.is_tensor(each, depth + 1) for each in operands)
            case ir.Call(func=func, args=args):
                return self._gives_tensor(func, args, depth + 1)
        return False

    def is_in_graph(self, expr: ir.Expr, depth: int = 0, *, is_bare: bool = False) -> bool:
        """Whether a value certainly is an output with the graph that leads to it, or has one in it.

        Where only the output itself `is_bare` of doubt, what is made of it is not.
        """
        inner = partial(self.is_in_graph, depth=depth + 1, is_bare=is_bare)
        match expr:
            case _ if depth > _MAX_DEPTH:
                return False
            case ir.Name(id=name):
                is_own = name in self.outputs and len(self.bindings.get(name, ())) < 2
                return is_own or self._are_all(name, lambda each, depth: inner(each), depth)
            case ir.Sequence(items=items) | ir.Mapping(values=items):
                return any(map(inner, items))
            case ir.Subscript(value=value, index=ir.Constant(value=0 | -1)):
                return inner(value)
            case ir.Operation(op="+" | "-" | "*" | "/", operands=operands) if not is_bare:
                return any(map(inner, operands))
            case ir.Call(func=ir.Attribute(value=owner, attr=attr)) if not is_bare:
                return attr in _IN_GRAPH and inner(owner)
        return False

    def decisions(self, expr: ir.Expr) -> Iterator[ir.Expr]:
        """Yield what decides a condition and is a tensor, or is asked of a number in one."""
        match expr:
            case ir.Operation(op="not" | "and" | "or", operands=operands):
                for operand in operands:
                    yield from self.decisions(operand)
            case _ if self.is_tensor(expr) or self.is_of_number(expr):
                yield expr

    def is_of_number(self, expr: ir.Expr) -> bool:
        """Whether an expression is a number that was read out of such a tensor, or compares one."""
        match expr:
            case ir.Operation(op=op, operands=operands) if op not in _OF_PYTHON:
                return any(map(self.is_of_number, operands))
        return self._is_number(expr)

    def asks_for_number(self, call: ir.Call) -> bool:
        """Whether a call makes a number of Python of such a tensor, whose value it has to know."""
        first = call.args[0].value if call.args else None
        is_asking = first is not None and self._name_of(call.func) in _ASKING
        return is_asking and first is not None and (self.is_tensor(first) or self._is_number(first))

    def orders_numbers(self, call: ir.Call) -> bool:
        """Whether a call puts a number that was read out of such a tensor in order with others."""
        if self._name_of(call.func) not in _ORDERING or any(argument.star for argument in call.args):
            return False
        compared = [argument.value for argument in call.args if argument.keyword is None]
        if len(compared) == 1 and isinstance(compared[0], ir.Sequence):
            compared = list(compared[0].items)
        return len(compared) > 1 and any(map(self.is_of_number, compared))

    def asks_for_array(self, call: ir.Call) -> bool:
        """Whether a call makes an array of such a tensor."""
        match call.func:
            case ir.Attribute(value=owner, attr="numpy"):
                return self.is_handed(owner)
        return False

    def _is_number(self, expr: ir.Expr, depth: int = 0) -> bool:
        match expr:
            case ir.Name(id=name) if depth < _MAX_DEPTH:
                return self._are_all(name, self._is_number, depth)
            case ir.Call(func=ir.Attribute(value=owner, attr=attr)) if attr in _NUMBERS:
                return self.is_handed(owner)
            case ir.Call(func=func, args=(ir.Argument(value=value), *_)):
                return self._name_of(func) in _ASKING and self.is_tensor(value)
        return False

    def _are_all(self, name: str, is_so: _Asked, depth: int) -> bool:
        """Whether it holds of all that a name is bound to, none of which may be unpacked."""
        binders = self.bindings.get(name, ())
        return bool(binders) and all(
            isinstance(binder, ir.Assign)
            and binder.value is not None
            and all(isinstance(target, ir.Name) for target in binder.targets)
            and is_so(binder.value, depth + 1)
            for binder in binders
        )

    def _gives_tensor(self, func: ir.Expr, args: tuple[ir.Argument, ...], depth: int) -> bool:
        name = self._name_of(func)
        if name is not None:
            return self._returns_tensor(name) and any(self.is_handed(arg.value, depth) for arg in args)
        match func:
            case ir.Attribute(value=owner, attr=attr) if self.is_handed(owner, depth):
                is_known = attr in TENSOR_CASTS | WHOLE_REDUCTIONS and not args
                return is_known or self._returns_tensor(f"{_TENSOR}.{attr}")
        return False

    def _returns_tensor(self, qualname: str) -> bool:
        """Whether torch said, when it was probed, that a function or method always gives a tensor."""
        found = self.project.facts.function_returns(qualname)
        return found is not None and found.name == "Tensor"

    def _name_of(self, func: ir.Expr) -> str | None:
        found = self.project.resolve(self.scope, func)
        return found.qualname if isinstance(found, External) else None
