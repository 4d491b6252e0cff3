"""What a constructor does with the literals that it is given: branches taken, values kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hookproof.interpreter.values import ConstantValue, Values
from hookproof.semantic.bindings import function_bindings
from hookproof.syntax import ir

Given = Mapping[str, ir.Constant]

_KINDS = frozenset({"bool", "float", "int", "None", "str"})


def literals_given(
    function: ir.Function, node: ir.Call, args: Sequence[Values], keywords: Mapping[str, Values]
) -> dict[str, ir.Constant]:
    """Return the literals that the parameters of `__init__` stand for in a call, where nothing binds them."""
    if any(argument.star for argument in node.args) or len(args) + len(keywords) != len(node.args):
        return {}
    exprs = [argument.value for argument in node.args if argument.keyword is None]
    named = {argument.keyword: argument.value for argument in node.args if argument.keyword is not None}
    binders, found = function_bindings(function), {}
    for position, parameter in enumerate(function.parameters[1:]):
        if parameter.kind in {"*", "**"}:
            break
        expr: ir.Expr | None = parameter.default
        values: Values = ()
        if position < len(exprs) and parameter.kind != "keyword-only":
            expr, values = exprs[position], args[position]
        elif parameter.name in named:
            expr, values = named[parameter.name], keywords[parameter.name]
        literal = _literal(expr, values)
        if literal is not None and len(binders.get(parameter.name, ())) == 1:
            found[parameter.name] = literal
    return found


def _literal(expr: ir.Expr | None, values: Values) -> ir.Constant | None:
    if isinstance(expr, ir.Constant):
        return expr if expr.kind in _KINDS and (expr.value is not None or expr.kind == "None") else None
    match values:
        case (ConstantValue(value=bool(value)),):
            return ir.Constant(0, "bool", value)
        case (ConstantValue(value=int(value)),):
            return ir.Constant(0, "int", value)
        case (ConstantValue(value=str(value)),):
            return ir.Constant(0, "str", value)
    return None


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
            if name not in given or not isinstance(other, ir.Constant) or other.kind not in _KINDS:
                return None
            if op.startswith("is") and "None" not in {other.kind, given[name].kind}:
                return None
            return (given[name].value == other.value) == (op in {"is", "=="})
    return None
