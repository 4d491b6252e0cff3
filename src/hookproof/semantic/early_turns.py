"""Turns of a loop that end early, as the branches that they stand for: `continue` as an `else`."""

from __future__ import annotations

from hookproof.semantic.by_node import by_node
from hookproof.syntax import ir

_OPPOSITES = {"is": "is not", "is not": "is", "==": "!=", "!=": "==", "in": "not in", "not in": "in"}


@by_node
def as_branches(body: tuple[ir.Stmt, ...]) -> tuple[ir.Stmt, ...]:
    """Return a loop's body that does the same, where what follows `if …: continue` stands in a branch.

    What is said of a condition is said of what it lets through, however that is written.
    """
    for index, statement in enumerate(body):
        rest = body[index + 1 :]
        if isinstance(statement, ir.If) and not statement.orelse and rest and _goes_on(statement.body):
            return (*body[:index], _branches(statement, as_branches(rest)))
    return body


def _branches(early: ir.If, rest: tuple[ir.Stmt, ...]) -> ir.If:
    before = early.body[:-1]
    return ir.If(early.at, _opposite(early.test), rest, before)


def _goes_on(body: tuple[ir.Stmt, ...]) -> bool:
    """Return whether statements end in `continue`."""
    last = body[-1]
    return isinstance(last, ir.Jump) and last.kind == "continue"


def _opposite(test: ir.Expr) -> ir.Expr:
    """Return the opposite condition, which stands where this one is written."""
    match test:
        case ir.Operation(at=at, op="not", operands=(ir.Name(id=name),)):
            return ir.Name(at, name)
        case ir.Operation(at=at, op=op, operands=(_, _) as operands) if op in _OPPOSITES:
            return ir.Operation(at, _OPPOSITES[op], operands)
    return ir.Operation(test.at, "not", (test,))
