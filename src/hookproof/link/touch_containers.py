"""Modules kept in lists, tuples, dicts and plain objects that a hook makes itself."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from hookproof.collect import ir
from hookproof.link.touch_values import (
    Elements,
    FunctionValue,
    LambdaValue,
    Mapped,
    MethodValue,
    ModuleValue,
    SelfValue,
    Text,
    TupleValue,
    Value,
)

_MAX_ITEMS = 8
_READING = frozenset({"keys", "copy", "index", "count"})


def sequence(display: ir.Sequence, values: tuple[Value | None, ...]) -> Value | None:
    """Return what a tuple, list or set display stands for."""
    if display.kind == "set":
        return TupleValue(values) if values and all(isinstance(value, Text) for value in values) else None
    stars = [position for position, item in enumerate(display.items) if isinstance(item, ir.Starred)]
    if stars:
        return TupleValue(values[: stars[0]], is_open=True, is_list=display.kind == "list")
    if display.kind == "tuple":
        return TupleValue(tuple(map(as_value, values)))
    return TupleValue(_alike(values), is_list=True)


def mapping(keys: Iterable[str | None], values: tuple[Value | None, ...]) -> Mapped:
    """Return what a dict display stands for; an unknown key may stand for any before it."""
    entries: dict[str, Value | None] = {}
    for key, value in zip(keys, _alike(values), strict=True):
        if key is None:
            entries.clear()
        else:
            entries[key] = value
    return Mapped(tuple(entries.items()))


def _alike(values: tuple[Value | None, ...]) -> tuple[Value | None, ...]:
    """Values of several types are a `Union` in compiled code, of which no attribute can be read."""
    if all(value == values[0] for value in values):
        return tuple(map(as_value, values))
    owners = {value.owner.qualname for value in values if isinstance(value, ModuleValue) and value.owner}
    if len(owners) > 1:
        values = tuple(map(_in_union, values))
    return tuple(map(in_python, values))


def as_value(value: Value | None) -> Value | None:
    """Return a module as the plain value that it is once a container or a conditional expression gives it."""
    return replace(value, kept=value.kept or "value") if isinstance(value, ModuleValue) else value


def _in_union(value: Value | None) -> Value | None:
    return replace(value, kept="union") if isinstance(value, ModuleValue) else value


def in_python(value: Value | None) -> Value | None:
    """Return a value that is kept where compiled code cannot keep it."""
    match value:
        case ModuleValue():
            return replace(value, python_only=True)
        case MethodValue(module=module):
            return replace(value, module=replace(module, python_only=True))
        case TupleValue(items=items):
            return replace(value, items=tuple(map(in_python, items)))
        case Mapped(entries=entries):
            return replace(value, entries=tuple((key, in_python(item)) for key, item in entries))
        case Elements(element=element):
            inner = in_python(element)
            return value if inner is None else Elements(inner)
    return value


def module_in(value: Value | None) -> ModuleValue | None:
    """Return the first module in a list, tuple or dict."""
    match value:
        case ModuleValue():
            return value
        case TupleValue(items=items):
            return next((found for found in map(module_in, items) if found is not None), None)
        case Mapped(entries=entries, by="item"):
            return next((found for _, item in entries if (found := module_in(item)) is not None), None)
    return None


def holds_module(value: Value | None) -> bool:
    """Tell whether a value is a module, a method of one, or has one inside."""
    match value:
        case ModuleValue() | MethodValue():
            return True
        case TupleValue(items=items):
            return any(map(holds_module, items))
        case Mapped(entries=entries) | SelfValue(fields=entries):
            return any(holds_module(item) for _, item in entries)
        case Elements(element=element):
            return holds_module(element)
        case LambdaValue():
            return True
    return False


def is_changeable(value: Value | None) -> bool:
    """Tell whether whoever has a value can change what is in it."""
    return isinstance(value, Mapped) or (isinstance(value, TupleValue) and value.is_list)


def has_inside(value: Value | None, inner: Value) -> bool:
    """Tell whether a value is `inner` or has it inside."""
    if value == inner:
        return True
    match value:
        case TupleValue(items=items):
            return any(has_inside(item, inner) for item in items)
        case Mapped(entries=entries):
            return any(has_inside(item, inner) for _, item in entries)
    return False


# --- reading -----------------------------------------------------------------------------------------


def item(value: Value | None, key: str) -> Value | None:
    """Return what is known under a literal key or at a literal position."""
    if isinstance(value, Mapped):
        return dict(value.entries).get(key)
    if not isinstance(value, TupleValue):
        return None
    position = int(key) if key.lstrip("-").isdigit() else len(value.items)
    if position < 0:
        position = len(value.items) if value.is_open else position + len(value.items)
    return value.items[position] if 0 <= position < len(value.items) else None


def items_of(value: Value | None) -> tuple[Value | None, ...]:
    """Return what iterating over a value yields, one by one, where that is known and matters."""
    if isinstance(value, Mapped) and value.by == "item":
        value = TupleValue(tuple(Text(key) for key, _ in value.entries))
    if not isinstance(value, TupleValue) or value.is_open or len(value.items) > _MAX_ITEMS:
        return ()
    return value.items if any(map(_matters, value.items)) else ()


def _matters(value: Value | None) -> bool:
    if isinstance(value, TupleValue):
        return any(map(_matters, value.items))
    return isinstance(value, (Text, FunctionValue)) or holds_module(value)


def numbered(items: tuple[Value | None, ...]) -> TupleValue:
    """Return what `enumerate` makes of items."""
    return TupleValue(tuple(TupleValue((None, found)) for found in items))


def zipped(columns: list[tuple[Value | None, ...]]) -> TupleValue:
    """Return what `zip` makes of items; a column of which nothing is known ends where others do."""
    length = min(len(column) for column in columns if column)
    rows = (tuple(column[row] if column else None for column in columns) for row in range(length))
    return TupleValue(tuple(TupleValue(row) for row in rows))


# --- methods -----------------------------------------------------------------------------------------


def method(value: Mapped | TupleValue, name: str, key: str | None) -> tuple[Value | None, Value | None]:
    """Return what `value.name(key)` gives, and what `value` stands for after it."""
    if isinstance(value, Mapped):
        if name == "values":
            return TupleValue(tuple(found for _, found in value.entries)), value
        if name == "items":
            pairs = tuple(TupleValue((Text(known), found)) for known, found in value.entries)
            return TupleValue(pairs), value
        if name == "get" and key is not None:
            # What compiled code gets is an `Optional`.
            return in_python(item(value, key)), value
        if name == "pop" and key is not None:
            left = tuple(entry for entry in value.entries if entry[0] != key)
            return item(value, key), Mapped(left)
    elif name == "pop" and not value.is_open and value.items:
        return item(value, key or "-1"), None
    return None, value if name in _READING else None


def with_item(value: Mapped | TupleValue, key: str | None, new: Value | None) -> Value | None:
    """Return what a container stands for after one of its items is set."""
    if key is None:
        return None
    if isinstance(value, Mapped):
        known = [found for _, found in value.entries]
        new = as_value(new)
        kept = new if known and all(found == new for found in known) else in_python(new)
        return Mapped((*(entry for entry in value.entries if entry[0] != key), (key, kept)), value.by)
    if not key.isdigit() or int(key) >= len(value.items):
        return None
    position = int(key)
    return replace(value, items=(*value.items[:position], in_python(new), *value.items[position + 1 :]))


def appended(value: TupleValue, new: Value | None) -> Value | None:
    """Return what a list stands for after `append`."""
    if value.is_open or len(value.items) >= _MAX_ITEMS:
        return None
    new = as_value(new)
    kept = new if value.items and all(found == new for found in value.items) else in_python(new)
    return replace(value, items=(*value.items, kept))
