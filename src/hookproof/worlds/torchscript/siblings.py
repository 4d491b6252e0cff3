"""The forward hooks of one module, which torch compiles together: what stands before each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from hookproof.interpreter.asked import Asked, may_hold_together
from hookproof.semantic.location import Location

if TYPE_CHECKING:
    from hookproof.interpreter.objects import ObjectValue
    from hookproof.interpreter.values import Hook, LiveHook, ScriptValue


class Siblings:
    """The forward hooks of one module in the order of their registration.

    A registration has several where it puts on one of several callables, and is left out for a hook that
    stands under the opposite of what it is `assumed` under. All outcomes of the module share one object, for
    a module may have thousands of hooks.
    """

    def __init__(
        self,
        registered: Sequence[tuple[Hook, ...]] = (),
        assumed: Sequence[tuple[Asked, ...]] = (),
    ) -> None:
        self._registered, self._assumed = tuple(registered), tuple(assumed)
        # A loop may register several hooks at one place.
        self._positions: dict[tuple[Location, Location], int] = {}
        self._named: dict[str, dict[tuple[object, ...], tuple[int, Hook]]] = {}
        for position, hooks in enumerate(self._registered):
            for hook in hooks:
                self._positions.setdefault((hook.location, hook.definition), position)
                if hook.function is not None:
                    alike = self._named.setdefault(hook.function.name, {})
                    key = (id(hook.function), hook.form, self._under(position))
                    alike.setdefault(key, (position, hook))

    def before(self, hook: Hook) -> Iterator[tuple[Hook, ...]]:
        """Yield the callables of each registration before that of this hook, the latest first."""
        own = self._position(hook)
        return (self._registered[each] for each in reversed(range(own)) if self._is_with(own, each))

    def after(self, hook: Hook) -> tuple[tuple[Hook, ...], ...]:
        """Return the callables of each registration behind that of this hook."""
        own = self._position(hook)
        behind = range(own + 1, len(self._registered))
        return tuple(self._registered[each] for each in behind if self._is_with(own, each))

    def namesakes_before(self, hook: Hook) -> Iterator[Hook]:
        """Yield the hooks before this one whose function has the same name, each function and form once."""
        name = hook.function.name if hook.function is not None else ""
        own, named = self._position(hook), self._named.get(name, {})
        before = takewhile(lambda entry: entry[0] < own, named.values())
        return (each for position, each in before if self._is_with(own, position))

    def _is_with(self, one: int, other: int) -> bool:
        """Whether two registrations may both be carried out."""
        return may_hold_together(self._under(one), self._under(other))

    def _under(self, position: int) -> tuple[Asked, ...]:
        return self._assumed[position] if position < len(self._assumed) else ()

    def _position(self, hook: Hook) -> int:
        return self._positions.get((hook.location, hook.definition), len(self._registered))


NO_SIBLINGS = Siblings()


def siblings_by_receiver(
    hooks: Iterable[LiveHook],
    compiled: Callable[[Hook], Hook],
) -> dict[ObjectValue | ScriptValue | None, Siblings]:
    """Return the forward hooks of each module that one of `hooks` is on, each as it is `compiled`."""
    found: dict[ObjectValue | ScriptValue | None, list[LiveHook]] = {}
    for live in hooks:
        if live.registration.is_forward:
            found.setdefault(live.receiver, []).append(live)
    return {
        receiver: Siblings(
            [tuple(map(compiled, live.hooks)) for live in group], [live.assumed for live in group]
        )
        for receiver, group in found.items()
    }
