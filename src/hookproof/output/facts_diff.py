"""What changed between two versions of torch, as far as facts are known of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from hookproof.facts import deltas

HEADINGS: dict[str, str] = {
    "hooks": "Ways to register a hook on a module",
    "global_hooks": "Ways to register a hook on every module",
    "utilities": "Utilities that change a module's hooks",
    "language": "What hooks may be written with",
    "entry_points": "Entry points, and tests for them",
    "fates": "What becomes of a hook",
    "module": "Names of `nn.Module` where eager mode is left",
    "module_attributes": "Attributes of `nn.Module`",
    "classes": "Module classes of torch",
    "aliases": "Names of module classes",
    "functions": "Functions by what they always return",
    "values": "Values by their TorchScript type",
}
# Of these everything is of interest; the others are long, and mostly of one kind.
SHORT = ("hooks", "global_hooks", "utilities", "language", "entry_points", "fates")
_ACCEPTED = {True: "accepted", False: "refused", None: "not there"}


class Change(Struct, frozen=True, order=True):
    """One thing that differs: the table that it stands in, its name there, and what it was and is."""

    table: str
    name: str
    text: str


def changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    """Yield what differs from `before` in `after`, by table in the order of `HEADINGS`."""
    difference = deltas.difference(before, after)
    for table in HEADINGS:
        for path, change in deltas.leaves({table: difference.get(table, {})}):
            yield from _changes(table, path[1:], _at(deltas.named(before), path), change)


def _at(facts: Any, path: Iterable[str]) -> Any:
    for name in path:
        facts = facts.get(name) if isinstance(facts, dict) else None
    return facts


def _changes(table: str, path: tuple[str, ...], before: Any, change: list[Any]) -> Iterator[Change]:
    if len(change) == 2:
        for names, text in zip(change, ("new", "gone"), strict=True):
            yield from (Change(table, f"{path[-1]}: {name}", text) for name in names)
        return
    name, now = _name(table, path), change[0] if change else None
    if table in ("aliases", "classes", "hooks", "global_hooks", "utilities", "module") and len(path) == 1:
        yield Change(table, name, "gone" if not change else "new" if before is None else "other")
    elif table == "language":
        yield Change(table, name, f"{_ACCEPTED[before]} -> {_ACCEPTED[now]}")
    elif table == "entry_points":
        yield Change(table, name, "new" if now else "gone")
    else:
        yield Change(table, name, f"{_text(before)} -> {_text(now) if change else 'gone'}")


def _name(table: str, path: tuple[str, ...]) -> str:
    return (", " if table == "fates" else " ").join(path)


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def render(found: Iterable[Change], before: str, after: str) -> Iterator[str]:
    """Yield the changes as lines, under the headings of their tables."""
    shown = None
    for change in found:
        if change.table != shown:
            yield f"{'' if shown is None else chr(10)}{HEADINGS[change.table]}\n"
            shown = change.table
        yield f"  {change.name}: {change.text}\n"
    if shown is None:
        yield f"No known differences between torch {before} and {after}\n"


def markdown(found: Iterable[Change]) -> Iterator[str]:
    """Yield the lines of a page: what is short in full, of the rest how much, and what is new or gone."""
    by_table: dict[str, list[Change]] = {}
    for change in found:
        by_table.setdefault(change.table, []).append(change)
    for table, listed in by_table.items():
        if table == "aliases":
            continue
        yield f"- {HEADINGS[table]}: " + (_full(listed) if table in SHORT else _counted(listed))


def _full(listed: list[Change]) -> str:
    kinds: dict[str, list[str]] = {}
    for change in listed:
        kinds.setdefault(change.text, []).append(f"`{change.name}`")
    return "; ".join(f"{', '.join(names)} {_said(text)}" for text, names in kinds.items())


def _said(text: str) -> str:
    return {"new": "are new", "gone": "are gone"}.get(text, f"({text})")


def _counted(listed: list[Change]) -> str:
    parts = []
    for text in ("new", "gone"):
        names = [f"`{change.name.rpartition(': ')[2]}`" for change in listed if change.text == text]
        if names:
            more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
            parts.append(f"{', '.join(names[:_FEW])}{more} {text}")
    others = sum(change.text not in ("new", "gone") for change in listed)
    return "; ".join((*parts, f"{others} other differences") if others else parts)


_FEW = 6
