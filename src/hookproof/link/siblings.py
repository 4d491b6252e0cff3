"""The forward hooks of one module, which torch compiles together: what stands before each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from hookproof.link.place import Place

if TYPE_CHECKING:
    from hookproof.link.case import Hook
    from hookproof.link.values import LiveHook, ObjectValue, ScriptValue


class Siblings:
    """The forward hooks of one module in the order of their registration.

    All cases of the module share one object, for a module may have thousands of hooks.
    """

    def __init__(self, hooks: Sequence[Hook] = ()) -> None:
        self._hooks = tuple(hooks)
        self._positions: dict[Place, int] = {}
        self._named: dict[str, list[int]] = {}
        for position, hook in enumerate(self._hooks):
            self._positions.setdefault(hook.place, position)
            if hook.function is not None:
                self._named.setdefault(hook.function.name, []).append(position)

    def before(self, hook: Hook) -> Iterator[Hook]:
        """Yield the hooks registered before this one, the latest first."""
        return (self._hooks[position] for position in reversed(range(self._position(hook))))

    def namesakes_before(self, hook: Hook) -> Iterator[Hook]:
        """Yield the hooks registered before this one whose function has the same name, the first first."""
        name = hook.function.name if hook.function is not None else ""
        end = self._position(hook)
        return (self._hooks[each] for each in takewhile(lambda each: each < end, self._named.get(name, ())))

    def _position(self, hook: Hook) -> int:
        return self._positions.get(hook.place, len(self._hooks))


NO_SIBLINGS = Siblings()


def siblings_by_receiver(
    hooks: Iterable[LiveHook],
) -> dict[ObjectValue | ScriptValue | None, Siblings]:
    """Return the forward hooks of each module that one of `hooks` is on."""
    found: dict[ObjectValue | ScriptValue | None, list[Hook]] = {}
    for live in hooks:
        if live.registration.is_forward:
            found.setdefault(live.receiver, []).extend(live.hooks)
    return {receiver: Siblings(group) for receiver, group in found.items()}
