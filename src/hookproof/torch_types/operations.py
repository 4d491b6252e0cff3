"""The type of an operation's result, from its operands' types."""

from __future__ import annotations

from hookproof.facts.types import UNKNOWN, TorchType

_ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"})
_ORDER = frozenset({"<", "<=", ">", ">=", "==", "!="})
_IDENTITY = frozenset({"is", "is not", "in", "not in", "not"})
_NUMBERS = frozenset({"int", "float"})
NUMBER = "number"
"""What `item()` gives in compiled code, and all that is computed with it."""
_BESIDE_TENSOR = frozenset({"int", "float", "bool", "complex", "Tensor", NUMBER})


def operation_type(op: str, operands: list[TorchType]) -> TorchType:
    """Return the type of `operands[0] op operands[1]`, or of the unary operation."""
    if op in _IDENTITY:
        return TorchType("bool", None, True)
    names = [operand.name for operand in operands]
    if op in {"and", "or"}:
        return operands[0] if len(set(operands)) == 1 else UNKNOWN
    if None in names:
        return UNKNOWN
    if len(names) == 1:
        return operands[0] if op in {"-", "+"} and names[0] in _NUMBERS | {"Tensor", NUMBER} else UNKNOWN
    if len(names) != 2:
        return UNKNOWN
    result = _binary(op, str(names[0]), str(names[1]))
    return UNKNOWN if result is None else TorchType(result, None, True)


def _binary(op: str, left: str, right: str) -> str | None:
    pair = {left, right}
    if "Tensor" in pair:
        return "Tensor" if pair <= _BESIDE_TENSOR and op in _ARITHMETIC | _ORDER else None
    if NUMBER in pair and not pair <= _NUMBERS | {NUMBER}:
        return None
    if op in _ORDER:
        return "bool" if pair <= _NUMBERS | {NUMBER} or pair == {"str"} else None
    if left == "str":
        is_text = (op == "+" and right == "str") or op == "%" or (op == "*" and right == "int")
        return "str" if is_text else None
    if NUMBER in pair:
        return NUMBER if op in {"+", "-", "*", "/"} else None
    if not pair <= _NUMBERS:
        return None
    if op == "/":
        return "float"
    if op in {"+", "-", "*", "//", "%"}:
        return "float" if "float" in pair else "int"
    return None
