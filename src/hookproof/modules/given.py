"""What a constructor does with the literals that it is given: branches taken, values kept."""

from __future__ import annotations

from collections.abc import Mapping

from hookproof.syntax import ir

Given = Mapping[str, ir.Constant]

# The kinds of literals that are followed into a constructor.
KINDS = frozenset({"bool", "float", "int", "None", "str"})


def chosen(value: ir.Expr | None, given: Given) -> ir.Expr | None:
    """Return what an expression is for these parameters: the arm of a conditional, a parameter's literal."""
    while isinstance(value, ir.Conditional):
        truth = truth_of(value.test, given)
        if truth is None:
            return value
        value = value.body if truth else value.orelse
    return given.get(value.id, value) if isinstance(value, ir.Name) else value


def truth_of(test: ir.Expr, given: Given) -> bool | None:
    """Tell whether a condition holds for these parameters, None where they do not decide it."""
    match test:
        case ir.Name(id=name) if name in given:
            return bool(given[name].value)
        case ir.Operation(op="not", operands=(operand,)):
            truth = truth_of(operand, given)
            return None if truth is None else not truth
        case ir.Operation(op="and" | "or" as op, operands=operands):
            truths = [truth_of(operand, given) for operand in operands]
            decides = op == "or"
            if decides in truths:
                return decides
            return None if None in truths else not decides
        case ir.Operation(op="is" | "==" | "is not" | "!=" as op, operands=(ir.Name(id=name), ir.Constant())):
            other = test.operands[1]
            if name not in given or not isinstance(other, ir.Constant) or other.kind not in KINDS:
                return None
            if op.startswith("is") and "None" not in {other.kind, given[name].kind}:
                return None
            return (given[name].value == other.value) == (op in {"is", "=="})
    return None
