"""Lists, sets, queues and iterators that a function makes itself: what is in them, what their methods do.

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
    Evaluator,
    Items,
    Value,
    Written,
)
from hookproof.evaluator.tracked import ModuleValue, as_value
from hookproof.evaluator.values import (
    Const,
    Native,
    in_python,
    in_python_items,
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


def new_list(run: Evaluator, content: Items | None, kind: Kind = "list") -> ListValue | None:
    """Return a new list of these items, None where nothing is known of them."""
    if content is None:
        return None
    if len(content.items) > MAX_ITEMS:
        content = Items((), True, content.any())
    return ListValue(run.allocate(content), kind)


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
        _append_left(run, owner, args.dropping())
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


def as_alike(run: Evaluator, values: tuple[Value | None, ...]) -> tuple[Value | None, ...]:
    """Values of several types are a `Union` in compiled code, of which no attribute can be read."""
    if all(_is_like(run, value, values[0]) for value in values):
        return tuple(map(as_value, values))
    owners = {value.owner.qualname for value in values if isinstance(value, ModuleValue) and value.owner}
    if len(owners) > 1:
        values = tuple(
            replace(value, kept="union") if isinstance(value, ModuleValue) else value for value in values
        )
    return tuple(None if value is None else value.in_python() for value in values)


def _is_like(run: Evaluator, value: Value | None, other: Value | None) -> bool:
    """Return whether two values are one, or containers of the same kind with the same in them."""
    if (
        value == other
        or value is None
        or other is None
        or value.key is None
        or type(value) is not type(other)
    ):
        return value == other
    return run.state.heap.get(value.key) == run.state.heap.get(other.key)


def texts_in(content: Items | None) -> list[str] | None:
    """Return the strings that a sequence consists of, None where it has anything else."""
    if content is None or content.is_open:
        return None
    texts = [text_of(item) for item in content.items]
    known = [text for text in texts if text is not None]
    return known if len(known) == len(texts) else None


def _access(args: Arguments) -> Access:
    return Access(args.expr(0), args.frame, call=args.node)
