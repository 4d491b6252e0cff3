"""Methods of lists, sets, queues and dicts: a row for each, the same in each domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hookproof.evaluator.arguments import Arguments
from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domains import Domain, View
from hookproof.evaluator.iterables import entries_in, hidden, in_order, pair, whole

V = TypeVar("V")
C = TypeVar("C")

Method = Callable[[Domain[V, C, Any], C, Arguments[V, Any]], V]
_Change = Callable[[Domain[V, C, Any], Items[V], Arguments[V, Any]], "Items[V] | None"]


# --- lists, sets and queues ----------------------------------------------------------------------------


def _changing(change: _Change[Any, Any]) -> Method[Any, Any]:
    """Return a method that changes what a sequence holds, and gives nothing of interest."""

    def method(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
        domain.passed_on(args)
        content = None if args.is_open else domain.items(owner)
        domain.hold(owner, None if content is None else change(domain, content, args))
        return domain.either(())

    return method


def _appended(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    if len(args.positional) != 1:
        return None
    return held.appended(domain.beside(args.positional[0], held.groups))


def _appended_left(
    domain: Domain[V, Any, Any], content: Items[V], args: Arguments[V, Any]
) -> Items[V] | None:
    return content.inserted(0, domain.hidden(args.value(0)))


def _inserted(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    return held.inserted(whole(domain, args.value(0)), domain.hidden(args.value(1)))


def _extended(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    added = domain.contents(args) if args.positional else Items()
    return None if added is None else held.extended(hidden(domain, added))


def _extended_left(
    domain: Domain[V, Any, Any], content: Items[V], args: Arguments[V, Any]
) -> Items[V] | None:
    added = domain.contents(args) if args.positional else Items()
    return None if added is None else content.opened(*hidden(domain, added).groups)


def _removed(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    """Take out a value, where it is sure which item it is."""
    found = [domain.same(item, args.value(0)) for item in held.items]
    is_known = not held.is_open and found.count(True) == 1 and None not in found
    return held.dropped(found.index(True)) if is_known else held.opened()


def _put(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    return held.stored(whole(domain, args.value(0)), domain.hidden(args.value(1)))


def _dropped(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    return held.dropped(whole(domain, args.value(0)))


def _cleared(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    return Items()


def _reversed(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    return held.reversed()


def _sorted(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    is_plain = not args.named and not held.is_open
    return in_order(domain, held) if is_plain or len(held.groups) == 1 else held.opened()


def _rotated(domain: Domain[V, Any, Any], held: Items[V], args: Arguments[V, Any]) -> Items[V] | None:
    steps = whole(domain, args.positional[0]) if args.positional else 1
    if steps is None or held.is_open or not held.items:
        return held.opened()
    steps %= len(held.items)
    return Items(held.items[-steps:] + held.items[:-steps])


def _popping(at: int | None, *, is_asked: bool = False) -> Method[Any, Any]:
    """Return a method that takes out what stands at a position, or where it is asked to, and gives it."""

    def method(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
        content = domain.items(owner)
        if content is None:
            return domain.either(())
        position = whole(domain, args.positional[0]) if args.positional and is_asked else at
        found, left = content.popped(position) or (domain.either(content.groups), content.opened())
        domain.hold(owner, left)
        return found

    return method


def _copied(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    return domain.copied(owner)


def _nothing(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    return domain.either(())


SEQUENCE_METHODS: dict[str, Method[Any, Any]] = {
    **dict.fromkeys(("add", "append", "put", "put_nowait"), _changing(_appended)),
    **dict.fromkeys(("discard", "remove"), _changing(_removed)),
    **dict.fromkeys(("extend", "update"), _changing(_extended)),
    **dict.fromkeys(("get", "get_nowait", "popleft"), _popping(0)),
    **dict.fromkeys(("count", "empty", "index", "join", "qsize", "task_done"), _nothing),
    "__delitem__": _changing(_dropped),
    "__setitem__": _changing(_put),
    "appendleft": _changing(_appended_left),
    "clear": _changing(_cleared),
    "copy": _copied,
    "extendleft": _changing(_extended_left),
    "insert": _changing(_inserted),
    "pop": _popping(-1, is_asked=True),
    "reverse": _changing(_reversed),
    "rotate": _changing(_rotated),
    "sort": _changing(_sorted),
}
# A set gives any of its items.
SET_METHODS = {**SEQUENCE_METHODS, "pop": _popping(None)}


# --- dicts ---------------------------------------------------------------------------------------------


def store(domain: Domain[V, C, Any], owner: C, key: V, value: V) -> None:
    """Carry out `owner[key] = value`."""
    content, literal = domain.under_keys(owner), domain.key(key)
    if content is None or literal is None:
        domain.hold(owner, None if content is None else content.opened(domain.hidden(value)))
        return
    others = content.without(literal.value).groups
    domain.hold(owner, content.having(literal.value, domain.beside(value, others)))


def drop(domain: Domain[V, C, Any], owner: C, key: V) -> None:
    """Carry out `del owner[key]`."""
    content, literal = domain.under_keys(owner), domain.key(key)
    if content is not None:
        domain.hold(owner, content.opened() if literal is None else content.without(literal.value))


def update(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    """Carry out `owner.update(entries, name=…)`."""
    domain.passed_on(args)
    if args.positional or args.is_open:
        more = entries_in(domain, args)
        for key, value in more.known.items() if more is not None else ():
            store(domain, owner, domain.constant(key), value)
        if more is None or more.is_open:
            content = domain.under_keys(owner)
            domain.hold(owner, content and more and content.opened(*more.others))
    for name, value in args.named.items():
        store(domain, owner, domain.constant(name), value)
    return domain.either(())


def _found(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any], otherwise: V) -> V:
    """Return what stands under a key, or the default that is given, or else what there is otherwise."""
    content, key = domain.under_keys(owner), domain.key(args.value(0))
    default = args.value(1)
    if content is None:
        return domain.either(())
    if key is None:
        return domain.either((*content.groups, default))
    if key.value in content.known:
        return content.known[key.value]
    if content.is_open:
        return domain.either((*content.others, default))
    return default if len(args.each()) > 1 else otherwise


def _got(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    # What compiled code gets is an `Optional`.
    return domain.hidden(_found(domain, owner, args, domain.constant(None)))


def _got_out(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    found = _found(domain, owner, args, domain.either(()))
    drop(domain, owner, args.value(0))
    return found


def _set_default(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    domain.passed_on(args)
    content, key = domain.under_keys(owner), domain.key(args.value(0))
    given = domain.hidden(args.positional[1]) if len(args.positional) > 1 else domain.constant(None)
    if content is None:
        return domain.either(())
    if key is None:
        found = domain.either((given, *content.groups))
    else:
        found = content.known.get(key.value, domain.either((given, *content.others)))
    store(domain, owner, args.value(0), found)
    return found


def _popped_item(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    content = domain.under_keys(owner)
    if content is None:
        return domain.either(())
    domain.hold(owner, content.opened())
    return pair(domain, domain.either(()), domain.either(content.groups))


def _emptied(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    domain.hold(owner, Entries())
    return domain.either(())


def _view(what: View) -> Method[Any, Any]:
    return lambda domain, owner, args: domain.view(owner, what)


def _put_under(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    store(domain, owner, args.value(0), args.value(1))
    return domain.either(())


def _taken_out(domain: Domain[V, C, Any], owner: C, args: Arguments[V, Any]) -> V:
    drop(domain, owner, args.value(0))
    return domain.either(())


DICT_METHODS: dict[str, Method[Any, Any]] = {
    "items": _view("items"),
    "keys": _view("keys"),
    "values": _view("values"),
    "__delitem__": _taken_out,
    "__setitem__": _put_under,
    "clear": _emptied,
    "copy": _copied,
    "get": _got,
    "pop": _got_out,
    "popitem": _popped_item,
    "setdefault": _set_default,
    "update": update,
}
