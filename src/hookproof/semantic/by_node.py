"""What is known of nodes, by their identity, until a run is over: to hash one is to go through all of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Node = TypeVar("Node")
Known = TypeVar("Known")

_tables: list[dict[int, Any]] = []


def by_node(make: Callable[[Node], Known]) -> Callable[[Node], Known]:
    """Have a function asked once for each node."""
    known: dict[int, tuple[Node, Known]] = {}
    _tables.append(known)

    @wraps(make)
    def ask(node: Node) -> Known:
        found = known.get(id(node))
        if found is None or found[0] is not node:
            found = known[id(node)] = (node, make(node))
        return found[1]

    return ask


def forget() -> None:
    """Forget all nodes: a process that checks again and again must not keep what it has read before."""
    for table in _tables:
        table.clear()
