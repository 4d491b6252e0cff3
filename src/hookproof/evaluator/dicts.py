"""Dicts that a function makes itself: what is in them, and what their methods do."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from hookproof.evaluator.container_methods import DICT_METHODS, store
from hookproof.evaluator.contents import Entries, Items, Key
from hookproof.evaluator.domain import Access, Evaluator, Value, Written, agreed
from hookproof.evaluator.lists import as_alike
from hookproof.evaluator.values import Const, Native, in_python, native

_DICT_METHODS = {name: native(row) for name, row in DICT_METHODS.items()}


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

    def content(self, run: Evaluator) -> Entries[Value | None] | None:
        """Return the entries, None where somebody may have changed them."""
        content = run.state.heap.get(self.ref)
        if not isinstance(content, Entries):
            return None
        if not self.is_python:
            return content
        known = {key: in_python(value) for key, value in content.known.items()}
        return Entries(known, content.is_open, tuple(map(in_python, content.others)))

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
        store(run.containers, self, key, value)

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
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
