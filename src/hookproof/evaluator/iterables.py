"""Functions that make containers and iterators of what they are given: a row for each, in any domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hookproof.evaluator.arguments import Arguments
from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domains import Domain, Kind
from hookproof.evaluator.texts import Part

V = TypeVar("V")

MAX_COUNTED = 8

Row = Callable[[Domain[V, Any, Any], Arguments[V, Any]], V]


def collected(kind: Kind) -> Row[Any]:
    """Return the row of `list`, `tuple` and their like."""

    def row(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
        if not args.positional and not args.is_open:
            return domain.sequence(kind, Items())
        content = domain.contents(args)
        if content is None:
            return domain.either(())
        if kind not in {"list", "tuple"}:
            # A queue of a limited length may have lost some.
            content = hidden(domain, content if len(args.each()) == 1 else content.opened())
        return domain.sequence(kind, content)

    return row


def in_order(domain: Domain[V, Any, Any], content: Items[V]) -> Items[V]:
    """Return items as `sorted` without a key gives them."""
    parts = known(domain, content.items)
    if content.is_open or parts is None or len({type(part) for part in parts}) > 1:
        return content if len(content.items) == 1 and not content.is_open else content.opened()
    return Items(tuple(content.items[at] for at in sorted(range(len(parts)), key=parts.__getitem__)))


def known(domain: Domain[V, Any, Any], values: Sequence[V]) -> list[Part] | None:
    """Return the strings and numbers that these certainly are, None where one is anything else."""
    found = [domain.literal(value) for value in values]
    parts = [each.value for each in found if each is not None]
    certain = [part for part in parts if isinstance(part, (str, int)) and not isinstance(part, bool)]
    return certain if len(certain) == len(found) else None


def whole(domain: Domain[V, Any, Any], value: V) -> int | None:
    """Return the number that a value certainly is."""
    literal = domain.literal(value)
    return literal.value if literal is not None and isinstance(literal.value, int) else None


def _sorted(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    content = domain.contents(args) if args.positional else None
    if content is None:
        return domain.either(())
    ordered = content.opened() if args.named else in_order(domain, content)
    return domain.sequence("list", hidden(domain, ordered))


def _iterator(domain: Domain[V, Any, Any], content: Items[V] | None) -> V:
    return domain.either(()) if content is None else domain.sequence("iterator", content)


def hidden(domain: Domain[V, Any, Any], content: Items[V]) -> Items[V]:
    """Return items as they come out of what compiled code cannot do."""
    items, others = map(domain.hidden, content.items), map(domain.hidden, content.others)
    return Items(tuple(items), content.is_open, tuple(others), content.is_some)


def _reversed(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    content = domain.contents(args) if args.positional else None
    return _iterator(domain, None if content is None else content.reversed())


def pair(domain: Domain[V, Any, Any], *values: V) -> V:
    """Return a tuple of these."""
    return domain.sequence("tuple", Items(values))


def _enumerate(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    content = domain.contents(args) if args.positional else None
    if content is None:
        return domain.either(())
    is_given = len(args.positional) > 1 or "start" in args.named
    start = whole(domain, args.value(1, "start")) if is_given else 0
    nothing = domain.either(())
    rows = tuple(
        pair(domain, nothing if start is None else domain.constant(start + at), item)
        for at, item in enumerate(content.items)
    )
    others = tuple(pair(domain, nothing, item) for item in content.others)
    return _iterator(domain, Items(rows, content.is_open, others, content.is_some))


def _zip(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    columns = [domain.contents(args, position) for position in range(len(args.positional))]
    closed = [column.items for column in columns if column is not None and not column.is_open]
    if args.is_open or len(closed) < len(columns) or not closed:
        return _rows_of(domain, args, columns)
    rows: list[tuple[V, ...]] = list(zip(*closed, strict=False))
    return _iterator(domain, Items(tuple(pair(domain, *row) for row in rows)))


def _rows_of(domain: Domain[V, Any, Any], args: Arguments[V, Any], columns: Sequence[Items[V] | None]) -> V:
    """Return an iterator over tuples of which nobody knows how many there are."""
    if args.is_open:
        return domain.either(())
    found = [domain.either(() if column is None else column.groups) for column in columns]
    return _iterator(domain, Items((), True, (pair(domain, *found),)))


def _product(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    columns = [domain.contents(args, position) for position in range(len(args.positional))]
    return _rows_of(domain, args, columns)


def _chain(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    found: Items[V] = Items()
    for position in range(len(args.positional)):
        content = domain.contents(args, position)
        if content is None or args.is_open:
            return domain.either(())
        found = found.extended(content)
    return _iterator(domain, hidden(domain, found))


def _chain_from(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    groups = domain.contents(args) if args.positional else None
    if groups is None:
        return domain.either(())
    found = _chain(domain, args.only(*groups.groups))
    if not groups.is_open:
        return found
    content = domain.contents(args.only(found))
    return _iterator(domain, None if content is None else content.opened())


def _repeat(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    if not args.positional:
        return domain.either(())
    item = domain.hidden(args.positional[0])
    times = whole(domain, args.value(1, "times"))
    if times is None or not 0 <= times <= MAX_COUNTED:
        return _iterator(domain, Items((), True, (item,)))
    return _iterator(domain, Items((item,) * times))


def _islice(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    content = domain.contents(args.first()) if args.positional else None
    if content is None:
        return domain.either(())
    ends = [whole(domain, value) for value in args.positional[1:]]
    ranges = [end for end in ends if end is not None and end >= 0]
    is_known = len(ranges) == len(ends) > 0
    return _iterator(domain, hidden(domain, content.part(slice(*ranges)) if is_known else content.opened()))


def _range(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    ends = [whole(domain, value) for value in args.positional]
    bounds = [end for end in ends if end is not None]
    if args.is_open or not 0 < len(bounds) == len(ends) < 4 or bounds[2:] == [0]:
        return domain.either(())
    numbers = range(*bounds)
    if len(numbers) > MAX_COUNTED:
        return domain.either(())
    return pair(domain, *map(domain.constant, numbers))


def _one_of(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    """Return what `min` and `max` give: one of what they go through, or are given."""
    if len(args.positional) != 1:
        domain.passed_on(args)
        return domain.hidden(domain.either(args.positional))
    content = domain.contents(args)
    return domain.either(()) if content is None else domain.hidden(domain.either(content.groups))


def entries_in(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> Entries[V] | None:
    """Return what the first argument puts into a dict, itself a dict or pairs."""
    found = domain.entries(args.value(0))
    if found is not None:
        return found
    content = domain.contents(args)
    if content is None:
        return None
    entries: Entries[V] = Entries()
    for item in (*content.items, *content.others):
        both = domain.parts(item) or ()
        key = domain.literal(both[0]) if len(both) == 2 and item in content.items else None
        value = domain.hidden(both[1] if len(both) == 2 else item)
        entries = entries.opened(value) if key is None else entries.having(key.value, value)
    return entries


def _dict(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    entries: Entries[V] | None = Entries()
    if args.positional or args.is_open:
        entries = entries_in(domain, args)
    if entries is None or args.is_open:
        return domain.either(())
    known = {**entries.known}
    known.update(args.named)
    return domain.mapping(Entries(known, entries.is_open, entries.others, entries.is_some))


def _open_mapping(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    return domain.mapping(Entries({}, True))


ITERABLES: dict[str, Row[Any]] = {
    "builtins.dict": _dict,
    "builtins.enumerate": _enumerate,
    "builtins.frozenset": collected("set"),
    "builtins.list": collected("list"),
    "builtins.max": _one_of,
    "builtins.min": _one_of,
    "builtins.range": _range,
    "builtins.reversed": _reversed,
    "builtins.set": collected("set"),
    "builtins.sorted": _sorted,
    "builtins.tuple": collected("tuple"),
    "builtins.zip": _zip,
    "collections.OrderedDict": _dict,
    "collections.defaultdict": _open_mapping,
    "collections.deque": collected("deque"),
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_from,
    "itertools.islice": _islice,
    "itertools.product": _product,
    "itertools.repeat": _repeat,
    "itertools.zip_longest": _product,
    "weakref.WeakKeyDictionary": _open_mapping,
    "weakref.WeakSet": collected("set"),
    "weakref.WeakValueDictionary": _open_mapping,
}
