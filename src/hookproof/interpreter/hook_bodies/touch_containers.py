"""Modules kept in lists, tuples, dicts and plain objects that a hook makes itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec.structs import replace

from hookproof.interpreter.hook_bodies import touch_submodules
from hookproof.interpreter.hook_bodies.touch_values import (
    Elements,
    FunctionValue,
    LambdaValue,
    Mapped,
    MethodValue,
    ModuleValue,
    Reference,
    SelfValue,
    Submodules,
    SubmoduleTable,
    Text,
    TupleValue,
    Value,
)
from hookproof.syntax import ir

_MAX_ITEMS = 8
_LISTS = frozenset({"collections.deque"})
_QUEUES = _LISTS | {"queue.Queue", "queue.SimpleQueue"}
APPENDING = frozenset({"append", "put", "put_nowait"})
_TAKING_FIRST = frozenset({"get", "get_nowait", "popleft"})
_READING = frozenset({"keys", "copy", "index", "count"})


def sequence(display: ir.Sequence, values: tuple[Value | None, ...]) -> Value | None:
    """Return what a tuple, list or set display stands for."""
    if display.kind == "set":
        return TupleValue(values) if values and all(isinstance(value, Text) for value in values) else None
    if any(isinstance(item, ir.Starred) for item in display.items):
        return _unpacked(display, values)
    if display.kind == "tuple":
        return TupleValue(tuple(map(as_value, values)))
    return TupleValue(_alike(values), is_list=True)


def _unpacked(display: ir.Sequence, values: tuple[Value | None, ...]) -> TupleValue:
    """Return what a display with unpacked items stands for, as far as its positions are known."""
    found: list[Value | None] = []
    is_open = False
    for item, value in zip(display.items, values, strict=True):
        if isinstance(item, ir.Starred):
            part = opened(value)
            found += part.items
            is_open = part.is_open
        else:
            found.append(value)
        if is_open:
            break
    return TupleValue(tuple(map(in_python, found)), is_open, is_list=display.kind == "list")


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
            return value.under("python")
        case MethodValue(module=module):
            return replace(value, module=module.under("python"))
        case TupleValue(items=items):
            return replace(value, items=tuple(map(in_python, items)))
        case Mapped(entries=entries):
            return replace(value, entries=tuple((key, in_python(item)) for key, item in entries))
        case Elements(element=element):
            inner = in_python(element)
            return value if inner is None else Elements(inner)
        case Submodules(module=module) | SubmoduleTable(module=module):
            return replace(value, module=module.under("python"))
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
        case ModuleValue() | MethodValue() | Reference():
            return True
        case TupleValue(items=items):
            return any(map(holds_module, items))
        case Mapped(entries=entries) | SelfValue(fields=entries):
            return any(holds_module(item) for _, item in entries)
        case Elements(element=element):
            return holds_module(element)
        case LambdaValue() | Submodules() | SubmoduleTable():
            return True
    return False


def made_by(qualname: str, values: list[Value | None]) -> Value | None:
    """Return what a call of the standard library makes to hold what it is given, or a copy of it."""
    first = in_python(values[0]) if values else None
    if qualname in _QUEUES and not values:
        return TupleValue((), is_list=True)
    if qualname in _LISTS and len(values) == 1:
        return listed(first)
    if qualname == "weakref.ref" and isinstance(first, ModuleValue):
        return Reference(first)
    if qualname == "weakref.proxy":
        return first if isinstance(first, ModuleValue) else None
    if qualname in {"copy.copy", "copy.deepcopy"} and isinstance(first, ModuleValue):
        return first.under("copy")
    return None


def is_changeable(value: Value | None) -> bool:
    """Tell whether whoever has a value can change what is in it."""
    is_container = isinstance(value, (Mapped, Submodules, SubmoduleTable))
    return is_container or (isinstance(value, TupleValue) and value.is_list)


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


def item(value: Value | None, key: str | None) -> Value | None:
    """Return what is known under a literal key or at a literal position."""
    if isinstance(value, Submodules):
        return None if value.is_iterator else in_python(touch_submodules.at(value, key))
    if isinstance(value, SubmoduleTable):
        return in_python(touch_submodules.named(value, key))
    if isinstance(value, Mapped):
        return dict(value.entries).get(key) if key is not None else None
    if not isinstance(value, TupleValue) or key is None:
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


def iterated(value: Value | None) -> Value | None:
    """Return an iterator over a value."""
    match value:
        case ModuleValue():
            return touch_submodules.iterated(value)
        case Submodules():
            return replace(value, is_iterator=True)
        case Elements():
            return value
    items = items_of(value)
    return TupleValue(items) if items else None


def listed(value: Value | None) -> Value | None:
    """Return a list of what iterating over a value yields."""
    found = iterated(value)
    if isinstance(found, Submodules):
        return replace(found, is_iterator=False)
    return replace(found, is_list=True) if isinstance(found, TupleValue) else found


def opened(value: Value | None) -> TupleValue:
    """Return what iterating over a value yields, as far as it is known one by one."""
    value = iterated(value)
    if isinstance(value, Submodules):
        return TupleValue(touch_submodules.first(value), is_open=True)
    return value if isinstance(value, TupleValue) else TupleValue((), is_open=True)


def taken(value: Value | None) -> tuple[Value | None, Value | None]:
    """Return what `next` gives of an iterator, and what the iterator stands for after it."""
    match value:
        case Submodules(is_iterator=True, taken=count):
            return in_python(touch_submodules.at(value, "0")), replace(value, taken=count + 1)
        case TupleValue(items=(found, *rest), is_list=False):
            return in_python(found), replace(value, items=tuple(rest))
    return None, None


def numbered(items: tuple[Value | None, ...]) -> TupleValue:
    """Return what `enumerate` makes of items."""
    return TupleValue(tuple(TupleValue((None, found)) for found in items))


def zipped(columns: list[tuple[Value | None, ...]]) -> TupleValue:
    """Return what `zip` makes of items; a column of which nothing is known ends where others do."""
    length = min(len(column) for column in columns if column)
    rows = (tuple(column[row] if column else None for column in columns) for row in range(length))
    return TupleValue(tuple(TupleValue(row) for row in rows))


# --- methods -----------------------------------------------------------------------------------------


def method(
    value: Mapped | SubmoduleTable | Submodules | TupleValue, name: str, key: str | None
) -> tuple[Value | None, Value | None]:
    """Return what `value.name(key)` gives, and what `value` stands for after it."""
    if name in _READING:
        return None, value
    match value:
        case Mapped():
            return _dict_method(value, name, key)
        case SubmoduleTable(module=module, is_deep=is_deep):
            if name in {"values", "items"}:
                shape: Literal["modules", "pairs"] = "modules" if name == "values" else "pairs"
                return Submodules(module, shape, is_deep, is_iterator=False), value
            return item(value, key), value if name == "get" else None
        case Submodules() if name == "pop":
            return item(value, key), None
        case TupleValue(is_open=False, items=(_, *_)) if name == "pop":
            return item(value, key or "-1"), None
        case TupleValue(items=(_, *rest)) if name in _TAKING_FIRST:
            return item(value, "0"), replace(value, items=tuple(rest))
    return None, None


def _dict_method(value: Mapped, name: str, key: str | None) -> tuple[Value | None, Value | None]:
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
    return None, None


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
