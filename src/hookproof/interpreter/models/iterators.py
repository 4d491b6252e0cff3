"""Functions that make containers and iterators of others: `list`, `enumerate`, `chain`, `next`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from hookproof.interpreter.containers import Containers
from hookproof.interpreter.models.literal_values import rearranged
from hookproof.interpreter.parts import Parts
from hookproof.interpreter.values import ConstantValue, ContainerValue, Value, Values, union

Keywords: TypeAlias = dict[str, Values]
Kind: TypeAlias = Literal["dict", "list", "set", "tuple", "iterator"]
Model: TypeAlias = Callable[[Parts, list[Values], Keywords], Values]

_MAX_REPEATS = 8


def pair(*groups: Values) -> ContainerValue:
    """Return a tuple of these."""
    return ContainerValue("tuple", list(groups), is_exact=True)


def exact_items(parts: Parts, values: Values) -> list[Values] | None:
    """Return what iterating over a value gives, in order, None where that is not known."""
    only = values[0] if len(values) == 1 else None
    if not isinstance(only, ContainerValue):
        return None
    held = parts.iterated(only)
    return list(held.items) if held.is_exact else None


def _sequence(kind: Kind) -> Model:
    def model(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
        items = exact_items(parts, args[0]) if args else []
        if items is not None:
            return (ContainerValue(kind, items, is_exact=True),)
        return (ContainerValue(kind, [parts.elements(args[0])]),)

    return model


def _mapping(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    if args and (pairs := _modules_by_name(parts, args[0])):
        return (ContainerValue("dict", pairs),)
    made = ContainerValue("dict", is_exact=True)
    parts.progress.state.containers[made] = made
    Containers(parts).call(made, "update", args, keywords)
    return (made,)


def _modules_by_name(parts: Parts, values: Values) -> list[Values]:
    """Return the modules of `dict(module.named_children())`."""
    if exact_items(parts, values) is not None:
        return []
    tuples = [value for value in parts.elements(values) if isinstance(value, ContainerValue)]
    return [value.items[1] for value in tuples if value.kind == "tuple" and len(value.items) == 2]


def _open_mapping(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    return (ContainerValue("dict"),)


def _reversed(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    return _rearranged("builtins.reversed", "iterator", parts, args, keywords)


def _sorted(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    return _rearranged("builtins.sorted", "list", parts, args, keywords)


def _rearranged(qualname: str, kind: Kind, parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    items = exact_items(parts, args[0]) if args else None
    found = rearranged(qualname, items, is_plain=not keywords) if items is not None else None
    if found is not None:
        return (ContainerValue(kind, found, is_exact=True),)
    return (ContainerValue(kind, items if items is not None else [parts.elements(args[0])] if args else []),)


def _enumerate(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    items = exact_items(parts, args[0])
    if items is None:
        return (ContainerValue("iterator", [(pair((), parts.elements(args[0])),)]),)
    match args[1] if len(args) > 1 else keywords.get("start", (ConstantValue(0),)):
        case (ConstantValue(value=int(start)),):
            numbers: list[Values] = [(ConstantValue(start + place),) for place in range(len(items))]
        case _:
            numbers = [()] * len(items)
    pairs: list[Values] = [(pair(number, item),) for number, item in zip(numbers, items, strict=True)]
    return (ContainerValue("iterator", pairs, is_exact=True),)


def _zip(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    known = [exact_items(parts, values) for values in args]
    columns = [items for items in known if items is not None]
    if len(columns) == len(known) > 0:
        rows: list[Values] = [(pair(*row),) for row in zip(*columns, strict=False)]
        return (ContainerValue("iterator", rows, is_exact=True),)
    groups = (parts.elements(values) for values in args)
    return (ContainerValue("iterator", [(pair(*groups),)]),)


def _product(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    groups = (parts.elements(values) for values in args)
    return (ContainerValue("iterator", [(pair(*groups),)]),)


def _chain(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    known = [exact_items(parts, values) for values in args]
    if all(items is not None for items in known):
        every = [item for items in known if items is not None for item in items]
        return (ContainerValue("iterator", every, is_exact=True),)
    return (ContainerValue("iterator", [parts.elements(values) for values in args]),)


def _chain_from(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    groups = exact_items(parts, args[0])
    if groups is not None:
        return _chain(parts, groups, {})
    return (ContainerValue("iterator", [parts.elements(parts.elements(args[0]))]),)


def _repeat(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    match args[1:]:
        case [(ConstantValue(value=int(times)),)] if 0 <= times <= _MAX_REPEATS:
            return (ContainerValue("iterator", [args[0]] * times, is_exact=True),)
    return (ContainerValue("iterator", [args[0]]),)


def _islice(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    items = exact_items(parts, args[0])
    ends = [_count(values) for values in args[1:]]
    known = [end for end in ends if end is not None]
    if items is not None and len(known) == len(ends):
        return (ContainerValue("iterator", items[slice(*known)], is_exact=True),)
    return (ContainerValue("iterator", [parts.elements(args[0])]),)


def _count(values: Values) -> int | None:
    match values:
        case (ConstantValue(value=int(number)),) if number >= 0:
            return number
    return None


def _iter(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    return tuple(
        ContainerValue("iterator", view=(value, "iter")) if isinstance(value, ContainerValue) else value
        for value in args[0]
    )


def _next(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    return union(*(_first(parts, value) for value in args[0]))


def _first(parts: Parts, value: Value) -> Values:
    if not isinstance(value, ContainerValue):
        return parts.part(value, 0) or parts.elements((value,))
    held = parts.iterated(value)
    if value.kind == "iterator" and held.is_exact and held.items:
        rest = ContainerValue("iterator", held.items[1:], is_exact=True)
        parts.progress.state.containers[value] = rest
        return held.items[0]
    return parts.part(value, 0) or parts.elements((value,))


def _one_of(parts: Parts, args: list[Values], keywords: Keywords) -> Values:
    return parts.elements(args[0]) if len(args) == 1 else union(*args)


ITERATORS: dict[str, Model] = {
    "builtins.dict": _mapping,
    "builtins.enumerate": _enumerate,
    "builtins.frozenset": _sequence("set"),
    "builtins.iter": _iter,
    "builtins.list": _sequence("list"),
    "builtins.max": _one_of,
    "builtins.min": _one_of,
    "builtins.next": _next,
    "builtins.reversed": _reversed,
    "builtins.set": _sequence("set"),
    "builtins.sorted": _sorted,
    "builtins.tuple": _sequence("tuple"),
    "builtins.zip": _zip,
    "collections.OrderedDict": _mapping,
    "collections.defaultdict": _open_mapping,
    "collections.deque": _sequence("list"),
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_from,
    "itertools.islice": _islice,
    "itertools.product": _product,
    "itertools.repeat": _repeat,
    "itertools.zip_longest": _product,
    "weakref.WeakKeyDictionary": _open_mapping,
    "weakref.WeakSet": _sequence("set"),
    "weakref.WeakValueDictionary": _open_mapping,
}
_WITHOUT_ARGUMENTS = ITERATORS.keys() - {
    "builtins.enumerate", "builtins.iter", "builtins.max", "builtins.min", "builtins.next",
    "builtins.reversed", "builtins.sorted", "itertools.chain.from_iterable", "itertools.islice",
    "itertools.repeat",
}  # fmt: skip


def iterated(qualname: str, parts: Parts, args: list[Values], keywords: Keywords) -> Values | None:
    """Return what such a function gives, None for any other function."""
    model = ITERATORS.get(qualname)
    if model is None or (not args and qualname not in _WITHOUT_ARGUMENTS):
        return None
    return model(parts, args, keywords)
