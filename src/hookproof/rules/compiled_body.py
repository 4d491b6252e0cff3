"""The body of a compiled hook: what torch parses, and which part of that it certainly compiles.

Torch's frontend reads every statement, whatever branch it stands in. Its compiler then leaves out branches
that it can decide, and what follows a `return` or `raise`; whatever may be left out is not `certain` here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from hookproof.rules.signature import children
from hookproof.semantic.always import always_evaluates
from hookproof.semantic.definitions import External
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome

_RUNTIME_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in"})
_STATIC_CALLS = frozenset(
    {"is_scripting", "hasattr", "isinstance", "getattr", "issubclass", "bool", "callable"}
)
# What the atlas and the other rules know of.
_UNDERSTOOD = ("builtins.", "torch.", "math.", "warnings.warn", "typing.")


class Visited(Struct, frozen=True):
    """A node of a hook's body, what it stands in, and whether torch certainly compiles it."""

    node: object
    parent: object
    certain: bool


class _Body:
    """A function that is visited: rules ask for one body as often as it has uses of the module."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.visited = tuple(_statements(function.body, function, True))

    @cached_property
    def parents(self) -> dict[int, object]:
        return {id(visit.node): visit.parent for visit in self.visited}


_last: list[_Body] = []


def _body(function: ir.Function) -> _Body:
    if not _last or _last[0].function is not function:
        _last[:] = [_Body(function)]
    return _last[0]


def visit_body(function: ir.Function) -> Iterator[Visited]:
    """Yield every node of the body in source order; inner functions, classes and lambdas are not entered."""
    return iter(_body(function).visited)


def parents_in(function: ir.Function) -> Mapping[int, object]:
    """Return what each node of the body stands in, by the node's id."""
    return _body(function).parents


def is_decided(test: ir.Expr) -> bool:
    """Return whether the compiler may decide a condition, so that it leaves out one of the branches.

    It decides constants (`Final` attributes among them), `is None`, `isinstance`, `hasattr` and
    `torch.jit.is_scripting()`, also as operands.
    """
    match test:
        case ir.Operation(op="not", operands=operands) | ir.Operation(op="and" | "or", operands=operands):
            return any(is_decided(operand) for operand in operands)
        case ir.Operation(op=op):
            return op not in _RUNTIME_COMPARISONS
        case ir.Call(func=ir.Name(id=name)) | ir.Call(func=ir.Attribute(attr=name)):
            return name in _STATIC_CALLS
        case ir.Attribute(attr="training"):  # it stays an attribute
            return False
    return True


def is_left(statements: tuple[ir.Stmt, ...]) -> bool:
    """Return whether a block always ends the function."""
    return bool(statements) and isinstance(statements[-1], (ir.Return, ir.Raise))


def _statements(statements: tuple[ir.Stmt, ...], parent: object, certain: bool) -> Iterator[Visited]:
    for statement in statements:
        yield from _visit(statement, parent, certain)
        if isinstance(statement, (ir.Return, ir.Raise)):
            certain = False
        elif isinstance(statement, ir.If) and (is_left(statement.body) or is_left(statement.orelse)):
            certain = certain and not is_decided(statement.test)


def _visit(node: object, parent: object, certain: bool) -> Iterator[Visited]:
    yield Visited(node, parent, certain)
    match node:
        case ir.Define() | ir.Class() | ir.Lambda():
            return
        case ir.If(test=test, body=body, orelse=orelse):
            yield from _visit(test, node, certain)
            inner = certain and not is_decided(test)
            yield from _statements(body, node, inner)
            yield from _statements(orelse, node, inner)
        case ir.Conditional(test=test, body=taken, orelse=other):
            inner = certain and not is_decided(test)
            yield from _visit(test, node, certain)
            yield from _visit(taken, node, inner)
            yield from _visit(other, node, inner)
        case ir.Operation(op="and" | "or", operands=operands):
            for operand in operands:
                yield from _visit(operand, node, certain)
                certain = certain and not is_decided(operand)
        case ir.For() | ir.While() | ir.With():
            for child in children(node):
                if not any(child is statement for statement in (*node.body, *getattr(node, "orelse", ()))):
                    yield from _visit(child, node, certain)
            yield from _statements(node.body, node, certain)
            if not isinstance(node, ir.With):
                yield from _statements(node.orelse, node, certain)
        case _:
            for child in children(node):
                yield from _visit(child, node, certain)


def always_runs(statements: tuple[ir.Stmt, ...], node: ir.Expr) -> bool:
    """Return whether a call of the function certainly comes to evaluate `node`."""
    for statement in statements:
        if always_evaluates(statement, node):
            return True
        match statement:
            case ir.With(body=body):
                if always_runs(body, node):
                    return True
            case ir.If() | ir.While() | ir.For():
                if any(isinstance(child, (ir.Return, ir.Raise)) for child in _inside(statement)):
                    return False
            case ir.Return() | ir.Raise() | ir.Assert() | ir.Try() | ir.Match() | ir.Define() | ir.Class():
                return False
    return False


def _inside(node: object) -> Iterator[object]:
    for child in children(node):
        yield child
        yield from _inside(child)


def falls_off(statements: tuple[ir.Stmt, ...]) -> bool:
    """Return whether a way to the end certainly has no `return`, as torch's own exit analysis sees it.

    A branch that torch may decide, and an endless loop, count as unknown if there is a `return` in them.
    """
    for statement in statements:
        match statement:
            case ir.Return() | ir.Raise():
                return False
            case ir.If(test=test, body=body, orelse=orelse):
                if is_decided(test):
                    if _leaves(statement):
                        return False
                elif not falls_off(body) and not falls_off(orelse):
                    return False
            case ir.While() if _leaves(statement):
                return False
            case ir.With(body=body) if not falls_off(body):
                return False
            case ir.Try() | ir.Match():
                return False
    return True


def _leaves(node: object) -> bool:
    """Return whether a `return` or `raise` stands in a statement."""
    return any(
        isinstance(child, (ir.Return, ir.Raise)) or (not isinstance(child, ir.Define) and _leaves(child))
        for child in children(node)
    )


def is_understood(outcome: Outcome) -> bool:
    """Return whether a hook's body holds nothing that no rule judges but that may not compile.

    That is a pre-hook that returns a number or a string, and a call into Python's library.
    """
    hook, project = outcome.hook, outcome.project
    if hook is None or hook.function is None or hook.scope is None or project is None:
        return True
    for visit in visit_body(hook.function):
        match visit.node:
            case ir.Return(value=ir.Constant(kind="int" | "float" | "bool" | "str")):
                if outcome.registration.is_pre:
                    return False
            case ir.Call(func=func):
                called = project.resolve(hook.scope, func)
                if isinstance(called, External) and not called.qualname.startswith(_UNDERSTOOD):
                    return False
    return True
