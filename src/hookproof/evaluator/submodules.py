"""The modules below a module, as its methods hand them out: one by one, alone or with their names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal

from msgspec.structs import replace

from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Tracked, Value, Written, agreed
from hookproof.evaluator.tracked import ELEMENT, METHODS, ModuleValue, key_text
from hookproof.evaluator.values import Const, Native, in_python_items, pair


def handed_out(run: Evaluator, module: Tracked, method: str, *, is_prefixed: bool = False) -> Value:
    """Return what one of these methods gives; a prefix changes the names that it gives."""
    assert isinstance(module, ModuleValue)
    is_view = method in {"items", "values"}
    return Submodules(
        module, METHODS[method], run.allocate(0), method.endswith("modules"), not is_view, is_prefixed
    )


class Submodules(Value, frozen=True):
    """`m.children()`, `m.named_modules()` and their like, or a list of what they give.

    What `is_deep` starts with the module itself. How many an iterator has given already, the heap says under
    `ref`: nothing is known of one that somebody else may have used.
    """

    module: ModuleValue
    shape: Literal["modules", "pairs"]
    ref: int
    is_deep: bool = False
    is_iterator: bool = False
    is_prefixed: bool = False

    @property
    def key(self) -> int:
        """What the heap has the number of those given under."""
        return self.ref

    def in_python(self) -> Submodules:
        """Return the same of a module that compiled code cannot reach."""
        return replace(self, module=self.module.in_python())

    def each(self) -> Value:
        """Return what stands for any of them, alone or with its name."""
        module = self.module.inner(ELEMENT) if self.is_deep else self.module.child(ELEMENT)
        return pair(None, module) if self.shape == "pairs" else module

    def content(self, run: Evaluator) -> Items[Value | None] | None:
        """Return those that are left, the first of them one by one where that is certain."""
        taken = run.state.heap.get(self.ref)
        if not isinstance(taken, int):
            return None
        owner = self.module.owner
        names = owner.first_submodules() if owner is not None and not self.is_prefixed else ()
        if self.is_deep:
            names = ("", *names[:1])
        left = [(Const(name), self.module.below(name)) for name in names[taken:]]
        known = tuple(pair(*found) if self.shape == "pairs" else found[1] for found in left)
        return Items(known, True, (self.each(),))

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
        """Return the modules."""
        content = self.content(run)
        return Items((), True, (self.each(),)) if content is None else content

    def advance(self, run: Evaluator) -> Value | None:
        """Return what `next` gives, and have it taken."""
        content, taken = self.content(run), run.state.heap.get(self.ref)
        if not self.is_iterator or content is None or not isinstance(taken, int):
            return None
        run.put(self.ref, taken + 1)
        return in_python_items(content).at(0, agreed)

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return the one at a position of a list."""
        content = self.content(run)
        if self.is_iterator or content is None:
            return None
        position = key.value if isinstance(key, Const) else None
        is_known = isinstance(position, int) and 0 <= position < len(content.items)
        found = content.items[position] if isinstance(position, int) and is_known else self.each()
        return None if found is None else found.in_python()

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the methods of a list."""
        return Native(partial(_method, name), self) if access.use == "call" else None

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the module."""
        return (self.module,)


def _method(name: str, run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    """`list(m.children()).pop` and its like; nothing is known of what a method may have changed."""
    assert isinstance(owner, (Submodules, SubmoduleTable))
    key, access = args.value(0), Access(args.node, args.frame)
    run.passed_on(args)
    if name in {"keys", "copy", "index", "count"}:
        return owner if name == "copy" else None
    is_table = isinstance(owner, SubmoduleTable)
    if isinstance(owner, SubmoduleTable) and name in {"values", "items"}:
        changes = owner.changes(run)
        if changes is None or changes.known:
            return None
        shape: Literal["modules", "pairs"] = "modules" if name == "values" else "pairs"
        return Submodules(owner.module, shape, run.allocate(0), owner.is_deep)
    is_reading = name == "get" and is_table
    found = owner.item(run, key, access) if name == "pop" or is_reading else None
    if not is_reading:
        run.put(owner.ref, None)
    return found


class SubmoduleTable(Value, frozen=True):
    """`dict(m.named_children())`, or where it `is_deep`, `dict(m.named_modules())`.

    What was put into it since, the heap has under `ref`; nothing is known of one that others may change.
    """

    module: ModuleValue
    ref: int
    is_deep: bool = False

    @property
    def key(self) -> int:
        """What the heap has under it is None once the table may have been changed."""
        return self.ref

    def changes(self, run: Evaluator) -> Entries[Value | None] | None:
        """Return what was put into the table since it was made, None where that is not known."""
        content = run.state.heap.get(self.ref)
        return content if isinstance(content, Entries) else None

    def in_python(self) -> SubmoduleTable:
        """Return the same of a module that compiled code cannot reach."""
        return replace(self, module=self.module.in_python())

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return the module of that name, known or not."""
        changes, path = self.changes(run), key_text(key)
        if changes is None:
            return None
        if path is None:
            any_module = self.module.inner(ELEMENT) if self.is_deep else self.module.child(ELEMENT)
            return None if changes.known else any_module.in_python()
        return changes.known[path] if path in changes.known else self.module.below(path).in_python()

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Put something under a name."""
        changes, path = self.changes(run), key_text(key)
        new = None if value is None else value.in_python()
        run.put(self.ref, None if changes is None or path is None else changes.having(path, new))

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the methods of a dict."""
        return Native(partial(_method, name), self) if access.use == "call" else None

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the module."""
        return (self.module,)
