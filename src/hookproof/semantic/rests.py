"""What rests on what: which files have to be looked at anew where the text of some has changed.

There are three kinds of nodes: a file (its path) is its text and all that was asked in it; `text_of` it is
what a name led through on its way elsewhere; `names_of` it are those that nobody is known to have asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from hookproof.semantic.definitions import Definition, External, FileDefinition

Node: TypeAlias = str


def text_of(path: str) -> Node:
    """Return the node of a file's text alone."""
    return f"{path}\0text"


def names_of(path: str) -> Node:
    """Return the node of the names that were asked of a file."""
    return f"{path}\0names"


class Rests:
    """Notes, while names are resolved, what the answers rest on."""

    def __init__(self) -> None:
        self._of: dict[Node, set[Node]] = {}
        self.now: set[Node] | None = None

    def asking(self, node: Node) -> set[Node] | None:
        """Have what follows be on behalf of a node; return what to give to `end`."""
        outer = self.now
        if outer is not None:
            outer.add(node)
        known = self._of.get(node)
        if known is None:
            known = self._of[node] = set()
        self.now = known
        return outer

    def end(self, outer: set[Node] | None) -> None:
        """Have what follows be on behalf of whoever asked before."""
        self.now = outer

    def told(self, definition: Definition | None) -> Definition | None:
        """Note that whoever asks is given a definition, and may look into it."""
        if self.now is not None and definition is not None and not isinstance(definition, External):
            if isinstance(definition, FileDefinition):
                self.now.add(names_of(definition.file.path))
            else:
                self.now.add(definition.scope.file.path)
        return definition

    def note(self, node: Node, other: Node) -> None:
        """Note that one rests on the other."""
        self._of.setdefault(node, set()).add(other)

    def on(self, changed: Collection[str]) -> frozenset[Node]:
        """Return what rests on the text of files, these files among it."""
        users: dict[Node, list[Node]] = {}
        for user, used in self._of.items():
            for node in used:
                users.setdefault(node, []).append(user)
        pending = [node for path in changed for node in (path, text_of(path))]
        found = set[Node]()
        while pending:
            node = pending.pop()
            if node not in found:
                found.add(node)
                pending.extend(users.get(node, ()))
        return frozenset(found)

    def forget(self, changed: Iterable[str]) -> None:
        """Forget what was asked in files that are other than they were."""
        for path in changed:
            self._of.pop(path, None)
