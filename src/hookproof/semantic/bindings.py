"""Which statements bind which names, without looking into inner functions and classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from msgspec import Struct

from hookproof.semantic.by_node import by_node
from hookproof.syntax import ir

Binder = ir.Stmt | ir.Parameter

_members: dict[type, tuple[str, ...]] = {}


@by_node
def bindings_of(statements: tuple[ir.Stmt, ...]) -> dict[str, tuple[Binder, ...]]:
    """Return name -> the statements that bind it, in source order, through compound statements."""
    return _collect(_walk(statements))


@by_node
def statement_bindings(statement: ir.Stmt) -> frozenset[str]:
    """Return the names that a statement binds, with what is in it."""
    return frozenset(name for name, _ in _walk((statement,)))


@by_node
def statement_names(statement: ir.Stmt) -> frozenset[str]:
    """Return every name and attribute in a statement, those that it binds among them."""
    return names_in(statement) | statement_bindings(statement)


@by_node
def function_bindings(function: ir.Function) -> dict[str, tuple[Binder, ...]]:
    """Return name -> what binds it inside a function, its parameters included, `global` names left out."""
    pairs: list[tuple[str, Binder]] = [(parameter.name, parameter) for parameter in function.parameters]
    pairs += _walk(function.body)
    found = _collect(pairs)
    for statement in _statements(function.body):
        if isinstance(statement, ir.Jump) and statement.kind in {"global", "nonlocal"}:
            for name in statement.names:
                found.pop(name, None)
    return found


def target_names(target: ir.Expr) -> Iterator[str]:
    """Yield the bare names an assignment target binds."""
    match target:
        case ir.Name(id=name):
            yield name
        case ir.Sequence(items=items):
            for item in items:
                yield from target_names(item)
        case ir.Starred(value=value):
            yield from target_names(value)


def nested_statements(statement: ir.Stmt) -> Iterator[tuple[ir.Stmt, ...]]:
    """Yield the statement lists inside a compound statement; functions and classes are not entered."""
    match statement:
        case ir.If() | ir.For() | ir.While():
            yield statement.body
            yield statement.orelse
        case ir.With():
            yield statement.body
        case ir.Try():
            yield statement.body
            for handler in statement.handlers:
                yield handler.body
            yield statement.orelse
            yield statement.finalbody
        case ir.Match():
            for case in statement.cases:
                yield case.body


def shared_names(statements: tuple[ir.Stmt, ...], kind: Literal["global", "nonlocal"]) -> Iterator[str]:
    """Yield the names that statements declare so, those of inner functions and classes among them."""
    for statement in statements:
        match statement:
            case ir.Jump(kind=declared, names=names) if declared == kind:
                yield from names
            case ir.Define(function=function):
                yield from shared_names(function.body, kind)
            case ir.Class(body=inner):
                yield from shared_names(inner, kind)
        for nested in nested_statements(statement):
            yield from shared_names(nested, kind)


@by_node
def function_names(function: ir.Function) -> frozenset[str]:
    """Return every name and attribute in a function, defaults and decorators included."""
    return names_in(function)


@by_node
def body_names(function: ir.Function) -> frozenset[str]:
    """Return every name and attribute in the body of a function."""
    return names_in(function.body)


@by_node
def expression_names(expr: ir.Expr) -> frozenset[str]:
    """Return every name and attribute in an expression that is asked again and again."""
    return names_in(expr)


def names_in(facts: object) -> frozenset[str]:
    """Return every name and attribute in a piece of the facts."""
    found: set[str] = set()
    pending: list[Any] = [facts]
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is tuple:
            pending += node
            continue
        if kind is ir.Name:
            found.add(node.id)
        elif kind is ir.Attribute:
            found.add(node.attr)
        if kind not in _members:
            fields = kind.__struct_fields__ if issubclass(kind, Struct) else ()
            _members[kind] = tuple(name for name in fields if name != "at")
        pending += [getattr(node, name) for name in _members[kind]]
    return frozenset(found)


def _collect(pairs: Iterable[tuple[str, Binder]]) -> dict[str, tuple[Binder, ...]]:
    found: dict[str, list[Binder]] = {}
    for name, statement in pairs:
        found.setdefault(name, []).append(statement)
    return {name: tuple(statements) for name, statements in found.items()}


def _statements(statements: tuple[ir.Stmt, ...]) -> Iterator[ir.Stmt]:
    for statement in statements:
        yield statement
        if type(statement) in _COMPOUND:
            for body in nested_statements(statement):
                yield from _statements(body)


def _walk(statements: tuple[ir.Stmt, ...]) -> Iterator[tuple[str, Binder]]:
    for statement in _statements(statements):
        kind = type(statement)
        if kind in _BINDING:
            for name in _bound_names(statement):
                yield name, statement


# Most statements are none of these, and a look at their type costs least.
_COMPOUND = frozenset({ir.If, ir.For, ir.While, ir.With, ir.Try, ir.Match})
_BINDING = frozenset(
    {ir.Define, ir.Class, ir.Import, ir.Assign, ir.AugAssign, ir.For, ir.With, ir.Try, ir.Match}
)


def _bound_names(statement: ir.Stmt) -> Iterator[str]:
    match statement:
        case ir.Define(function=function):
            yield function.name
        case ir.Class(name=name):
            yield name
        case ir.Import(module=module, level=level, names=names):
            for alias in names:
                plain = module is None and level == 0
                yield alias.asname or (alias.name.partition(".")[0] if plain else alias.name)
        case ir.Assign(targets=targets):
            for target in targets:
                yield from target_names(target)
        case ir.AugAssign(target=target) | ir.For(target=target):
            yield from target_names(target)
        case ir.With(items=items):
            for item in items:
                if item.target is not None:
                    yield from target_names(item.target)
        case ir.Try(handlers=handlers):
            for handler in handlers:
                if handler.name:
                    yield handler.name
        case ir.Match(cases=cases):
            for case in cases:
                yield from case.binds
