"""All worlds listen to one interpretation: each to its own entry points, and to all else that happens."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Protocol, runtime_checkable

from hookproof.interpreter.domain import Values
from hookproof.interpreter.listener import Entering, Listener
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.syntax import ir
from hookproof.worlds import registry
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.outcome import Exposure, Outcome
from hookproof.worlds.world import PLAIN, World


class WorldListener(Listener, Protocol):
    """Listens for some worlds, and says what becomes of hooks in them.

    `exposures` are the modules whose classes are known from then on to go there.
    """

    def __init__(self, worlds: tuple[World, ...], progress: Progress) -> None:
        """Listen for these worlds to one interpretation."""

    @property
    def outcomes(self) -> Iterable[Outcome]:
        """What became of the hooks that were met."""

    @property
    def exposures(self) -> Iterable[Exposure]:
        """The modules that were given to entry points."""

    def finish(self) -> None:
        """Settle what is known only once the program has come to its end. Raises `SourceError`."""

    @staticmethod
    def unfollowed(
        worlds: tuple[World, ...], site: Site, root: Found, *, elsewhere: Elsewhere
    ) -> Iterator[Outcome]:
        """Yield what may become of a hook whose module was not followed to these worlds in a root."""


@runtime_checkable
class HearsOfNames(Protocol):
    """A listener of a world in which modules have other names."""

    def misnamed(self, live: LiveHook, test: Location) -> None:
        """Hear of a hook that is not registered, for no module has the name that a test asks for."""


@runtime_checkable
class HearsOfClasses(Protocol):
    """A listener of a world in which modules are of other classes."""

    def passed_over(self, live: LiveHook, test: Location, script: ScriptValue) -> None:
        """Hear of a hook that is not registered, for a script module fails a test for the class it had."""


class Listeners:
    """The listeners of all worlds, as one."""

    def __init__(self, project: Project) -> None:
        self.progress = Progress(project, changes=self)
        self._by_world: dict[str, WorldListener] = {}
        for make, worlds in listening():
            listener = make(worlds, self.progress)
            self._by_world.update((world.name, listener) for world in worlds)
        self._all = tuple(dict.fromkeys(self._by_world.values()))

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what became of the hooks that were met."""
        for listener in self._all:
            yield from listener.outcomes

    def exposures(self) -> list[Exposure]:
        """Return the modules whose classes are known from then on to leave eager mode."""
        return [exposure for listener in self._all for exposure in listener.exposures]

    def finish(self) -> None:
        """Settle what is known only once the program has come to its end. Raises `SourceError`."""
        for listener in self._all:
            listener.finish()

    def close(self) -> None:
        """Let go of what refers back to the interpretation."""
        self.progress.changes = self.progress.decide = self.progress.named = None

    # --- events --------------------------------------------------------------------------------------

    def registered(self, live: LiveHook, *, is_unbound: bool = False) -> None:
        """Hear of a hook that is put on something."""
        for listener in self._all:
            listener.registered(live, is_unbound=is_unbound)

    def misnamed(self, live: LiveHook, test: Location) -> None:
        """Hear of a hook that is not registered, for no module has the name that a test asks for."""
        for listener in self._all:
            if isinstance(listener, HearsOfNames):
                listener.misnamed(live, test)

    def passed_over(self, live: LiveHook, test: Location, script: ScriptValue) -> None:
        """Hear of a hook that is not registered, for a script module fails a test for the class it had."""
        for listener in self._all:
            if isinstance(listener, HearsOfClasses):
                listener.passed_over(live, test, script)

    def removed(self, live: LiveHook, location: Location) -> None:
        """Hear of a hook that is taken off."""
        for listener in self._all:
            listener.removed(live, location)

    def set(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Hear of an attribute that is set or deleted."""
        for listener in self._all:
            listener.set(owner, name, values)

    def entered(self, entering: Entering) -> Values | None:
        """Have the world of an entry point carry it out."""
        return self._by_world[entering.world.name].entered(entering)

    def declared(self, location: Location) -> ObjectValue | ScriptValue | None:
        """Return what a value is that is annotated as what left eager mode."""
        values = (listener.declared(location) for listener in self._all)
        return next((value for value in values if value is not None), None)

    def called(self, module: ObjectValue | ScriptValue, call: ir.Call, location: Location) -> None:
        """Hear of the call of a module."""
        for listener in self._all:
            listener.called(module, call, location)

    def used(
        self, module: ObjectValue | ScriptValue, name: str, location: Location, given: Values = ()
    ) -> None:
        """Hear of a read, or of the call of a method."""
        for listener in self._all:
            listener.used(module, name, location, given)

    def escaped(self, value: ObjectValue | ScriptValue, location: Location) -> None:
        """Hear of a module that somebody else gets."""
        for listener in self._all:
            listener.escaped(value, location)


@cache
def listening() -> tuple[tuple[type[WorldListener], tuple[World, ...]], ...]:
    """Return the classes of the listeners, each with the worlds that it listens for.

    A world that data alone describes has a listener of its own.
    """
    named: dict[tuple[str, str], tuple[World, ...]] = {}
    for world in registry.worlds():
        key = (world.listener, world.name if world.listener == PLAIN else "")
        named[key] = (*named.get(key, ()), world)
    made: list[tuple[type[WorldListener], tuple[World, ...]]] = []
    for (name, _), worlds in named.items():
        module, _, cls = name.partition(":")
        made.append((getattr(importlib.import_module(module), cls), worlds))
    return tuple(made)
