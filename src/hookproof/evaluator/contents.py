"""What containers hold, and what becomes of it: the same whatever stands for an item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeAlias, TypeVar

from msgspec import Struct, field

Key: TypeAlias = "str | int | float | bool | None"
V = TypeVar("V")
MAX_KNOWN = 4_096
"""How many items are known one by one: of what doubles in each line, nothing is known soon."""


class Either(Protocol[V]):
    """Gives what stands for any of several values, and for nothing where there are none."""

    def __call__(self, values: Iterable[V], /) -> V:
        """Return what stands for any of them."""


class Items(Struct, Generic[V], frozen=True):
    """What a sequence has: these `items` in order, and behind them, where it `is_open`, any number of others.

    Each item of an open one, known or not, is one of the `others`, and is unknown if that is empty;
    it `is_some` where a condition that is not understood has chosen among them.
    """

    items: tuple[V, ...] = ()
    is_open: bool = False
    others: tuple[V, ...] = ()
    is_some: bool = False

    @property
    def groups(self) -> tuple[V, ...]:
        """What each of the items is one of."""
        return self.others if self.is_open else self.items

    def at(self, position: int, either: Either[V]) -> V:
        """Return what stands at a position, counted from the end where that is negative."""
        if -len(self.items) <= position < len(self.items) and (position >= 0 or not self.is_open):
            return self.items[position]
        return either(self.others if self.is_open else ())

    def behind(self, others: int) -> Items[V]:
        """Return what is known of these where they are spread behind so many others."""
        return self if others + len(self.items) <= MAX_KNOWN else self.opened()

    def opened(self, *added: V) -> Items[V]:
        """Return some of the same, perhaps with others among them."""
        return Items((), True, _bounded((*self.groups, *added)), self.is_some)

    def stored(self, position: int | None, value: V) -> Items[V]:
        """Return the same with something else at a position."""
        found = self._found(position)
        if found is None:
            return self.opened(value)
        return Items(
            (*self.items[:found], value, *self.items[found + 1 :]),
            self.is_open,
            self._with(value),
            self.is_some,
        )

    def dropped(self, position: int | None) -> Items[V]:
        """Return the same without what stands at a position."""
        found = self._found(position)
        if found is None:
            return self.opened()
        return Items((*self.items[:found], *self.items[found + 1 :]), self.is_open, self.others, self.is_some)

    def appended(self, value: V) -> Items[V]:
        """Return the same with one more at its end."""
        if len(self.items) >= MAX_KNOWN:
            return self.opened(value)
        items = self.items if self.is_open else (*self.items, value)
        return Items(items, self.is_open, self._with(value), self.is_some)

    def inserted(self, position: int | None, value: V) -> Items[V]:
        """Return the same with one more at a position."""
        if position is None or (self.is_open and not 0 <= position <= len(self.items)):
            return self.opened(value)
        items = list(self.items)
        items.insert(position, value)
        return Items(tuple(items), self.is_open, self._with(value), self.is_some)

    def extended(self, more: Items[V]) -> Items[V]:
        """Return the same with others behind them."""
        if len(self.items) + len(more.items) > MAX_KNOWN:
            return self.opened(*more.groups)
        if not (self.is_open or more.is_open):
            return Items((*self.items, *more.items))
        items = self.items if self.is_open else (*self.items, *more.items)
        others = _bounded((*self.groups, *more.groups))
        return Items(items, True, others, self.is_some or more.is_some)

    def popped(self, position: int | None) -> tuple[V, Items[V]] | None:
        """Return what stands at a position, and what is left, None where that is not known."""
        found = self._found(position)
        return None if found is None else (self.items[found], self.dropped(found))

    def part(self, taken: slice) -> Items[V]:
        """Return what stands between two positions."""
        is_known = not self.is_open or (
            taken.step in {None, 1} and 0 <= (taken.start or 0) <= (taken.stop or -1) <= len(self.items)
        )
        return Items(self.items[taken]) if is_known else self.opened()

    def joined(self, other: Items[V], either: Either[V]) -> Items[V]:
        """Return what is there where it is not known which of the two is."""
        pairs = tuple(either(both) for both in zip(self.items, other.items, strict=False))
        if not (self.is_open or other.is_open) and len(self.items) == len(other.items):
            return Items(pairs)
        groups = tuple(dict.fromkeys((*self.groups, *other.groups)))
        is_told = all(each.others or not each.is_open for each in (self, other))
        return Items(pairs, True, _bounded(groups) if is_told else (), self.is_some or other.is_some)

    def reversed(self) -> Items[V]:
        """Return the same from its end."""
        return self.opened() if self.is_open else Items(self.items[::-1])

    def _found(self, position: int | None) -> int | None:
        count = len(self.items)
        if position is None or not -count <= position < count or (self.is_open and position < 0):
            return None
        return position % count

    def _with(self, value: V) -> tuple[V, ...]:
        return _bounded((*self.others, value)) if self.is_open else ()


class Entries(Struct, Generic[V], frozen=True):
    """What a dict has under its keys, or an object in its fields.

    One that `is_open` may have others as well: nothing is known of them, or each is one of the `others`.
    """

    known: dict[Key, V] = field(default_factory=dict)
    is_open: bool = False
    others: tuple[V, ...] = ()
    is_some: bool = False

    @property
    def groups(self) -> tuple[V, ...]:
        """What each of the values is one of."""
        return (*self.known.values(), *self.others)

    def joined(self, other: Entries[V], either: Either[V]) -> Entries[V]:
        """Return what is there where it is not known which of the two is."""
        nothing = either(())
        known = {
            key: either((self.known.get(key, nothing), other.known.get(key, nothing)))
            for key in {**self.known, **other.known}
        }
        if not (self.is_open or other.is_open) and self.known.keys() == other.known.keys():
            return Entries(known)
        groups = tuple(dict.fromkeys((*self.groups, *other.groups)))
        is_told = all(each.others or not each.is_open for each in (self, other))
        return Entries(known, True, _bounded(groups) if is_told else (), self.is_some or other.is_some)

    def having(self, key: Key, value: V) -> Entries[V]:
        """Return the same with another value under one key."""
        if len(self.known) >= MAX_KNOWN:
            return self.opened(value)
        return Entries({**self.known, key: value}, self.is_open, self.others, self.is_some)

    def without(self, key: Key) -> Entries[V]:
        """Return the same without a key."""
        known = {name: value for name, value in self.known.items() if name != key}
        return Entries(known, self.is_open, self.others, self.is_some)

    def opened(self, *added: V) -> Entries[V]:
        """Return the same, perhaps with others under any of its keys."""
        return Entries({}, True, _bounded((*self.groups, *added)), self.is_some)


def _bounded(values: tuple[V, ...]) -> tuple[V, ...]:
    """Return what an item is one of, nothing where there are too many to look at."""
    return values if len(values) <= MAX_KNOWN else ()
