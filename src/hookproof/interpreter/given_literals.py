"""The literals that a constructor is given where it is called."""

from __future__ import annotations

from hookproof.interpreter.domain import Arguments, Values
from hookproof.interpreter.plain import ConstantValue
from hookproof.modules.given import KINDS
from hookproof.semantic.bindings import function_bindings
from hookproof.syntax import ir


def literals_given(function: ir.Function, args: Arguments) -> dict[str, ir.Constant]:
    """Return the literals that the parameters of `__init__` stand for in a call, where nothing binds them."""
    node = args.node
    if any(argument.star for argument in node.args) or len(args.each()) != len(node.args):
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
            expr, values = exprs[position], args.positional[position]
        elif parameter.name in named:
            expr, values = named[parameter.name], args.named[parameter.name]
        literal = _literal(expr, values)
        if literal is not None and len(binders.get(parameter.name, ())) == 1:
            found[parameter.name] = literal
    return found


def _literal(expr: ir.Expr | None, values: Values) -> ir.Constant | None:
    if isinstance(expr, ir.Constant):
        return expr if expr.kind in KINDS and (expr.value is not None or expr.kind == "None") else None
    match values:
        case (ConstantValue(value=bool(value)),):
            return ir.Constant(0, "bool", value)
        case (ConstantValue(value=int(value)),):
            return ir.Constant(0, "int", value)
        case (ConstantValue(value=str(value)),):
            return ir.Constant(0, "str", value)
    return None
