"""The containers that a function makes itself, in the heap of its run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from hookproof.evaluator.contents import Entries, Items, Key
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Value, agreed
from hookproof.evaluator.domains import Kind, View
from hookproof.evaluator.guard_words import PYTHON
from hookproof.evaluator.made_containers import MAX_ITEMS, ContainerValue, as_alike, new_entries, new_list
from hookproof.evaluator.tracked import as_value
from hookproof.evaluator.values import CallableValue, Const, TupleValue, in_python, pair
from hookproof.syntax import ir

_Content = TypeVar("_Content", Items["Value | None"], Entries["Value | None"])


class Containers:
    """Makes, reads and changes the containers of one run (see `Domain`).

    What compiled code can do with a module once it was in a container is marked on the module as it is put
    there.
    """

    def __init__(self, run: Evaluator) -> None:
        self._run = run

    def constant(self, literal: Key) -> Value | None:
        """Return what stands for a literal."""
        return Const(literal)

    def literal(self, value: Value | None) -> Const | None:
        """Return the literal that a value is."""
        return value if isinstance(value, Const) else None

    key = literal

    def either(self, values: Iterable[Value | None]) -> Value | None:
        """Return what all of these are."""
        return agreed(values)

    def hidden(self, value: Value | None) -> Value | None:
        """Return a value as compiled code cannot have it."""
        return in_python(value)

    def same(self, one: Value | None, other: Value | None) -> bool | None:
        """Tell whether two values are certainly one; what is not known to be one may be it."""
        return True if one is not None and one == other else None

    def attribute(self, args: Arguments, position: int, path: Sequence[str]) -> Value | None:
        """Return what a call reads of an argument, which compiled code does not see."""
        value, source = args.each()[position], args.source(position)
        expr = source.expr
        with self._run.under(PYTHON):
            for name in path:
                expr = ir.Attribute(args.node.at, expr, name)
                value = None if value is None else value.get(self._run, name, Access(expr, args.frame))
        return in_python(value)

    def item(self, args: Arguments, position: int, key: Value | None, index: ir.Expr) -> Value | None:
        """Return what a call reads under a key, which compiled code does not see."""
        value, node = args.value(position), ir.Subscript(args.node.at, args.expr(position), index)
        with self._run.under(PYTHON):
            found = None if value is None else value.item(self._run, key, Access(node, args.frame))
        return in_python(found)

    def method_called(self, args: Arguments, name: str, given: Arguments) -> Value | None:
        """Carry out a call, which compiled code does not see, of a method of the first argument."""
        value, expr = args.value(0), ir.Attribute(args.node.at, args.expr(0), name)
        exprs = [given.expr(position) for position in range(len(given.positional))]
        call = ir.Call(args.node.at, expr, tuple(ir.Argument(each) for each in exprs))
        if value is None:
            return None
        with self._run.under(PYTHON):
            callee = value.get(self._run, name, Access(expr, args.frame, "call", "attribute", call))
            return in_python(self._run.call(callee, replace(given, node=call), value))

    def callable(
        self, answer: Callable[[Arguments], Value | None], holds: Iterable[Value | None]
    ) -> Value | None:
        """Return what comes to this answer when it is called."""
        return CallableValue(answer, tuple(holds))

    def passed_on(self, args: Arguments) -> None:
        """Record the modules that a call is given."""
        self._run.passed_on(args)

    def contents(self, args: Arguments, position: int = 0) -> Items[Value | None] | None:
        """Return what a loop over an argument goes through, and record that."""
        value = args.value(position)
        if value is None:
            return None
        source = args.source(position)
        content = value.iterate(self._run, Access(source.expr, source.frame))
        return None if content is None else _settled(content)

    def parts(self, value: Value | None) -> tuple[Value | None, ...] | None:
        """Return what a tuple is made of."""
        return value.content.items if isinstance(value, TupleValue) and not value.content.is_open else None

    def entries(self, value: Value | None) -> Entries[Value | None] | None:
        """Return what is in a dict, None for anything else."""
        return self.under_keys(value) if value is not None else None

    def sequence(self, kind: Kind, content: Items[Value | None]) -> Value | None:
        """Return a new sequence."""
        return TupleValue(content) if kind == "tuple" else new_list(self._run, content, kind)

    def mapping(self, content: Entries[Value | None]) -> Value | None:
        """Return a new dict."""
        values = as_alike(self._run, tuple(content.known.values()))
        known = dict(zip(content.known, values, strict=True))
        return new_entries(self._run, replace(content, known=known))

    def items(self, owner: Value) -> Items[Value | None] | None:
        """Return what a list holds by now, None where it may be anything."""
        content = owner.items(self._run) if isinstance(owner, ContainerValue) else None
        return None if content is None else _settled(content)

    def under_keys(self, owner: Value) -> Entries[Value | None] | None:
        """Return what a dict holds by now, None where it may be anything."""
        content = owner.entries(self._run) if isinstance(owner, ContainerValue) else None
        return None if content is None else _settled(content)

    def hold(self, owner: Value, content: Items[Value | None] | Entries[Value | None] | None) -> None:
        """Let a container hold something else."""
        if isinstance(content, Items) and len(content.items) > MAX_ITEMS:
            content = content.opened()
        assert owner.key is not None
        self._run.put(owner.key, content)

    def beside(self, value: Value | None, others: Iterable[Value | None]) -> Value | None:
        """Return a value as it is kept: compiled code keeps it only where all are of one type."""
        new, held = as_value(value), [*others]
        return new if held and all(other == new for other in held) else in_python(new)

    def copied(self, owner: Value) -> Value | None:
        """Return another container that holds the same."""
        items, entries = self.items(owner), self.under_keys(owner)
        if items is not None and isinstance(owner, ContainerValue):
            return ContainerValue(self._run.allocate(items), owner.kind)
        return None if entries is None else new_entries(self._run, entries)

    def view(self, owner: Value, what: View) -> Value | None:
        """Return the keys or values of a dict, which are not known any more once that is changed."""
        content = self.under_keys(owner)
        if content is None or (what == "keys" and content.is_open):
            return None
        keys, values = tuple(map(Const, content.known)), tuple(content.known.values())
        found: tuple[Value | None, ...] = values if what == "values" else keys
        if what == "items":
            found = tuple(map(pair, keys, values))
        return self._run.derive(new_list(self._run, Items(found, content.is_open), "set"), (owner,))


def _settled(content: _Content) -> _Content:
    """Return a content that says of what it does not know that it is not known."""
    return replace(content, others=(None,)) if content.is_open and not content.others else content
