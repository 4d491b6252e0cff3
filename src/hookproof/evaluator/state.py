"""What holds after one of several ways was taken: what all of them agree on."""

from __future__ import annotations

from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domain import Content, State, agreed


def joined(states: list[State]) -> State:
    """Return what holds after whichever of these is reached: what all of them agree on."""
    first, *others = states
    for other in others:
        first = _join(first, other)
    return first


def _join(one: State, two: State) -> State:
    names, others = dict(one.names), two.names
    for key, value in one.names.items():
        # Most are the very same, and to compare what is equal takes long.
        if value is not None and (other := others.get(key)) is not value and other != value:
            names[key] = None
    for new in others.keys() - names.keys():
        names[new] = None
    heap = {**two.heap, **one.heap}
    for ref, content in two.heap.items():
        if ref in one.heap and (known := one.heap[ref]) is not content and known != content:
            heap[ref] = _join_content(known, content)
    return State(names, heap)


def _join_content(one: Content | None, two: Content | None) -> Content | None:
    match one, two:
        case Items(), Items():
            return one.joined(two, agreed)
        case Entries(), Entries():
            return one.joined(two, agreed)
    return None
