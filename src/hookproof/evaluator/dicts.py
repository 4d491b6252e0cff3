"""Dicts that a function makes itself: what is in them, and what their methods do."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from hookproof.evaluator.domain import (
    Access,
    Arguments,
    Entries,
    Evaluator,
    Items,
    Key,
    Value,
    Written,
    agreed,
)
from hookproof.evaluator.lists import as_alike, new_list
from hookproof.evaluator.tracked import as_value
from hookproof.evaluator.values import (
    Const,
    Native,
    TupleValue,
    in_python,
    pair,
)


class DictValue(Value, frozen=True):
    """A dict; one that is kept where compiled code cannot keep it `is_python`."""

    ref: int
    is_python: bool = False

    @property
    def key(self) -> int:
        """What the heap has its entries under."""
        return self.ref

    def in_python(self) -> DictValue:
        """Return the same dict as compiled code cannot keep it."""
        return replace(self, is_python=True)

    def content(self, run: Evaluator) -> Entries | None:
        """Return the entries, None where somebody may have changed them."""
        content = run.state.heap.get(self.ref)
        if not isinstance(content, Entries):
            return None
        if not self.is_python:
            return content
        return Entries({key: in_python(value) for key, value in content.known.items()}, content.is_open)

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return what stands under a key."""
        content = self.content(run)
        if content is None:
            return None
        if isinstance(key, Const):
            return content.known.get(key.value)
        return None if content.is_open or not content.known else in_python(agreed(content.known.values()))

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Put something under a key."""
        content = run.state.heap.get(self.ref)
        if not isinstance(content, Entries) or not isinstance(key, Const):
            run.put(self.ref, None)
            return
        known = [found for name, found in content.known.items() if name != key.value]
        new = as_value(value)
        is_alike = bool(content.known) and all(found == new for found in content.known.values())
        run.put(self.ref, content.having(key.value, new if is_alike and known else in_python(new)))

    def iterate(self, run: Evaluator, access: Access) -> Items | None:
        """Return the keys."""
        content = self.content(run)
        if content is None or content.is_open:
            return None
        return Items(tuple(Const(key) for key in content.known))

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return a method."""
        model = _DICT_METHODS.get(name)
        return None if model is None else Native(model, self)

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the values."""
        content = run.state.heap.get(self.ref)
        return content.known.values() if isinstance(content, Entries) else ()


def new_dict(run: Evaluator, pairs: Iterable[tuple[Value | None, Value | None]]) -> DictValue:
    """Return a new dict of these keys and values; one under an unknown key may stand for any before it."""
    entries = list(pairs)
    known: dict[Key, Value | None] = {}
    is_open = False
    for (key, _), value in zip(entries, as_alike(run, tuple(value for _, value in entries)), strict=True):
        if isinstance(key, Const):
            known[key.value] = value
        else:
            known.clear()
            is_open = True
    return DictValue(run.allocate(Entries(known, is_open)))


# --- methods -----------------------------------------------------------------------------------------


def _dict(value: Value) -> DictValue:
    assert isinstance(value, DictValue)
    return value


def _dict_get(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    run.passed_on(args)
    content, key = _dict(owner).content(run), args.value(0)
    if content is None or not isinstance(key, Const):
        return None
    if key.value not in content.known:
        return None if content.is_open else args.value(1) if len(args.each()) > 1 else Const(None)
    # What compiled code gets is an `Optional`.
    return in_python(content.known[key.value])


def _dict_pop(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    run.passed_on(args)
    content, key = _dict(owner).content(run), args.value(0)
    if content is None or not isinstance(key, Const):
        run.put(_dict(owner).ref, None)
        return None
    run.put(_dict(owner).ref, content.without(key.value))
    default = args.value(1)
    return content.known.get(key.value, None if content.is_open else default)


def _set_default(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    run.passed_on(args)
    content, key = _dict(owner).content(run), args.value(0)
    if content is None or not isinstance(key, Const):
        run.put(_dict(owner).ref, None)
        return None
    if key.value not in content.known and not content.is_open:
        run.put(_dict(owner).ref, content.having(key.value, in_python(args.value(1))))
        return in_python(args.value(1))
    return content.known.get(key.value)


def _values(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    content = _dict(owner).content(run)
    if content is None:
        return None
    return run.derive(new_list(run, Items(tuple(content.known.values()), content.is_open), "set"), (owner,))


def _items(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    content = _dict(owner).content(run)
    if content is None:
        return None
    pairs = tuple(pair(Const(key), value) for key, value in content.known.items())
    return run.derive(new_list(run, Items(pairs, content.is_open), "set"), (owner,))


def _keys(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    content = _dict(owner).iterate(run, _access(args))
    return run.derive(new_list(run, content, "set"), (owner,))


def _dict_copy(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    content = _dict(owner).content(run)
    return None if content is None else DictValue(run.allocate(content))


def _update(run: Evaluator, owner: Value, args: Arguments) -> None:
    run.passed_on(args)
    written = Written(args.node, args.node, args.frame)
    if args.positional or args.is_open:
        more = entries_of(run, args.value(0), _access(args))
        if more is None:
            run.put(_dict(owner).ref, None)
            return
        for key, value in more.known.items():
            owner.set_item(run, Const(key), value, written)
    for name, given in args.named.items():
        owner.set_item(run, Const(name), given, written)


def _dict_clear(run: Evaluator, owner: Value, args: Arguments) -> None:
    run.put(_dict(owner).ref, Entries())


_DICT_METHODS: dict[str, Callable[[Evaluator, Value, Arguments], Value | None]] = {
    "get": _dict_get,
    "pop": _dict_pop,
    "setdefault": _set_default,
    "values": _values,
    "items": _items,
    "keys": _keys,
    "copy": _dict_copy,
    "update": _update,
    "clear": _dict_clear,
}


def entries_of(run: Evaluator, value: Value | None, access: Access) -> Entries | None:
    """Return the entries of a dict, or of a sequence of pairs, None where they are not all known."""
    if isinstance(value, DictValue):
        content = value.content(run)
        return None if content is None or content.is_open else content
    items = None if value is None else value.iterate(run, access)
    if items is None or items.is_open:
        return None
    known: dict[Key, Value | None] = {}
    for item in items.items:
        if not isinstance(item, TupleValue) or item.content.is_open or len(item.content.items) != 2:
            return None
        key, found = item.content.items
        if not isinstance(key, Const):
            return None
        known[key.value] = in_python(found)
    return Entries(known)


def _access(args: Arguments) -> Access:
    return Access(args.expr(0), args.frame, call=args.node)
