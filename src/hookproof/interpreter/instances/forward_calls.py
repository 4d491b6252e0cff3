"""The calls that the `forward` of a model makes of its own parts, where scripting certainly compiles them."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.interpreter.instances.live_hooks import misses_arguments
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import State
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.expressions import children, may_leave, statement_expressions
from hookproof.semantic.place import Place
from hookproof.syntax import ir


def short_calls(state: State, receiver: ObjectValue) -> Iterator[Place]:
    """Yield the calls of a submodule by its parent that leave out arguments, or give them by keyword."""
    found = parent_of(state, receiver)
    owner = found[0].module_class if found is not None else None
    cls = receiver.module_class
    if found is None or owner is None or cls is None or cls.is_overloaded:
        return
    for name, fact in owner.attributes().items():
        if fact.function is not None and fact.kind == "method" and owner.reaches(name):
            for call, place in _calls(fact.function, found[1]):
                if misses_arguments(cls, call):
                    yield place


def parent_of(state: State, receiver: ObjectValue) -> tuple[ObjectValue, str] | None:
    """Return the module that holds `receiver` as an attribute, and the attribute's name."""
    if receiver.parent is not None:
        return (receiver.parent, receiver.name) if receiver.form == "attribute" else None
    for value, known in state.objects.items():
        if isinstance(value, ObjectValue):
            for name, members in known.attributes.items():
                if receiver in members:
                    return value, name
    return None


def _calls(method: FunctionDefinition, part: str) -> Iterator[tuple[ir.Call, Place]]:
    """Yield the calls of `self.part` in the statements that every run of a method comes to."""
    function = method.function
    if not function.parameters:
        return
    for expr in _expressions(function.body):
        match expr:
            case ir.Call(func=ir.Attribute(value=ir.Name(id=name), attr=attr)):
                if name == function.parameters[0].name and attr == part:
                    yield expr, Place(method.scope.file, expr.at)


def _expressions(statements: tuple[ir.Stmt, ...]) -> Iterator[ir.Expr]:
    for statement in statements:
        if isinstance(statement, (ir.If, ir.While, ir.Try, ir.Match)):
            if may_leave(statement):
                return
            continue
        pending = list(statement_expressions(statement))
        while pending:
            expr = pending.pop(0)
            yield expr
            if not isinstance(expr, (ir.Lambda, ir.Conditional)):
                pending += children(expr)
        if isinstance(statement, (ir.For, ir.With)):
            yield from _expressions(statement.body)
