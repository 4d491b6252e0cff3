"""Which hooks go with a part of a model that another module takes the place of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hookproof.interpreter.domain import Values, only
from hookproof.interpreter.objects import ObjectValue, is_step
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.values import LiveHook


def lost_with(
    progress: Progress,
    hooked: Iterable[tuple[LiveHook, ObjectValue]],
    owner: ObjectValue,
    name: str,
    values: Values,
) -> Iterator[tuple[LiveHook, ObjectValue]]:
    """Yield the hooks on what an attribute has been so far, and on the parts of that, with their modules.

    Nothing where it is not known which module comes instead, or where that holds the one before.
    """
    new, state = only(values), progress.state
    if not isinstance(new, ObjectValue) or not new.is_created or new.module_class is None:
        return
    for live, receiver in hooked:
        if live in state.removed or live not in state.of(receiver).hooks or not progress.is_possible(live):
            continue
        if _is_on(progress, owner, name, receiver) and not state.contains(new, receiver):
            yield live, receiver


def _is_on(progress: Progress, owner: ObjectValue, name: str, receiver: ObjectValue) -> bool:
    """Whether a module is what an attribute is until now, or a part of it."""
    held = progress.state.of(owner).attributes.get(name)
    if held is not None:
        old = only(held)
        return isinstance(old, ObjectValue) and progress.state.contains(old, receiver)
    step: ObjectValue | None = receiver
    while step is not None:
        if step.parent is owner and is_step(step) and step.name.strip("[]") == name:
            return True
        step = step.parent
    return False
