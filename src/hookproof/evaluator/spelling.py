"""How findings spell what a hook uses."""

from __future__ import annotations

from hookproof.syntax import ir


def spelled_use(node: ir.Expr, operation: str) -> str:
    """Return how a finding spells the attribute: `getattr(m, "x")` is `m.x`."""
    if isinstance(node, ir.Call) and operation in {"getattr", "hasattr", "setattr", "delattr"}:
        name = node.args[1].value
        if isinstance(name, ir.Constant) and isinstance(name.value, str):
            return f"{spell(node.args[0].value)}.{name.value}"
    return spell(node)


def receiver_of(node: ir.Expr, name: str | None) -> str:
    """Return the spelling of the object that is used."""
    if name is not None and isinstance(node, ir.Attribute):
        return spell(node.value)
    if isinstance(node, ir.Subscript):
        return spell(node.value)
    if isinstance(node, ir.Call) and node.args:
        is_super_of = isinstance(node.func, ir.Name) and node.func.id == "super"
        return spell(node.args[-1 if is_super_of else 0].value)
    return spell(node)


def operand_use(expr: ir.Operation, operand: ir.Expr) -> str:
    """Return what an operation asks of a module: itself (`is`), its operator, or what is in it."""
    if expr.op in {"is", "is not"}:
        return "identity"
    is_container = expr.op in {"in", "not in"} and operand is expr.operands[-1]
    return "contains" if is_container else "operator"


def spell(expr: ir.Expr) -> str:
    """Return an expression as a person would write it, shortened where it is not a plain chain."""
    match expr:
        case ir.Name(id=name):
            return name
        case ir.Attribute(value=value, attr=attr):
            return f"{spell(value)}.{attr}"
        case ir.Call(func=func, args=args):
            return f"{spell(func)}({', '.join(_argument(argument) for argument in args)})"
        case ir.Subscript(value=value, index=index):
            return f"{spell(value)}[{spell(index)}]"
        case ir.Walrus(target=target):
            return target.id
        case ir.Constant(kind="str", value=value):
            return f'"{value}"'
        case ir.Constant(kind="None"):
            return "None"
        case ir.Constant(value=value) if value is not None:
            return str(value)
    return "..."


def _argument(argument: ir.Argument) -> str:
    keyword = f"{argument.keyword}=" if argument.keyword else ""
    return f"{argument.star}{keyword}{spell(argument.value)}"
