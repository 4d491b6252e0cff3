"""What the worlds are and what becomes of hooks in them, as Markdown tables."""

from __future__ import annotations

from typing import get_args

from hookproof.worlds import registry
from hookproof.worlds.world import Fates, HookKind


def standings() -> str:
    """Return what a hook may be where eager mode is left, as a finding's `world` names it."""
    rows = [f"| `{standing.name}` | {standing.meaning} |" for standing in registry.standings()]
    return "\n".join(("| `world` | what the hook is there |", "|---|---|", *rows)) + "\n"


def fates() -> str:
    """Return what becomes of each kind of hook that is registered before its module goes to a world."""
    worlds = registry.worlds()
    head = ("kind of hook", *(f"`{world.name}`" for world in worlds))
    rows = [head, ("---",) * len(head)]
    for kind in get_args(HookKind):
        found = [world.fates.get(kind, Fates()).before for world in worlds]
        if set(found) != {"unknown"}:
            rows.append((kind, *("" if fate == "unknown" else fate for fate in found)))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
