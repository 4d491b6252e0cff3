"""Lists, sets, queues and iterators that a function makes itself: what is in them, what their methods do.

What is in one stands in the heap, so that it changes for whoever has it. What compiled code can do with a
module once it was in a container is marked on the module as it is put there.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from hookproof.evaluator.container_methods import SEQUENCE_METHODS, SET_METHODS
from hookproof.evaluator.contents import Items
from hookproof.evaluator.domain import Access, Evaluator, Value, Written, agreed
from hookproof.evaluator.domains import Kind
from hookproof.evaluator.tracked import ModuleValue, as_value
from hookproof.evaluator.values import Const, Native, in_python, in_python_items, native, text_of

MAX_ITEMS = 16


_LIST_METHODS = {name: native(row) for name, row in SEQUENCE_METHODS.items()}
_METHODS = {"set": {name: native(row) for name, row in SET_METHODS.items()}}


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

    def content(self, run: Evaluator) -> Items[Value | None] | None:
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
        return content.at(position, agreed) if isinstance(position, int) else agreed(content.groups)

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Put something at a position."""
        content, position = run.state.heap.get(self.ref), key.value if isinstance(key, Const) else None
        if isinstance(content, Items) and isinstance(position, int):
            run.put(self.ref, content.stored(position, in_python(value)))
        else:
            run.put(self.ref, None)

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
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
        found, left = content.popped(0) or (agreed(content.groups), content.opened())
        run.put(self.ref, left)
        return in_python(found)

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return a method."""
        model = _METHODS.get(self.kind, _LIST_METHODS).get(name)
        return None if model is None else Native(model, self)

    def entered(self, run: Evaluator, access: Access) -> Value | None:
        """Nothing that is modelled as a list can be entered."""
        return None

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the items."""
        content = run.state.heap.get(self.ref)
        return (*content.items, *content.others) if isinstance(content, Items) else ()


def new_list(run: Evaluator, content: Items[Value | None] | None, kind: Kind = "list") -> ListValue | None:
    """Return a new list of these items, None where nothing is known of them."""
    if content is None:
        return None
    if len(content.items) > MAX_ITEMS:
        content = content.opened()
    return ListValue(run.allocate(content), kind)


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
