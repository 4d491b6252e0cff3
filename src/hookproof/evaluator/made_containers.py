"""Lists, sets, queues, iterators and dicts that a function makes itself: what is in them, and their methods.

What is in one stands in the heap, so that it changes for whoever has it. What compiled code can do with a
module once it was in a container is marked on the module as it is put there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec.structs import replace

from hookproof.evaluator.container_methods import DICT_METHODS, SEQUENCE_METHODS, SET_METHODS, store
from hookproof.evaluator.contents import Entries, Items, Key
from hookproof.evaluator.domain import Access, Evaluator, Value, Written, agreed
from hookproof.evaluator.domains import Kind
from hookproof.evaluator.tracked import ModuleValue, as_value
from hookproof.evaluator.values import Const, Native, in_python, in_python_items, native, text_of

MAX_ITEMS = 16

AnyKind: TypeAlias = "Kind | Literal['dict']"

_SEQUENCE_METHODS = {name: native(row) for name, row in SEQUENCE_METHODS.items()}
_METHODS = {
    kind: {name: native(row) for name, row in rows.items()}
    for kind, rows in {"dict": DICT_METHODS, "set": SET_METHODS}.items()
}


class ContainerValue(Value, frozen=True):
    """A container; one that is kept where compiled code cannot keep it `is_python`."""

    ref: int
    kind: AnyKind = "list"
    is_python: bool = False

    @property
    def key(self) -> int:
        """What the heap has what is in it under."""
        return self.ref

    def in_python(self) -> ContainerValue:
        """Return the same container as compiled code cannot keep it."""
        return replace(self, is_python=True)

    def items(self, run: Evaluator) -> Items[Value | None] | None:
        """Return the items of a sequence, None where somebody may have changed them."""
        content = run.state.heap.get(self.ref)
        if not isinstance(content, Items):
            return None
        return in_python_items(content) if self.is_python else content

    def entries(self, run: Evaluator) -> Entries[Value | None] | None:
        """Return the entries of a dict, None where somebody may have changed them."""
        content = run.state.heap.get(self.ref)
        if not isinstance(content, Entries) or not self.is_python:
            return content if isinstance(content, Entries) else None
        known = {key: in_python(value) for key, value in content.known.items()}
        return Entries(known, content.is_open, tuple(map(in_python, content.others)))

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return what stands at a position or under a key."""
        literal = key.value if isinstance(key, Const) else None
        if self.kind == "dict":
            entries = self.entries(run)
            if entries is None or isinstance(key, Const):
                return None if entries is None else entries.known.get(literal)
            return None if entries.is_open or not entries.known else in_python(agreed(entries.known.values()))
        items = self.items(run)
        if items is None or self.kind not in {"list", "deque"}:
            return None
        return items.at(literal, agreed) if isinstance(literal, int) else agreed(items.groups)

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Put something at a position or under a key."""
        items = run.state.heap.get(self.ref)
        position = key.value if isinstance(key, Const) else None
        if self.kind == "dict":
            store(run.containers, self, key, value)
        elif isinstance(items, Items) and isinstance(position, int):
            run.put(self.ref, items.stored(position, in_python(value)))
        else:
            run.put(self.ref, None)

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
        """Return the items or keys; an iterator has none left then."""
        if self.kind == "dict":
            entries = self.entries(run)
            is_known = entries is not None and not entries.is_open
            return Items(tuple(map(Const, entries.known))) if entries is not None and is_known else None
        content = self.items(run)
        if self.kind == "iterator":
            run.put(self.ref, None)
        return content

    def advance(self, run: Evaluator) -> Value | None:
        """Return what `next` gives, and have it taken."""
        content = self.items(run)
        if self.kind != "iterator" or content is None:
            return None
        found, left = content.popped(0) or (agreed(content.groups), content.opened())
        run.put(self.ref, left)
        return in_python(found)

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return a method."""
        model = _METHODS.get(self.kind, _SEQUENCE_METHODS).get(name)
        return None if model is None else Native(model, self)

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the items, or the values."""
        content = run.state.heap.get(self.ref)
        if isinstance(content, Items):
            return (*content.items, *content.others)
        return content.known.values() if isinstance(content, Entries) else ()


def new_list(
    run: Evaluator, content: Items[Value | None] | None, kind: Kind = "list"
) -> ContainerValue | None:
    """Return a new list of these items, None where nothing is known of them."""
    if content is None:
        return None
    if len(content.items) > MAX_ITEMS:
        content = content.opened()
    return ContainerValue(run.allocate(content), kind)


def new_entries(run: Evaluator, content: Entries[Value | None]) -> ContainerValue:
    """Return a new dict that has these entries."""
    return ContainerValue(run.allocate(content), "dict")


def new_dict(run: Evaluator, pairs: Iterable[tuple[Value | None, Value | None]]) -> ContainerValue:
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
    return new_entries(run, Entries(known, is_open))


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


def texts_in(content: Items[Value | None] | None) -> list[str] | None:
    """Return the strings that a sequence consists of, None where it has anything else."""
    if content is None or content.is_open:
        return None
    texts = [text_of(item) for item in content.items]
    known = [text for text in texts if text is not None]
    return known if len(known) == len(texts) else None
