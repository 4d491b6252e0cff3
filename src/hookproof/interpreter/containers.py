"""What a container holds after each thing that is done to it, as far as that is known.

A `ContainerValue` is what it was made with; changes are kept in the state, so that each branch has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hookproof.interpreter.parts import Parts
from hookproof.interpreter.values import ConstantValue, ContainerValue, Key, Value, Values, union

_MAX_REPEATED = 8
_VIEWS = frozenset({"items", "keys", "values"})


class Containers:
    """Carries out what reads and changes containers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def now(self, container: ContainerValue) -> ContainerValue:
        """Return what a container holds at this point."""
        return self._parts.progress.state.now(container)

    # --- changes -----------------------------------------------------------------------------------------

    def store(self, owner: ContainerValue, key: Key, values: Values) -> None:
        """Carry out `owner[key] = values`; the key is None where it is not known."""
        held = self.now(owner)
        if key is None:
            self.loosen(owner, values)
        elif owner.kind == "dict":
            keyed = {**held.keyed, key: values}
            items = list(keyed.values()) if held.is_exact else [*held.items, values]
            self._hold(owner, items, keyed, is_exact=held.is_exact)
        elif held.is_exact and isinstance(key, int) and -len(held.items) <= key < len(held.items):
            items = list(held.items)
            items[key] = values
            self._hold(owner, items, is_exact=True)
        else:
            self._hold(owner, [*held.items, values], {**held.keyed, key: values})

    def drop(self, owner: ContainerValue, key: Key) -> None:
        """Carry out `del owner[key]`; the key is None where it is not known."""
        held = self.now(owner)
        if owner.kind == "dict":
            keyed = {} if key is None else {k: v for k, v in held.keyed.items() if k != key}
            is_exact = held.is_exact and key is not None
            self._hold(owner, list(keyed.values()) if is_exact else held.items, keyed, is_exact=is_exact)
        elif held.is_exact and isinstance(key, int) and -len(held.items) <= key < len(held.items):
            items = list(held.items)
            del items[key]
            self._hold(owner, items, is_exact=True)
        else:
            self.loosen(owner)

    def loosen(self, owner: ContainerValue, *added: Values) -> None:
        """Note that these may be in a container as well, and that its elements may stand anywhere."""
        held = self.now(owner)
        if held.is_exact or added:
            self._hold(owner, [*held.items, *added])

    def extend(self, owner: ContainerValue, values: Values) -> None:
        """Carry out `owner += values`, or `|=`."""
        if owner.kind == "dict":
            self._update(owner, values)
            return
        added = self._exact_items(values)
        held = self.now(owner)
        if added is None:
            self.loosen(owner, self._parts.elements(values))
        else:
            self._hold(owner, [*held.items, *added], held.keyed, is_exact=held.is_exact)

    def _hold(
        self,
        owner: ContainerValue,
        items: Iterable[Values],
        keyed: dict[Key, Values] | None = None,
        *,
        is_exact: bool = False,
    ) -> None:
        held = ContainerValue(owner.kind, list(items), keyed or {}, is_exact=is_exact)
        self._parts.progress.state.containers[owner] = held

    def _exact_items(self, values: Values) -> list[Values] | None:
        """Return what iterating over a value gives, in order, None where that is not known."""
        only = values[0] if len(values) == 1 else None
        if not isinstance(only, ContainerValue):
            return None
        found = self._parts.iterated(only)
        return found.items if found.is_exact else None

    # --- methods -----------------------------------------------------------------------------------------

    def call(
        self, owner: ContainerValue, name: str, args: list[Values], keywords: dict[str, Values]
    ) -> Values:
        """Carry out a method of a container; return what it gives."""
        if owner.kind == "dict":
            return self._call_dict(owner, name, args, keywords)
        change = _ORDERINGS.get(name)
        held = self.now(owner)
        if change is not None:
            items = change(held.items, args) if held.is_exact and not keywords else None
            if items is None:
                self.loosen(owner)
            else:
                self._hold(owner, items, is_exact=True)
        elif name in {"append", "add"} and args:
            self._hold(owner, [*held.items, args[0]], held.keyed, is_exact=held.is_exact)
        elif name == "appendleft" and args:
            self._hold(owner, [args[0], *held.items], held.keyed, is_exact=held.is_exact)
        elif name == "insert" and len(args) == 2:
            self._insert(owner, args[0], args[1])
        elif name in {"extend", "update"} and args:
            self.extend(owner, args[0])
        elif name == "extendleft" and args:
            self.loosen(owner, self._parts.elements(args[0]))
        elif name in {"pop", "popleft"}:
            return self._pop(owner, name, args)
        elif name in {"remove", "discard"} and args:
            self._remove(owner, args[0])
        elif name == "copy":
            return (ContainerValue(owner.kind, list(held.items), dict(held.keyed), is_exact=held.is_exact),)
        return ()

    def _insert(self, owner: ContainerValue, place: Values, values: Values) -> None:
        held, index = self.now(owner), _constant(place)
        if not held.is_exact or not isinstance(index, int):
            self.loosen(owner, values)
            return
        items = list(held.items)
        items.insert(index, values)
        self._hold(owner, items, is_exact=True)

    def _pop(self, owner: ContainerValue, name: str, args: list[Values]) -> Values:
        held = self.now(owner)
        index = 0 if name == "popleft" else _constant(args[0]) if args else -1
        is_there = isinstance(index, int) and -len(held.items) <= index < len(held.items)
        if held.is_exact and owner.kind == "list" and is_there and isinstance(index, int):
            items = list(held.items)
            popped = items.pop(index)
            self._hold(owner, items, is_exact=True)
            return popped
        self.loosen(owner)
        return union(self._parts.elements((owner,)))

    def _remove(self, owner: ContainerValue, values: Values) -> None:
        """Take out a value, where it is sure which element it is."""
        held = self.now(owner)
        places = [place for place, item in enumerate(held.items) if set(values) & set(item)]
        if held.is_exact and len(places) == 1 == len(values) and held.items[places[0]] == values:
            self.drop(owner, places[0])
        else:
            self.loosen(owner)

    # --- dicts -------------------------------------------------------------------------------------------

    def _call_dict(
        self, owner: ContainerValue, name: str, args: list[Values], keywords: dict[str, Values]
    ) -> Values:
        held, key = self.now(owner), _constant(args[0]) if args else None
        known = held.keyed.get(key) if key is not None else None
        if name in _VIEWS:
            return (ContainerValue("iterator", view=(owner, name)),)
        if name == "copy":
            return (ContainerValue("dict", list(held.items), dict(held.keyed), is_exact=held.is_exact),)
        if name == "clear":
            self._hold(owner, [], is_exact=True)
        elif name == "update":
            for values in args[:1]:
                self._update(owner, values)
            for keyword, values in keywords.items():
                self.store(owner, keyword, values)
        elif name == "setdefault" and args:
            if known is not None:
                return known
            given = args[1] if len(args) > 1 else (ConstantValue(None),)
            self.store(owner, key, given)
            return given if held.is_exact and key is not None else union(given, *held.items)
        elif name in {"get", "pop"} and args:
            if name == "pop":
                self.drop(owner, key)
            default = args[1] if len(args) > 1 else ()
            if known is not None:
                return known
            return default if held.is_exact and key is not None else union(*held.items, default)
        elif name == "popitem":
            self.loosen(owner)
            return (ContainerValue("tuple", [(), union(*held.items)], is_exact=True),)
        return ()

    def _update(self, owner: ContainerValue, values: Values) -> None:
        only = values[0] if len(values) == 1 else None
        given = self.now(only) if isinstance(only, ContainerValue) else None
        if given is not None and given.kind == "dict" and given.is_exact:
            entries: list[tuple[Key, Values]] | None = list(given.keyed.items())
        else:
            entries = self.pairs(values)
        if entries is None:
            self._hold(owner, [*self.now(owner).items, self._parts.elements(values)])
        for key, entry in entries or ():
            self.store(owner, key, entry)

    def pairs(self, values: Values) -> list[tuple[Key, Values]] | None:
        """Return the entries of a dict made of pairs, None where not all of their keys are known."""
        found: list[tuple[Key, Values]] = []
        for item in self._exact_items(values) or ():
            pair = self._exact_items(item) or []
            if len(pair) != 2 or _constant(pair[0]) is None:
                return None
            found.append((_constant(pair[0]), pair[1]))
        return found if self._exact_items(values) is not None else None


