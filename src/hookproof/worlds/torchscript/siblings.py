"""The forward hooks of one module, which torch compiles together: what stands before each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from hookproof.semantic.location import Location

if TYPE_CHECKING:
    from hookproof.interpreter.objects import ObjectValue
    from hookproof.interpreter.values import Hook, LiveHook, ScriptValue


class Siblings:
    """The forward hooks of one module in the order of their registration.

    A registration has several where it puts on one of several callables. All outcomes of the module share one
    object, for a module may have thousands of hooks.
    """

    def __init__(self, registered: Sequence[tuple[Hook, ...]] = ()) -> None:
        self._registered = tuple(registered)
        # A loop may register several hooks at one place.
        self._positions: dict[tuple[Location, Location], int] = {}
        self._named: dict[str, dict[tuple[int, str], tuple[int, Hook]]] = {}
        for position, hooks in enumerate(self._registered):
            for hook in hooks:
                self._positions.setdefault((hook.location, hook.definition), position)
                if hook.function is not None:
                    alike = self._named.setdefault(hook.function.name, {})
                    alike.setdefault((id(hook.function), hook.form), (position, hook))

    def before(self, hook: Hook) -> Iterator[tuple[Hook, ...]]:
        """Yield the callables of each registration before that of this hook, the latest first."""
        return (self._registered[position] for position in reversed(range(self._position(hook))))

    def after(self, hook: Hook) -> tuple[tuple[Hook, ...], ...]:
        """Return the callables of each registration behind that of this hook."""
        return self._registered[self._position(hook) + 1 :]

    def namesakes_before(self, hook: Hook) -> Iterator[Hook]:
        """Yield the hooks before this one whose function has the same name, each function and form once."""
        name = hook.function.name if hook.function is not None else ""
        end, named = self._position(hook), self._named.get(name, {})
        return (each for _, each in takewhile(lambda entry: entry[0] < end, named.values()))

    def _position(self, hook: Hook) -> int:
        return self._positions.get((hook.location, hook.definition), len(self._registered))


NO_SIBLINGS = Siblings()


def siblings_by_receiver(
    hooks: Iterable[LiveHook],
    compiled: Callable[[Hook], Hook],
) -> dict[ObjectValue | ScriptValue | None, Siblings]:
    """Return the forward hooks of each module that one of `hooks` is on, each as it is `compiled`."""
    found: dict[ObjectValue | ScriptValue | None, list[tuple[Hook, ...]]] = {}
    for live in hooks:
        if live.registration.is_forward:
            found.setdefault(live.receiver, []).append(tuple(map(compiled, live.hooks)))
    return {receiver: Siblings(group) for receiver, group in found.items()}
