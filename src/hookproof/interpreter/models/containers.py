"""The containers of a program: what they then hold is kept in the state, so that each branch has its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from hookproof.evaluator.contents import Entries, Items, Key
from hookproof.evaluator.domains import View
from hookproof.interpreter.domain import Access, Arguments, Values, only, union
from hookproof.interpreter.plain import (
    CallableValue,
    ConstantValue,
    ContainerValue,
    Kind,
    entries_of,
    exact_items,
    key_of,
)
from hookproof.interpreter.running import Running
from hookproof.syntax import ir

_MAX_REPEATED = 8


class Containers:
    """Makes, reads and changes the containers of one run (see `Domain`)."""

    def __init__(self, run: Running) -> None:
        self._run = run

    def constant(self, literal: Key) -> Values:
        """Return what stands for a literal."""
        return (ConstantValue(literal),)

    def literal(self, value: Values) -> ConstantValue | None:
        """Return the literal that these certainly are."""
        found = only(value)
        return found if isinstance(found, ConstantValue) else None

    def key(self, value: Values) -> ConstantValue | None:
        """Return the literal, or the name of the class, that these certainly are."""
        found = key_of(self._run, value)
        return ConstantValue(found) if found is not None else self.literal(value)

    def either(self, values: Iterable[Values]) -> Values:
        """Return any of these."""
        return union(*values)

    def hidden(self, value: Values) -> Values:
        """Return the same: nothing of a program is compiled."""
        return value

    def same(self, one: Values, other: Values) -> bool | None:
        """Tell whether two values are certainly one object, or certainly two."""
        if not set(one) & set(other):
            return False
        return True if len(one) == 1 and one == other else None

    def attribute(self, args: Arguments, position: int, path: Sequence[str]) -> Values:
        """Return what a call reads of an argument."""
        values, (*way, last) = args.each()[position], path
        for name in way:
            values = self._run.attribute(values, name, args.access)
        return union(*(self._run.named_member(value, last, args.access) for value in values))

    def item(self, args: Arguments, position: int, key: Values, index: ir.Expr) -> Values:
        """Return what a call reads under a key."""
        return self._run.subscript(args.value(position), key, Access(index, args.frame))

    def method_called(self, args: Arguments, name: str, given: Arguments) -> Values:
        """Carry out a method of the first argument."""
        return self._run.call(self.attribute(args, 0, (name,)), args.only().behind(given))

    def callable(self, answer: Callable[[Arguments], Values], holds: Iterable[Values]) -> Values:
        """Return what comes to this answer when it is called."""
        return (CallableValue(answer),)

    def passed_on(self, args: Arguments) -> None:
        """Note nothing: what is done with a module in a program is told as it is done."""

    def contents(self, args: Arguments, position: int = 0) -> Items[Values] | None:
        """Return what a loop over an argument goes through."""
        values = args.value(position)
        exact = exact_items(self._run, values)
        if exact is not None:
            return Items(exact)
        value, others = only(values), (self._run.elements(values),)
        held = value.iterated(self._run) if isinstance(value, ContainerValue) else None
        if held is None or not isinstance(held.content, Items):
            return Items((), True, others)
        return Items(held.content.items, True, others, held.is_some)

    def parts(self, value: Values) -> tuple[Values, ...] | None:
        """Return what tuples of the same length are made of."""
        found = [each for each in value if isinstance(each, ContainerValue) and each.kind == "tuple"]
        tuples = [each.items for each in found]
        if not tuples or len(tuples) < len(value) or len(set(map(len, tuples))) > 1:
            return None
        return tuple(union(*column) for column in zip(*tuples, strict=True))

    def entries(self, value: Values) -> Entries[Values] | None:
        """Return what is in a dict, None for anything else."""
        return entries_of(self._run, value)

    def sequence(self, kind: Kind, content: Items[Values]) -> Values:
        """Return a new sequence."""
        return (ContainerValue(kind, content),)

    def mapping(self, content: Entries[Values]) -> Values:
        """Return a new dict."""
        return (ContainerValue("dict", content),)

    def items(self, owner: ContainerValue) -> Items[Values] | None:
        """Return what a sequence holds by now."""
        content = owner.now(self._run).content
        return content if isinstance(content, Items) else None

    def under_keys(self, owner: ContainerValue) -> Entries[Values] | None:
        """Return what a dict holds by now."""
        content = owner.now(self._run).content
        return content if isinstance(content, Entries) else None

    def hold(self, owner: ContainerValue, content: Items[Values] | Entries[Values] | None) -> None:
        """Let a container hold something else from now on."""
        if content is None:
            content = owner.now(self._run).content.opened()
        self._run.progress.state.containers[owner] = ContainerValue(owner.kind, content)

    def beside(self, value: Values, others: Iterable[Values]) -> Values:
        """Return a value as it is kept: the same."""
        return value

    def copied(self, owner: ContainerValue) -> Values:
        """Return another container that holds the same."""
        return (ContainerValue(owner.kind, owner.now(self._run).content),)

    def view(self, owner: ContainerValue, what: View) -> Values:
        """Return what shows the keys or values of a dict, whatever it holds by then."""
        return (ContainerValue("iterator", view=(owner, what)),)


def loosen(run: Running, owner: ContainerValue, *added: Values) -> None:
    """Note that these may be in a container as well, and that its elements may stand anywhere."""
    held = owner.now(run)
    if held.is_exact or added:
        run.containers.hold(owner, held.content.opened(*added))


def sources_of(run: Running, *groups: Values) -> tuple[tuple[ContainerValue, ContainerValue], ...]:
    """Return the containers that an iterator takes its elements from, and what they hold so far."""
    return tuple(
        (value, value.now(run)) for values in groups for value in values if isinstance(value, ContainerValue)
    )


def give_away(run: Running, *groups: Values) -> None:
    """Let unknown code have these values: it may change the containers among them."""
    for values in groups:
        for value in values:
            if isinstance(value, ContainerValue):
                run.handed_on.add(value)
                loosen(run, value)


def repeated(run: Running, owner: ContainerValue, times: Key) -> ContainerValue:
    """Return what `owner * times` gives."""
    held = owner.now(run)
    if held.is_exact and isinstance(times, int) and 0 <= times * len(held.items) <= _MAX_REPEATED:
        return ContainerValue(owner.kind, Items(held.items * times))
    return ContainerValue(owner.kind, Items((), True, (owner.elements(run),)))
