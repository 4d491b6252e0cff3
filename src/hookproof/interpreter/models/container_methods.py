"""Methods of texts, of containers and of a module's own tables of hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hookproof.evaluator.texts import CHANGING
from hookproof.interpreter.domain import Arguments, Values, union
from hookproof.interpreter.hooks import hooks_of
from hookproof.interpreter.models.containers import (
    copied,
    drop,
    extend,
    hold,
    loosen,
    store,
    update,
)
from hookproof.interpreter.models.literal_values import formatted, in_order
from hookproof.interpreter.models.rows import Method
from hookproof.interpreter.objects import FunctionValue
from hookproof.interpreter.plain import (
    ConstantValue,
    ContainerValue,
    Key,
    PartialValue,
    iterator,
    literal_of,
    pair,
    text_of,
)
from hookproof.interpreter.registering import register
from hookproof.interpreter.running import Running
from hookproof.interpreter.sites import Registration
from hookproof.interpreter.values import HOOK_TABLES, HooksValue, RegisteredValue

# --- texts ---------------------------------------------------------------------------------------------


def _changed(name: str) -> Method[ConstantValue]:
    def method(run: Running, owner: ConstantValue, args: Arguments) -> Values:
        is_plain = isinstance(owner.value, str) and not args.positional
        return (ConstantValue(getattr(owner.value, name)()),) if is_plain else ()

    return method


def _format(run: Running, owner: ConstantValue, args: Arguments) -> Values:
    return formatted(owner.value, args) if isinstance(owner.value, str) else ()


def _split(run: Running, owner: ConstantValue, args: Arguments) -> Values:
    mark = text_of(args.positional[0]) if len(args.positional) == 1 else None
    if not isinstance(owner.value, str) or not mark:
        return ()
    parts: list[Values] = [(ConstantValue(part),) for part in owner.value.split(mark)]
    return (ContainerValue("list", parts, is_exact=True),)


TEXT_METHODS: dict[str, Method[ConstantValue]] = {
    **{name: _changed(name) for name in CHANGING},
    "format": _format,
    "split": _split,
}


# --- lists, sets, tuples and iterators -----------------------------------------------------------------


def _put(run: Running, owner: ContainerValue, args: Arguments) -> None:
    store(run, owner, literal_of(args.value(0)), args.value(1))


def _dropped(run: Running, owner: ContainerValue, args: Arguments) -> None:
    drop(run, owner, literal_of(args.value(0)))


def _added(run: Running, owner: ContainerValue, args: Arguments) -> None:
    held = owner.now(run)
    hold(run, owner, [*held.items, *args.positional[:1]], held.keyed, is_exact=held.is_exact)


def _added_left(run: Running, owner: ContainerValue, args: Arguments) -> None:
    held = owner.now(run)
    hold(run, owner, [*args.positional[:1], *held.items], held.keyed, is_exact=held.is_exact)


def _inserted(run: Running, owner: ContainerValue, args: Arguments) -> None:
    held, location = owner.now(run), literal_of(args.value(0))
    if not held.is_exact or not isinstance(location, int):
        loosen(run, owner, args.value(1))
        return
    items = list(held.items)
    items.insert(location, args.value(1))
    hold(run, owner, items, is_exact=True)


def _extended(run: Running, owner: ContainerValue, args: Arguments) -> None:
    if args.positional:
        extend(run, owner, args.positional[0])


def _extended_left(run: Running, owner: ContainerValue, args: Arguments) -> None:
    loosen(run, owner, run.elements(args.value(0)))


def _copied(run: Running, owner: ContainerValue, args: Arguments) -> Values:
    return (copied(owner.now(run)),)


def _popped(run: Running, owner: ContainerValue, args: Arguments) -> Values:
    return _taken(run, owner, literal_of(args.positional[0]) if args.positional else -1)


def _popped_left(run: Running, owner: ContainerValue, args: Arguments) -> Values:
    return _taken(run, owner, 0)


def _taken(run: Running, owner: ContainerValue, location: Key) -> Values:
    held = owner.now(run)
    is_there = isinstance(location, int) and -len(held.items) <= location < len(held.items)
    if held.is_exact and owner.kind == "list" and is_there and isinstance(location, int):
        items = list(held.items)
        found = items.pop(location)
        hold(run, owner, items, is_exact=True)
        return found
    loosen(run, owner)
    return owner.elements(run)


def _removed(run: Running, owner: ContainerValue, args: Arguments) -> None:
    """Take out a value, where it is sure which element it is."""
    held, values = owner.now(run), args.value(0)
    locations = [location for location, item in enumerate(held.items) if set(values) & set(item)]
    if held.is_exact and len(locations) == 1 == len(values) and held.items[locations[0]] == values:
        drop(run, owner, locations[0])
    else:
        loosen(run, owner)


_Order: TypeAlias = Callable[[list[Values], Arguments], "list[Values] | None"]


def _ordering(order: _Order) -> Method[ContainerValue]:
    """Return a method that only moves or drops what a list holds."""

    def method(run: Running, owner: ContainerValue, args: Arguments) -> None:
        held = owner.now(run)
        items = order(held.items, args) if held.is_exact and not args.named else None
        if items is None:
            loosen(run, owner)
        else:
            hold(run, owner, items, is_exact=True)

    return method


def _rotated(items: list[Values], args: Arguments) -> list[Values] | None:
    steps = literal_of(args.positional[0]) if args.positional else 1
    if not isinstance(steps, int):
        return None
    steps = steps % len(items) if items else 0
    return items[-steps:] + items[:-steps] if steps else items


SEQUENCE_METHODS: dict[str, Method[ContainerValue]] = {
    **dict.fromkeys(("add", "append", "put", "put_nowait"), _added),
    **dict.fromkeys(("discard", "remove"), _removed),
    **dict.fromkeys(("extend", "update"), _extended),
    "__delitem__": _dropped,
    "__setitem__": _put,
    "appendleft": _added_left,
    "clear": _ordering(lambda items, args: []),
    "copy": _copied,
    "extendleft": _extended_left,
    "insert": _inserted,
    "pop": _popped,
    **dict.fromkeys(("get", "get_nowait", "popleft"), _popped_left),
    "reverse": _ordering(lambda items, args: items[::-1]),
    "rotate": _ordering(_rotated),
    "sort": _ordering(lambda items, args: in_order(items) if len(items) > 1 else items),
}


# --- dicts ---------------------------------------------------------------------------------------------


def _view(what: str) -> Method[ContainerValue]:
    return lambda run, owner, args: (ContainerValue("iterator", view=(owner, what)),)


def _emptied(run: Running, owner: ContainerValue, args: Arguments) -> None:
    hold(run, owner, [], is_exact=True)


def updated(run: Running, owner: ContainerValue, args: Arguments) -> None:
    """Carry out `owner.update(entries, name=…)`."""
    for values in args.positional[:1]:
        update(run, owner, values)
    for name, values in args.named.items():
        store(run, owner, name, values)


def _set_default(run: Running, owner: ContainerValue, args: Arguments) -> Values:
    held, key = owner.now(run), literal_of(args.value(0))
    if key is not None and key in held.keyed:
        return held.keyed[key]
    given = args.positional[1] if len(args.positional) > 1 else (ConstantValue(None),)
    store(run, owner, key, given)
    return given if held.is_exact and key is not None else union(given, *held.items)


def _got(run: Running, owner: ContainerValue, args: Arguments) -> Values:
    held, key = owner.now(run), literal_of(args.value(0))
    if key is not None and key in held.keyed:
        return held.keyed[key]
    is_missing = held.is_exact and key is not None
    return args.value(1) if is_missing else union(*held.items, args.value(1))


def _got_out(run: Running, owner: ContainerValue, args: Arguments) -> Values:
    found = _got(run, owner, args)
    drop(run, owner, literal_of(args.value(0)))
    return found


def _popped_item(run: Running, owner: ContainerValue, args: Arguments) -> Values:
    held = owner.now(run)
    loosen(run, owner)
    return (pair((), union(*held.items)),)


DICT_METHODS: dict[str, Method[ContainerValue]] = {
    **{what: _view(what) for what in ("items", "keys", "values")},
    "__delitem__": _dropped,
    "__setitem__": _put,
    "clear": _emptied,
    "copy": _copied,
    "get": _got,
    "pop": _got_out,
    "popitem": _popped_item,
    "setdefault": _set_default,
    "update": updated,
}


def call_container_method(run: Running, owner: ContainerValue, name: str, args: Arguments) -> Values:
    """Carry out a method of a container."""
    row = (DICT_METHODS if owner.kind == "dict" else SEQUENCE_METHODS).get(name)
    return row(run, owner, args) or () if row is not None else ()


# --- tables of hooks -----------------------------------------------------------------------------------


def _put_hook(run: Running, table: HooksValue, args: Arguments) -> Values:
    """`m._forward_hooks[key] = hook`."""
    return _put_in(run, table, args.value(1), args)


def _put_all(run: Running, table: HooksValue, args: Arguments) -> Values:
    """`m._forward_hooks.update(…)` with the table of another module."""
    return _put_in(run, table, run.elements(args.value(0)), args)


def _put_in(run: Running, table: HooksValue, values: Values, args: Arguments) -> Values:
    taken = tuple(hook for value in values if isinstance(value, RegisteredValue) for hook in value.hook.hooks)
    given = tuple(value for value in values if isinstance(value, (FunctionValue, PartialValue)))
    hooks = (*taken, *(hooks_of(given, args.location, run.project) if given else ()))
    if hooks:
        api = f"register{HOOK_TABLES[table.name]}"
        form = table.owner.form
        registration = Registration(api, args.location, None, form, {}, function=args.frame.function)
        register(run.listener, table.owner, registration, hooks)
    return ()


def _cleared(run: Running, table: HooksValue, args: Arguments) -> Values:
    run.progress.clear(table, args.location)
    return ()


def _itself(run: Running, table: HooksValue, args: Arguments) -> Values:
    return (table,)


def _hooks(run: Running, table: HooksValue, args: Arguments) -> Values:
    return table.elements(run)


def _numbered_hooks(run: Running, table: HooksValue, args: Arguments) -> Values:
    return iterator((pair((), table.elements(run)),))


HOOK_TABLE_METHODS: dict[str, Method[HooksValue]] = {
    "__setitem__": _put_hook,
    "clear": _cleared,
    "copy": _itself,
    "get": _hooks,
    "items": _numbered_hooks,
    "pop": _cleared,
    "popitem": _cleared,
    "update": _put_all,
    "values": _itself,
}
