"""Lists, dicts and their like that a hook makes itself: what is in them, and what their methods do.

What is in one stands in the heap, so that it changes for whoever has it. What compiled code can do with a
module once it was in a container is marked on the module as it is put there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

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
from hookproof.evaluator.tracked import as_alike, as_value
from hookproof.evaluator.values import (
    Const,
    Native,
    TupleValue,
    in_python,
    in_python_items,
    pair,
    text_of,
)

MAX_ITEMS = 16

Kind = Literal["list", "set", "deque", "iterator"]


class ListValue(Value, frozen=True):
    """A list, set, queue or iterator; one that is kept where compiled code cannot keep it `is_python`."""

    ref: int
    kind: Kind = "list"
    is_python: bool = False

    @property
    def key(self) -> int:
        """What the heap has its items under."""
        return self.ref

    def in_python(self) -> ListValue:
        """Return the same list as compiled code cannot keep it."""
        return replace(self, is_python=True)

    def content(self, run: Evaluator) -> Items | None:
        """Return the items, None where somebody may have changed them."""
        content = run.state.heap.get(self.ref)
        if not isinstance(content, Items):
            return None
        return in_python_items(content) if self.is_python else content

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return what stands at a position."""
        content, position = self.content(run), key.value if isinstance(key, Const) else None
        if content is None or self.kind not in {"list", "deque"}:
            return None
        return content.at(position) if isinstance(position, int) else content.any()

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Put something at a position."""
        content, position = run.state.heap.get(self.ref), key.value if isinstance(key, Const) else None
        if not isinstance(content, Items) or not isinstance(position, int):
            run.put(self.ref, None)
            return
        if position < 0 and not content.is_open:
            position += len(content.items)
        if not 0 <= position < len(content.items):
            run.put(self.ref, None)
            return
        items = (*content.items[:position], in_python(value), *content.items[position + 1 :])
        run.put(self.ref, Items(items, content.is_open, content.each))

    def iterate(self, run: Evaluator, access: Access) -> Items | None:
        """Return the items; an iterator has none left then."""
        content = self.content(run)
        if self.kind == "iterator":
            run.put(self.ref, None)
        return content

    def advance(self, run: Evaluator) -> Value | None:
        """Return what `next` gives, and have it taken."""
        content = self.content(run)
        if self.kind != "iterator" or content is None:
            return None
        found = content.at(0)
        run.put(self.ref, Items(content.items[1:], content.is_open, content.each))
        return in_python(found)

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return a method."""
        model = _LIST_METHODS.get(name)
        return None if model is None else Native(model, self)

    def entered(self, run: Evaluator, access: Access) -> Value | None:
        """Nothing that is modelled as a list can be entered."""
        return None

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the items."""
        content = run.state.heap.get(self.ref)
        return (*content.items, content.each) if isinstance(content, Items) else ()


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


def new_list(run: Evaluator, content: Items | None, kind: Kind = "list") -> ListValue | None:
    """Return a new list of these items, None where nothing is known of them."""
    if content is None:
        return None
    if len(content.items) > MAX_ITEMS:
        content = Items((), True, content.any())
    return ListValue(run.allocate(content), kind)


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


def _list(value: Value) -> ListValue:
    assert isinstance(value, ListValue)
    return value


def _append(run: Evaluator, owner: Value, args: Arguments) -> None:
    run.passed_on(args)
    ref = _list(owner).ref
    content, new = run.state.heap.get(ref), as_value(args.value(0))
    if not isinstance(content, Items) or len(args.positional) != 1 or args.is_open:
        run.put(ref, None)
    elif content.is_open or len(content.items) >= MAX_ITEMS:
        run.put(ref, Items(content.items, True, None))
    else:
        is_alike = bool(content.items) and all(found == new for found in content.items)
        run.put(ref, Items((*content.items, new if is_alike else in_python(new))))


def _append_left(run: Evaluator, owner: Value, args: Arguments) -> None:
    run.passed_on(args)
    ref = _list(owner).ref
    content, new = run.state.heap.get(ref), in_python(args.value(0))
    is_known = isinstance(content, Items) and len(args.positional) == 1
    run.put(
        ref,
        replace(content, items=(new, *content.items)) if isinstance(content, Items) and is_known else None,
    )


def _insert(run: Evaluator, owner: Value, args: Arguments) -> None:
    at = args.value(0)
    if isinstance(at, Const) and at.value == 0:
        _append_left(run, owner, args.dropping(1))
    else:
        run.passed_on(args)
        run.put(_list(owner).ref, None)


def extend(run: Evaluator, owner: Value, args: Arguments) -> None:
    """`owner.extend(items)`."""
    ref, more = _list(owner).ref, args.value(0)
    content = run.state.heap.get(ref)
    added = None if more is None else more.iterate(run, _access(args))
    if not isinstance(content, Items) or added is None or content.is_open:
        run.put(ref, None)
        return
    run.put(ref, in_python_items(Items((*content.items, *added.items), added.is_open, added.each)))


def _pop(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    values, at = _list(owner), args.value(0)
    content = values.content(run)
    position = at.value if isinstance(at, Const) else None if args.positional else -1
    run.put(values.ref, None)
    if content is None or content.is_open or not isinstance(position, int) or values.kind == "set":
        return None
    if not -len(content.items) <= position < len(content.items):
        return None
    left = list(content.items)
    found = left.pop(position)
    run.put(values.ref, Items(tuple(left)))
    return found


def _pop_left(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    values = _list(owner)
    content = values.content(run)
    if content is None or not content.items:
        run.put(values.ref, None)
        return None
    run.put(values.ref, replace(content, items=content.items[1:]))
    return content.items[0]


def _copy(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    values = _list(owner)
    return new_list(run, values.content(run), values.kind)


def _reverse(run: Evaluator, owner: Value, args: Arguments) -> None:
    content = _list(owner).content(run)
    is_known = content is not None and not content.is_open
    run.put(_list(owner).ref, Items(content.items[::-1]) if content is not None and is_known else None)


def _clear(run: Evaluator, owner: Value, args: Arguments) -> None:
    run.put(_list(owner).ref, Items())


def _sort(run: Evaluator, owner: Value, args: Arguments) -> None:
    content = _list(owner).content(run)
    run.put(_list(owner).ref, None if content is None else Items((), True, content.any()))


def _nothing(run: Evaluator, owner: Value, args: Arguments) -> None:
    run.passed_on(args)


_LIST_METHODS: dict[str, Callable[[Evaluator, Value, Arguments], Value | None]] = {
    **dict.fromkeys(("append", "add", "put", "put_nowait"), _append),
    "appendleft": _append_left,
    "insert": _insert,
    **dict.fromkeys(("extend", "update"), extend),
    "pop": _pop,
    **dict.fromkeys(("popleft", "get", "get_nowait"), _pop_left),
    "copy": _copy,
    "reverse": _reverse,
    "clear": _clear,
    "sort": _sort,
    **dict.fromkeys(("index", "count", "qsize", "empty", "join", "task_done"), _nothing),
}


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
        owner.set_item(run, Const(name), given.value, written)


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
    expr = args.positional[0].expr if args.positional else args.node
    return Access(expr, args.frame, call=args.node)


def texts_in(content: Items | None) -> list[str] | None:
    """Return the strings that a sequence consists of, None where it has anything else."""
    if content is None or content.is_open:
        return None
    texts = [text_of(item) for item in content.items]
    known = [text for text in texts if text is not None]
    return known if len(known) == len(texts) else None
