"""Facts of one version as differences to those of another, leaf by leaf, and back.

A change is a table of changes below it; or a list: `[]` for what is gone, `[value]` for what is new or other,
`[added, gone]` for names of a sorted list. A list of tables that have names is compared name by name.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Facts: TypeAlias = dict[str, Any]

_ABSENT = object()
_NAMES = ("name", "qualname")
# Lists of tables whose order says nothing; that of parameters does.
_NAMED = frozenset({"hooks", "global_hooks", "utilities"})


def difference(base: Facts, other: Facts) -> Facts:
    """Return the changes that make `other` of `base`."""
    return _table(named(base), named(other))


def applied(base: Facts, changes: Facts) -> Facts:
    """Return what the changes make of `base`, which stays as it is."""
    changed = _apply(named(base), changes)
    return {key: list(value.values()) if key in _NAMED else value for key, value in changed.items()}


def leaves(changes: Facts, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], list[Any]]]:
    """Return each change with the names that lead to it, sorted."""
    found: list[tuple[tuple[str, ...], list[Any]]] = []
    for key, change in sorted(changes.items()):
        found += [((*path, key), change)] if isinstance(change, list) else leaves(change, (*path, key))
    return found


def named(facts: Facts) -> Facts:
    """Return facts with tables by name in place of lists of them."""
    return {key: _named(value) if key in _NAMED else value for key, value in facts.items()}


def _named(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {next(entry[key] for key in _NAMES if key in entry): entry for entry in entries}


def _table(base: Facts, other: Facts) -> Facts:
    found: Facts = {}
    for key in sorted({*base, *other}):
        before, now = base.get(key, _ABSENT), other.get(key, _ABSENT)
        if isinstance(before, dict) and isinstance(now, dict):
            if below := _table(before, now):
                found[key] = below
        elif before != now:
            found[key] = _leaf(before, now)
    return found


def _leaf(before: Any, now: Any) -> list[Any]:
    if now is _ABSENT:
        return []
    if _is_sorted_names(before) and _is_sorted_names(now):
        return [sorted({*now} - {*before}), sorted({*before} - {*now})]
    return [now]


def _is_sorted_names(value: object) -> bool:
    # Of few names a whole list is as short, and easier to read.
    return (
        isinstance(value, list)
        and len(value) > 8
        and all(isinstance(name, str) for name in value)
        and value == sorted({*value})
    )


def _apply(base: Facts, changes: Facts) -> Facts:
    made = dict(base)
    for key, change in changes.items():
        if isinstance(change, dict):
            made[key] = _apply(base.get(key, {}), change)
        elif not change:
            made.pop(key, None)
        elif len(change) == 1:
            made[key] = change[0]
        else:
            added, gone = change
            made[key] = sorted({*base[key], *added} - {*gone})
    return dict(sorted(made.items())) if base and list(base) == sorted(base) else made
