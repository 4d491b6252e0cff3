"""Functions that make containers and iterators of others: a row for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from hookproof.interpreter.domain import Arguments, Value, Values, only, union
from hookproof.interpreter.models.container_methods import updated
from hookproof.interpreter.models.containers import hold
from hookproof.interpreter.models.literal_values import in_order
from hookproof.interpreter.models.rows import Model
from hookproof.interpreter.plain import (
    ConstantValue,
    ContainerValue,
    exact_items,
    iterator,
    literal_of,
    pair,
)
from hookproof.interpreter.running import Running

_Kind: TypeAlias = Literal["dict", "list", "set", "tuple"]

_MAX_REPEATS = 8


def _of_first(row: Callable[[Running, Arguments], Values]) -> Model:
    """Return the row of a function that is always given something to go through."""
    return lambda run, args: row(run, args) if args.positional else None


# --- containers ----------------------------------------------------------------------------------------


def _sequence(kind: _Kind) -> Model:
    def model(run: Running, args: Arguments) -> Values:
        items = exact_items(run, args.positional[0]) if args.positional else []
        if items is not None:
            return (ContainerValue(kind, items, is_exact=True),)
        given = only(args.positional[0])
        is_some = isinstance(given, ContainerValue) and given.iterated(run).is_some
        return (ContainerValue(kind, [run.elements(args.positional[0])], is_some=is_some),)

    return model


def _mapping(run: Running, args: Arguments) -> Values:
    modules = _modules_by_name(run, args.positional[0]) if args.positional else []
    if modules:
        return (ContainerValue("dict", modules),)
    made = ContainerValue("dict", is_exact=True)
    updated(run, made, args)
    return (made,)


def _modules_by_name(run: Running, values: Values) -> list[Values]:
    """Return the modules of `dict(module.named_children())`."""
    if exact_items(run, values) is not None:
        return []
    tuples = [value for value in run.elements(values) if isinstance(value, ContainerValue)]
    return [value.items[1] for value in tuples if value.kind == "tuple" and len(value.items) == 2]


def _open_mapping(run: Running, args: Arguments) -> Values:
    return (ContainerValue("dict"),)


def _sorted(run: Running, args: Arguments) -> Values:
    items = exact_items(run, args.positional[0])
    found = in_order(items) if items is not None and not args.named else None
    if found is not None:
        return (ContainerValue("list", found, is_exact=True),)
    return (ContainerValue("list", [run.elements(args.positional[0])] if items is None else items),)


# --- iterators -----------------------------------------------------------------------------------------


def _reversed(run: Running, args: Arguments) -> Values:
    items = exact_items(run, args.positional[0])
    if items is None:
        return iterator(run.elements(args.positional[0]))
    return iterator(*items[::-1], is_exact=True)


def _enumerate(run: Running, args: Arguments) -> Values:
    items = exact_items(run, args.positional[0])
    if items is None:
        return iterator((pair((), run.elements(args.positional[0])),))
    given = args.value(1, "start")
    start = literal_of(given) if given else 0
    numbers = [
        (ConstantValue(start + location),) if isinstance(start, int) else () for location in range(len(items))
    ]
    return iterator(*((pair(both[0], both[1]),) for both in zip(numbers, items, strict=True)), is_exact=True)


def _zip(run: Running, args: Arguments) -> Values:
    known = [exact_items(run, values) for values in args.positional]
    columns = [items for items in known if items is not None]
    if len(columns) == len(known) > 0:
        return iterator(*((pair(*row),) for row in zip(*columns, strict=False)), is_exact=True)
    return _product(run, args)


def _product(run: Running, args: Arguments) -> Values:
    return iterator((pair(*map(run.elements, args.positional)),))


def _chain(run: Running, args: Arguments) -> Values:
    known = [exact_items(run, values) for values in args.positional]
    if all(items is not None for items in known):
        return iterator(*(item for items in known if items is not None for item in items), is_exact=True)
    return iterator(*map(run.elements, args.positional))


def _chain_from(run: Running, args: Arguments) -> Values:
    groups = exact_items(run, args.positional[0])
    if groups is not None:
        return _chain(run, args.only(*groups))
    return iterator(run.elements(run.elements(args.positional[0])))


def _repeat(run: Running, args: Arguments) -> Values:
    times = literal_of(args.positional[1]) if len(args.positional) == 2 else None
    if isinstance(times, int) and 0 <= times <= _MAX_REPEATS:
        return iterator(*[args.positional[0]] * times, is_exact=True)
    return iterator(args.positional[0])


def _islice(run: Running, args: Arguments) -> Values:
    items = exact_items(run, args.positional[0])
    ends = [literal_of(values) for values in args.positional[1:]]
    known = [end for end in ends if isinstance(end, int) and end >= 0]
    if items is not None and len(known) == len(ends):
        return iterator(*items[slice(*known)], is_exact=True)
    return iterator(run.elements(args.positional[0]))


def _iter(run: Running, args: Arguments) -> Values:
    return tuple(
        ContainerValue("iterator", view=(value, "iter")) if isinstance(value, ContainerValue) else value
        for value in args.positional[0]
    )


def _next(run: Running, args: Arguments) -> Values:
    return union(*(_first(run, value) for value in args.positional[0]))


def _first(run: Running, value: Value) -> Values:
    if isinstance(value, ContainerValue) and value.kind == "iterator":
        items = exact_items(run, (value,))
        if items:
            hold(run, value, items[1:], is_exact=True)
            return items[0]
    return value.part(run, 0) or value.elements(run)


def _one_of(run: Running, args: Arguments) -> Values:
    return run.elements(args.positional[0]) if len(args.positional) == 1 else union(*args.positional)


ITERATORS: dict[str, Model] = {
    "builtins.dict": _mapping,
    "builtins.enumerate": _of_first(_enumerate),
    "builtins.frozenset": _sequence("set"),
    "builtins.iter": _of_first(_iter),
    "builtins.list": _sequence("list"),
    "builtins.max": _of_first(_one_of),
    "builtins.min": _of_first(_one_of),
    "builtins.next": _of_first(_next),
    "builtins.reversed": _of_first(_reversed),
    "builtins.set": _sequence("set"),
    "builtins.sorted": _of_first(_sorted),
    "builtins.tuple": _sequence("tuple"),
    "builtins.zip": _zip,
    "collections.OrderedDict": _mapping,
    "collections.defaultdict": _open_mapping,
    "collections.deque": _sequence("list"),
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _of_first(_chain_from),
    "itertools.islice": _of_first(_islice),
    "itertools.product": _product,
    "itertools.repeat": _of_first(_repeat),
    "itertools.zip_longest": _product,
    "weakref.WeakKeyDictionary": _open_mapping,
    "weakref.WeakSet": _sequence("set"),
    "weakref.WeakValueDictionary": _open_mapping,
}
