"""What changes a container: what it then holds is kept in the state, so that each branch has its own."""

from __future__ import annotations

from collections.abc import Iterable

from hookproof.interpreter.domain import Values, only
from hookproof.interpreter.plain import ContainerValue, Key, exact_items, literal_of
from hookproof.interpreter.running import Running

_MAX_REPEATED = 8


def hold(
    run: Running,
    owner: ContainerValue,
    items: Iterable[Values],
    keyed: dict[Key, Values] | None = None,
    *,
    is_exact: bool = False,
) -> None:
    """Let a container hold just these from now on."""
    held = ContainerValue(owner.kind, list(items), keyed or {}, is_exact=is_exact)
    run.progress.state.containers[owner] = held


def copied(held: ContainerValue) -> ContainerValue:
    """Return another container that holds the same."""
    return ContainerValue(held.kind, list(held.items), dict(held.keyed), is_exact=held.is_exact)


def store(run: Running, owner: ContainerValue, key: Key, values: Values) -> None:
    """Carry out `owner[key] = values`; the key is None where it is not known."""
    held = owner.now(run)
    if key is None:
        loosen(run, owner, values)
    elif owner.kind == "dict":
        keyed = {**held.keyed, key: values}
        items = list(keyed.values()) if held.is_exact else [*held.items, values]
        hold(run, owner, items, keyed, is_exact=held.is_exact)
    elif held.is_exact and isinstance(key, int) and -len(held.items) <= key < len(held.items):
        items = list(held.items)
        items[key] = values
        hold(run, owner, items, is_exact=True)
    else:
        hold(run, owner, [*held.items, values], {**held.keyed, key: values})


def drop(run: Running, owner: ContainerValue, key: Key) -> None:
    """Carry out `del owner[key]`; the key is None where it is not known."""
    held = owner.now(run)
    if owner.kind == "dict":
        keyed = {} if key is None else {k: v for k, v in held.keyed.items() if k != key}
        is_exact = held.is_exact and key is not None
        hold(run, owner, list(keyed.values()) if is_exact else held.items, keyed, is_exact=is_exact)
    elif held.is_exact and isinstance(key, int) and -len(held.items) <= key < len(held.items):
        items = list(held.items)
        del items[key]
        hold(run, owner, items, is_exact=True)
    else:
        loosen(run, owner)


def loosen(run: Running, owner: ContainerValue, *added: Values) -> None:
    """Note that these may be in a container as well, and that its elements may stand anywhere."""
    held = owner.now(run)
    if held.is_exact or added:
        hold(run, owner, [*held.items, *added])


def extend(run: Running, owner: ContainerValue, values: Values) -> None:
    """Carry out `owner += values`, or `|=`."""
    if owner.kind == "dict":
        update(run, owner, values)
        return
    added, held = exact_items(run, values), owner.now(run)
    if added is None:
        loosen(run, owner, run.elements(values))
    else:
        hold(run, owner, [*held.items, *added], held.keyed, is_exact=held.is_exact)


def update(run: Running, owner: ContainerValue, values: Values) -> None:
    """Carry out `owner.update(values)` of a dict."""
    value = only(values)
    given = value.now(run) if isinstance(value, ContainerValue) else None
    if given is not None and given.kind == "dict" and given.is_exact:
        entries: list[tuple[Key, Values]] | None = list(given.keyed.items())
    else:
        entries = _pairs(run, values)
    if entries is None:
        hold(run, owner, [*owner.now(run).items, run.elements(values)])
    for key, entry in entries or ():
        store(run, owner, key, entry)


def _pairs(run: Running, values: Values) -> list[tuple[Key, Values]] | None:
    """Return the entries of a dict made of pairs, None where not all of their keys are known."""
    items = exact_items(run, values)
    if items is None:
        return None
    found: list[tuple[Key, Values]] = []
    for item in items:
        both = exact_items(run, item) or []
        key = literal_of(both[0]) if len(both) == 2 else None
        if key is None:
            return None
        found.append((key, both[1]))
    return found


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
        return ContainerValue(held.kind, held.items * times, is_exact=True)
    return ContainerValue(owner.kind, [owner.elements(run)])
