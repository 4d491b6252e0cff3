"""Functions that make a function of what they are given, or read it for their caller: a row for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from hookproof.evaluator.arguments import Arguments
from hookproof.evaluator.contents import Items
from hookproof.evaluator.domains import Domain
from hookproof.evaluator.iterables import Row, pair
from hookproof.facts import library

V = TypeVar("V")


def _getter(
    domain: Domain[V, Any, Any], args: Arguments[V, Any], read: Callable[[Arguments[V, Any]], Iterable[V]]
) -> V:
    """Return a function that reads something of its argument, several things as a tuple."""

    def answer(given: Arguments[V, Any]) -> V:
        domain.passed_on(given)
        found = [*read(given)] if len(given.positional) == 1 and not given.is_open else []
        return pair(domain, *found) if len(found) > 1 else domain.either(found)

    domain.passed_on(args)
    return domain.either(()) if args.is_open or not args.positional else domain.callable(answer, args.each())


def _text(domain: Domain[V, Any, Any], value: V) -> str:
    literal = domain.literal(value)
    return literal.value if literal is not None and isinstance(literal.value, str) else ""


def _attrgetter(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    paths = [_text(domain, name) for name in args.positional]

    def read(given: Arguments[V, Any]) -> Iterable[V]:
        return [domain.attribute(given, 0, path.split(".")) if path else domain.either(()) for path in paths]

    return _getter(domain, args, read)


def _itemgetter(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    def read(given: Arguments[V, Any]) -> Iterable[V]:
        return [domain.item(given, 0, key, args.expr(at)) for at, key in enumerate(args.positional)]

    return _getter(domain, args, read)


def _methodcaller(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    name = _text(domain, args.value(0))

    def read(given: Arguments[V, Any]) -> Iterable[V]:
        return [domain.method_called(given, name, args.dropping())] if name else []

    return _getter(domain, args, read)


def _getitem(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    if len(args.positional) != 2:
        return domain.either(())
    return domain.item(args, 0, args.positional[1], args.expr(1))


def _reference(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    if not args.positional:
        return domain.either(())
    first = domain.hidden(args.positional[0])
    return domain.callable(lambda _: first, (first,))


def _cast(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    return domain.hidden(args.value(1, "val"))


def _queue(domain: Domain[V, Any, Any], args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    return domain.either(()) if args.each() else domain.sequence("deque", Items())


GETTERS: dict[str, Row[Any]] = {
    **dict.fromkeys(library.CASTS, _cast),
    **dict.fromkeys(library.QUEUES, _queue),
    **dict.fromkeys(library.REFERENCES, _reference),
    "operator.attrgetter": _attrgetter,
    "operator.getitem": _getitem,
    "operator.itemgetter": _itemgetter,
    "operator.methodcaller": _methodcaller,
}
