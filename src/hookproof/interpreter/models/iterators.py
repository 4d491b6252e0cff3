"""Functions that make containers and iterators of others, as programs have them."""

from __future__ import annotations

from functools import partial
from typing import Any

from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.getters import GETTERS
from hookproof.evaluator.iterables import ITERABLES, Row
from hookproof.interpreter.domain import Arguments, Value, Values, union
from hookproof.interpreter.models.rows import Model
from hookproof.interpreter.plain import ContainerValue, exact_items
from hookproof.interpreter.running import Running


def _shared(row: Row[Any], run: Running, args: Arguments) -> Values | None:
    return row(run.containers, args) or None


def _iter(run: Running, args: Arguments) -> Values | None:
    if not args.positional:
        return None
    return tuple(
        ContainerValue("iterator", view=(value, "iter")) if isinstance(value, ContainerValue) else value
        for value in args.positional[0]
    )


def _next(run: Running, args: Arguments) -> Values | None:
    """`next(iterator)`, or the default where there is certainly nothing left."""
    if not args.positional:
        return None
    if len(args.positional) > 1 and exact_items(run, args.positional[0]) == ():
        return args.positional[1]
    return union(*(_first(run, value) for value in args.positional[0]))


def _default_dict(run: Running, args: Arguments) -> Values:
    """`defaultdict(factory, entries)`."""
    factory, *rest = args.positional or [()]
    content = Entries[Values]({}, bool(rest or args.named or args.is_open))
    return (ContainerValue("dict", content, factory=factory),)


def _first(run: Running, value: Value) -> Values:
    items = exact_items(run, (value,))
    if isinstance(value, ContainerValue) and value.kind == "iterator" and items:
        run.containers.hold(value, Items(items[1:]))
        return items[0]
    return value.part(run, 0) or value.elements(run)


ITERATORS: dict[str, Model] = {
    **{name: partial(_shared, row) for name, row in (ITERABLES | GETTERS).items()},
    "builtins.iter": _iter,
    "builtins.next": _next,
    "collections.defaultdict": _default_dict,
}
