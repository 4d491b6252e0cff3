"""Statements that end early, as the branches that they stand for: `continue`, and a lookup that may fail."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.semantic.by_node import by_node
from hookproof.syntax import ir

_OPPOSITES = {"is": "is not", "is not": "is", "==": "!=", "!=": "==", "in": "not in", "not in": "in"}


@by_node
def as_branches(body: tuple[ir.Stmt, ...]) -> tuple[ir.Stmt, ...]:
    """Return a loop's body that does the same, where what follows `if …: continue` stands in a branch.

    What is said of a condition is said of what it lets through, however that is written.
    """
    return _branches(body)


@by_node
def as_condition(node: ir.Try) -> ir.If | None:
    """Return the condition that a lookup stands for: `try: found = table[key]`, `except KeyError`."""
    match node:
        case ir.Try(
            at=at,
            body=(ir.Assign(value=ir.Subscript(at=asked, value=ir.Name() as table, index=key)) as found,),
            handlers=(ir.Handler(exceptions=ir.Name(id="KeyError"), name=None, body=otherwise),),
            orelse=orelse,
            finalbody=(),
        ):
            return ir.If(at, ir.Operation(asked, "in", (key, table)), (found, *orelse), otherwise)
    return None


def _branches(body: tuple[ir.Stmt, ...]) -> tuple[ir.Stmt, ...]:
    for index, statement in enumerate(body):
        before, rest = body[:index], body[index + 1 :]
        found = as_condition(statement) if isinstance(statement, ir.Try) else statement
        match found:
            case ir.If(body=early, orelse=orelse) if (orelse or rest) and _goes_on(early):
                others = _branches((*orelse, *rest))
                return (*before, ir.If(found.at, _opposite(found.test), others, early[:-1]))
            case ir.If(body=reached, orelse=early) if _goes_on(early):
                return (*before, replace(found, body=_branches((*reached, *rest)), orelse=early[:-1]))
    return body


def _goes_on(body: tuple[ir.Stmt, ...]) -> bool:
    """Return whether statements end in `continue`."""
    match body:
        case (*_, ir.Jump(kind="continue")):
            return True
    return False


def _opposite(test: ir.Expr) -> ir.Expr:
    """Return the opposite condition, which stands where this one is written."""
    match test:
        case ir.Operation(at=at, op="not", operands=(ir.Name(id=name),)):
            return ir.Name(at, name)
        case ir.Operation(at=at, op=op, operands=(_, _) as operands) if op in _OPPOSITES:
            return ir.Operation(at, _OPPOSITES[op], operands)
    return ir.Operation(test.at, "not", (test,))
