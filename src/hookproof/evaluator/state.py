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
    names = {
        key: value if key in two.names and two.names[key] == value else None
        for key, value in one.names.items()
    }
    names.update((key, None) for key in two.names if key not in names)
    heap = {**two.heap, **one.heap}
    for key, content in two.heap.items():
        if key in one.heap and one.heap[key] != content:
            heap[key] = _join_content(one.heap[key], content)
    return State(names, heap)


def _join_content(one: Content | None, two: Content | None) -> Content | None:
    match one, two:
        case Items(), Items():
            return one.joined(two, agreed)
        case Entries(), Entries():
            return one.joined(two, agreed)
    return None
