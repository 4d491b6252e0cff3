"""The literals that a constructor is given where it is called."""

from __future__ import annotations

from hookproof.evaluator.arguments import Gets, bound, written
from hookproof.interpreter.domain import Arguments, Values
from hookproof.interpreter.plain import ConstantValue
from hookproof.modules.given import Literal, as_literal
from hookproof.semantic.bindings import function_bindings
from hookproof.syntax import ir


def literals_given(function: ir.Function, args: Arguments) -> dict[str, Literal]:
    """Return the literals that the parameters of `__init__` stand for in a call, where nothing binds them."""
    node = args.node
    if any(argument.star for argument in node.args) or len(args.each()) != len(node.args):
        return {}
    itself = ir.Name(node.at, "self")
    exprs, binders = written(function, node, itself), function_bindings(function)
    bindings = ((parameter.name, given) for parameter, given in bound(function, args.led_by(())))
    values = {name: given.value for name, given in bindings if isinstance(given, Gets)}
    found = {}
    for parameter in function.parameters[1:]:
        name = parameter.name
        literal = _literal(exprs.get(name, parameter.default), values.get(name, ()))
        if literal is not None and len(binders.get(name, ())) == 1:
            found[name] = literal
    return found


def _literal(expr: ir.Expr | None, values: Values) -> Literal | None:
    if isinstance(expr, (ir.Constant, ir.Sequence, ir.Mapping)):
        return as_literal(expr)
    match values:
        case (ConstantValue(value=bool(value)),):
            return ir.Constant(0, "bool", value)
        case (ConstantValue(value=int(value)),):
            return ir.Constant(0, "int", value)
        case (ConstantValue(value=str(value)),):
            return ir.Constant(0, "str", value)
    return None
