"""Strings and numbers that are made of known ones: names of layers that a loop counts up."""

from __future__ import annotations

from hookproof.evaluator.literals import combined
from hookproof.evaluator.texts import Part, by_format, by_percent, interpolated
from hookproof.interpreter.domain import Arguments, Value, Values, only
from hookproof.interpreter.plain import ConstantValue, ContainerValue, literal_of, text_of

_MAX_RANGE = 8


def text_between(texts: tuple[str, ...], parts: list[Values]) -> Values:
    """Return what an f-string with these parts between its texts gives."""
    found = known(parts)
    return (ConstantValue(interpolated(texts, found)),) if texts and found is not None else ()


def formatted(text: str, args: Arguments) -> Values:
    """Return what `text.format(…)` gives."""
    parts, named = known(args.positional), known(tuple(args.named.values()))
    if parts is None or named is None:
        return ()
    found = by_format(text, parts, dict(zip(args.named, named, strict=True)))
    return () if found is None else (ConstantValue(found),)


def computed(op: str, left: Values, right: Values) -> Values:
    """Return what `+`, `-` or `%` makes of a string or a number."""
    made = combined(op, literal_of(left), literal_of(right))
    if made is not None:
        return (ConstantValue(made),)
    text, parts = text_of(left), known(_items(right)) if op == "%" else None
    found = by_percent(text, parts) if text is not None and parts is not None else None
    return () if found is None else (ConstantValue(found),)


def known(parts: list[Values] | tuple[Values, ...]) -> list[Part] | None:
    """Return the strings and numbers that these certainly are, None where one is anything else."""
    found = [_part(values) for values in parts]
    certain = [part for part in found if part is not None]
    return certain if len(certain) == len(found) else None


def _items(values: Values) -> tuple[Values, ...]:
    value: Value | None = only(values)
    is_tuple = isinstance(value, ContainerValue) and value.kind == "tuple" and value.is_exact
    return value.items if isinstance(value, ContainerValue) and is_tuple else (values,)


def _part(values: Values) -> Part | None:
    value = only(values)
    literal = value.value if isinstance(value, ConstantValue) else None
    return literal if isinstance(literal, (str, int)) and not isinstance(literal, bool) else None