def repeated(held: ContainerValue, times: Key) -> ContainerValue | None:
    """Return what `held * times` gives, None where that is not known."""
    if not held.is_exact or not isinstance(times, int) or not 0 <= times * len(held.items) <= _MAX_REPEATED:
        return None
    return ContainerValue(held.kind, held.items * times, is_exact=True)


def _reversed(items: list[Values], args: list[Values]) -> list[Values] | None:
    return items[::-1]


def _rotated(items: list[Values], args: list[Values]) -> list[Values] | None:
    steps = _constant(args[0]) if args else 1
    if not isinstance(steps, int):
        return None
    steps = steps % len(items) if items else 0
    return items[-steps:] + items[:-steps] if steps else items


def _sorted(items: list[Values], args: list[Values]) -> list[Values] | None:
    known = [_constant(item) for item in items]
    numbers = [value for value in known if isinstance(value, (int, float))]
    texts = [value for value in known if isinstance(value, str)]
    if len(numbers) == len(items):
        return [(ConstantValue(value),) for value in sorted(numbers)]
    if len(texts) == len(items):
        return [(ConstantValue(value),) for value in sorted(texts)]
    return items if len(items) < 2 else None


def _cleared(items: list[Values], args: list[Values]) -> list[Values] | None:
    return []


# Methods that only move or drop what a list holds; None where the outcome is not known.
_ORDERINGS: dict[str, Callable[[list[Values], list[Values]], list[Values] | None]] = {
    "clear": _cleared,
    "reverse": _reversed,
    "rotate": _rotated,
    "sort": _sorted,
}


def _constant(values: Values) -> Key:
    only: Value | None = values[0] if len(values) == 1 else None
    return only.value if isinstance(only, ConstantValue) else None
