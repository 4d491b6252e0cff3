"""Strings and numbers that are made of known ones: names of layers that a loop counts up."""

from __future__ import annotations

from hookproof.evaluator.texts import Part, by_format, by_percent, interpolated
from hookproof.interpreter.values import ConstantValue, ContainerValue, Value, Values

_MAX_RANGE = 8


def text_between(texts: tuple[str, ...], parts: list[Values]) -> Values:
    """Return what an f-string with these parts between its texts gives."""
    known = _known(parts)
    return (ConstantValue(interpolated(texts, known)),) if texts and known is not None else ()


def formatted(text: str, args: list[Values], keywords: dict[str, Values]) -> Values:
    """Return what `text.format(…)` gives."""
    known, named = _known(args), _known(list(keywords.values()))
    if known is None or named is None:
        return ()
    found = by_format(text, known, dict(zip(keywords, named, strict=True)))
    return () if found is None else (ConstantValue(found),)


def computed(op: str, left: Values, right: Values) -> Values:
    """Return what `+`, `-` or `%` makes of a string or a number."""
    match _part(left), op, _part(right):
        case (int(first), "+", int(second)):
            return (ConstantValue(first + second),)
        case (int(first), "-", int(second)):
            return (ConstantValue(first - second),)
        case (int(first), "%", int(second)) if second:
            return (ConstantValue(first % second),)
        case (str(first), "+", str(second)):
            return (ConstantValue(first + second),)
        case (str(first), "%", _):
            known = _known(_items(right))
            text = by_percent(first, known) if known is not None else None
            return () if text is None else (ConstantValue(text),)
    return ()


def called(qualname: str, args: list[Values]) -> Values:
    """Return what `str` or `range` gives, nothing where that is not known."""
    known = _known(args)
    if qualname == "builtins.str" and known is not None and len(known) == 1:
        return (ConstantValue(str(known[0])),)
    if qualname != "builtins.range" or known is None or not 0 < len(known) < 4:
        return ()
    try:
        numbers = list(range(*known)[: _MAX_RANGE + 1])  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ()
    if len(numbers) > _MAX_RANGE:
        return ()
    return (ContainerValue("iterator", [(ConstantValue(number),) for number in numbers], is_exact=True),)


def rearranged(qualname: str, items: list[Values], *, is_plain: bool) -> list[Values] | None:
    """Return what `list`, `reversed` or `sorted` gives of these, None where the order is unknown.

    It `is_plain` without a key to sort by.
    """
    if qualname == "builtins.reversed":
        return items[::-1]
    if qualname != "builtins.sorted":
        return list(items)
    known = _known(items) if is_plain else None
    if known is None or len({type(part) for part in known}) > 1:
        return None
    return [items[position] for position in sorted(range(len(items)), key=known.__getitem__)]


def _items(values: Values) -> list[Values]:
    only: Value | None = values[0] if len(values) == 1 else None
    is_tuple = isinstance(only, ContainerValue) and only.kind == "tuple" and only.is_exact
    return only.items if isinstance(only, ContainerValue) and is_tuple else [values]


def _known(parts: list[Values]) -> list[Part] | None:
    found = [_part(values) for values in parts]
    known = [part for part in found if part is not None]
    return known if len(known) == len(found) else None


def _part(values: Values) -> Part | None:
    """Return the string or the number that a value certainly is."""
    only = values[0] if len(values) == 1 else None
    value = only.value if isinstance(only, ConstantValue) else None
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None
