"""What was read of functions: loads, resets and calls by the names of the places, and what holds the same."""

from __future__ import annotations

from msgspec import Struct, field

from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.names import Node
from hookproof.semantic.units import Spot, Unit


class Load(Struct, frozen=True):
    """A place where a variable or attribute is read; `is_bare` where that only binds it to another name.

    `is_size` where it is asked how much it holds, `is_last` where it is asked for the last it holds,
    `is_presence` where it is asked whether it holds anything, or a key.
    """

    spot: Spot
    node: Node
    is_bare: bool = False
    is_last: bool = False
    is_size: bool = False
    is_presence: bool = False


class Tables(Struct):
    """What was read: loads, returns, resets and instances by place, mentions by name, first calls by unit.

    `rebound` are the places where a name or an attribute gets something that is made there. `given` are what
    calls give, each with the parameter that it is given as and where.
    """

    loads: dict[Node, list[Load]] = field(default_factory=dict)
    returned: dict[Node, list[Spot]] = field(default_factory=dict)
    mentions: dict[str, list[Spot]] = field(default_factory=dict)
    resets: dict[Node, list[Spot]] = field(default_factory=dict)
    rebound: dict[Node, list[Spot]] = field(default_factory=dict)
    calls: dict[Unit, int] = field(default_factory=dict)
    instances: dict[Node, ClassDefinition] = field(default_factory=dict)
    same: dict[Node, Node] = field(default_factory=dict)
    given: list[tuple[Node, Node, Spot]] = field(default_factory=list)

    def bind(self, one: Node | None, other: Node | None) -> None:
        """Note that two places hold one object."""
        if one is not None and other is not None:
            left, right = self.root(one), self.root(other)
            if left != right:
                self.same[max(left, right, key=repr)] = min(left, right, key=repr)

    def root(self, node: Node) -> Node:
        """Return the place that stands for all that hold the same object."""
        while node in self.same:
            node = self.same[node]
        return node

    def family(self, node: Node) -> set[Node]:
        """Return the places that may hold the same object.

        What a parameter holds may be anything that is given as it, and that may be given as others: two
        objects that one function is given are not the same.
        """
        roots = _reached(_reached({self.root(node)}, self._edges(inward=False)), self._edges(inward=True))
        known = {*self.loads, *self.same, node, *roots}
        return {other for other in known if self.root(other) in roots}

    def reads(self, node: Node) -> list[Load]:
        """Return where what is inside an object is read; by a function that is given it, there."""
        inward = self._edges(inward=True)
        roots = _reached({self.root(node)}, self._edges(inward=False))
        own = [load for other, loads in self.loads.items() if self.root(other) in roots for load in loads]
        found = [load for load in own if not load.is_bare]
        for argument, parameter, spot in self.given:
            if self.root(argument) not in roots:
                continue
            inner = _reached({self.root(parameter)}, inward)
            there = [
                load for other, loads in self.loads.items() if self.root(other) in inner for load in loads
            ]
            read = [load for load in there if not load.is_bare]
            if read:
                found.append(Load(spot, argument, False, any(load.is_last for load in read)))
        return found

    def _edges(self, *, inward: bool) -> dict[Node, set[Node]]:
        found: dict[Node, set[Node]] = {}
        for argument, parameter, _ in self.given:
            outer, inner = self.root(argument), self.root(parameter)
            one, other = (outer, inner) if inward else (inner, outer)
            found.setdefault(one, set()).add(other)
        return found


def _reached(nodes: set[Node], edges: dict[Node, set[Node]]) -> set[Node]:
    found, pending = set(nodes), list(nodes)
    while pending:
        new = edges.get(pending.pop(), set()) - found
        found |= new
        pending += new
    return found
