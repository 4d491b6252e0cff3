"""Strings that a hook puts together, and what `format` reads of the module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hookproof.interpreter.hook_bodies.touch_constants import constant
from hookproof.interpreter.hook_bodies.touch_values import Text, TupleValue, Value
from hookproof.interpreter.models.texts import by_format, by_percent, formatted_attributes, interpolated
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.interpreter.hook_bodies.touch_expressions import ExpressionWalk


def joined(texts: tuple[str, ...], parts: Sequence[Value | None]) -> Text | None:
    """Return what an f-string with these parts between its texts gives, where they are known."""
    known = _known(parts)
    return Text(interpolated(texts, known)) if texts and known is not None else None


def computed(walk: ExpressionWalk, expr: ir.Operation, values: Sequence[Value | None]) -> Text | None:
    """Return what `+` or `%` makes of a string."""
    if expr.op not in {"+", "%"} or not any(isinstance(value, Text) for value in values):
        return None
    pairs = zip(expr.operands, values, strict=True)
    left, right = (value or constant(walk.project, walk.scope, operand) for operand, value in pairs)
    if expr.op == "+":
        return joined(("", "", ""), [left, right])
    known = _known(right.items if isinstance(right, TupleValue) else [right])
    text = by_percent(left.text, known) if isinstance(left, Text) and known is not None else None
    return None if text is None else Text(text)


def formatted(walk: ExpressionWalk, node: ir.Call, text: str, values: Sequence[Value | None]) -> Text | None:
    """Follow `"{0.x}".format(m)`, which reads `m.x`; return what it gives where all of it is known."""
    if any(argument.star for argument in node.args):
        return None
    positional = [argument.value for argument in node.args if argument.keyword is None]
    named = {argument.keyword: argument.value for argument in node.args if argument.keyword is not None}
    given: dict[int | str, ir.Expr] = {}
    given.update(enumerate(positional))
    given.update(named)
    for key, names in formatted_attributes(text):
        expr = given.get(key)
        if expr is not None and names:
            for name in names:
                expr = ir.Attribute(node.at, expr, name)
            walk.in_python_form(expr)
    known = _known(values)
    if known is None:
        return None
    found = by_format(text, known[: len(positional)], dict(zip(named, known[len(positional) :], strict=True)))
    return None if found is None else Text(found)


def _known(parts: Iterable[Value | None]) -> list[str] | None:
    found = [part.text if isinstance(part, Text) else None for part in parts]
    known = [text for text in found if text is not None]
    return known if len(known) == len(found) else None
