"""The listener of a world that its data describes: each hook has the fate of its kind and moment."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from hookproof.finding import Confidence
from hookproof.interpreter.asked import may_hold_together
from hookproof.interpreter.domain import Values
from hookproof.interpreter.instances.live_hooks import Steps, steps_left, steps_of_class, steps_registered
from hookproof.interpreter.listener import Entering
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.hooks_met import hooks_met, is_met
from hookproof.worlds.outcome import Exposure, Outcome
from hookproof.worlds.world import Fate, Fates, World, kind_of


class _Gone(Struct, frozen=True):
    """A module that was given to an entry point, or what came back from there."""

    world: World
    module: ObjectValue
    entry: Entry
    is_result: bool = False


class Listening:
    """Logs the fates of the hooks that the modules have which are given to entry points.

    A hook that is registered later may meet a module that has not gone there on this path, so what becomes of
    it is at most `likely`.
    """

    def __init__(self, worlds: tuple[World, ...], progress: Progress) -> None:
        self.worlds, self.progress = worlds, progress
        self.outcomes: list[Outcome] = []
        self.exposures: list[Exposure] = []
        self._known: set[tuple[object, ...]] = set()
        self._gone: list[_Gone] = []

    def entered(self, entering: Entering) -> Values | None:
        """Hear of a module that is given to an entry point; return what comes back."""
        entry = self.progress.entry(entering.point.qualname, entering.location, entering.call)
        made: list[ObjectValue] = []
        for module in entering.given:
            if not isinstance(module, ObjectValue):
                continue
            self.exposures.append(Exposure(module, entry))
            for live in hooks_met(self.progress, module):
                is_sure = is_met(self.progress, live)
                if is_sure is not False:
                    fate = _fates(entering.world, live).before
                    confidence = _confidence(live, entry, is_sure=is_sure is True)
                    self._log(live, entering.world, fate, entry, confidence)
            self._gone.append(_Gone(entering.world, module, entry))
            made.append(ObjectValue("call"))
            self._gone.append(_Gone(entering.world, made[-1], entry, is_result=True))
        if entering.point.returned == "the module":
            return entering.given
        return tuple(made) or None if entering.point.returned == "another module" else None

    def registered(self, live: LiveHook, *, is_unbound: bool = False) -> None:
        """Hear of a hook that is put on a module which has gone to a world, or on what came back."""
        receiver = live.receiver
        if not isinstance(receiver, ObjectValue):
            return
        for gone in self._gone:
            if self.progress.state.contains(gone.module, receiver):
                fates = _fates(gone.world, live)
                fate = fates.on_result if gone.is_result else fates.after
                self._log(live, gone.world, fate, gone.entry, "likely")

    @staticmethod
    def unfollowed(
        worlds: tuple[World, ...], site: Site, root: Found, *, elsewhere: Elsewhere
    ) -> Iterator[Outcome]:
        """Yield what may become of a hook: `likely` where its class goes to a world in another root.

        Elsewhere it is `possible`, in a world that is assumed.
        """
        registration = site.registration
        cls = root.class_of(site)
        is_exposed = cls is not None and root.leaves_to_others(site)
        entry = elsewhere.exposed.get(cls.qualname) if cls is not None and is_exposed else None
        steps: Steps = ((registration.location, "registered here"),)
        for world in worlds:
            fate = world.fates.get(kind_of(registration.api), Fates()).before
            if fate == "unknown" or (entry is None and not elsewhere.reaches(world.name, site, root)):
                continue
            for hook in site.hooks:
                yield Outcome(
                    world.standings[0].name,
                    "possible" if entry is None else "likely",
                    registration,
                    elsewhere.project,
                    hook,
                    cls,
                    entry=entry,
                    event=fate,
                    steps=steps if entry is None else (*steps, *steps_of_class(entry)),
                )

    def finish(self) -> None:
        """Nothing is left to settle."""

    def removed(self, live: LiveHook, location: Location) -> None:
        """Hear of a hook that is taken off: the state knows."""

    def set(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Hear of an attribute that is set: the state knows."""

    def declared(self, location: Location) -> None:
        """Return nothing: no annotation speaks of these worlds."""

    def called(self, module: ObjectValue | ScriptValue, call: ir.Call, location: Location) -> None:
        """Hear of a call, which changes nothing here."""

    def used(
        self, module: ObjectValue | ScriptValue, name: str, location: Location, given: Values = ()
    ) -> None:
        """Hear of a use, which changes nothing here."""

    def escaped(self, value: ObjectValue | ScriptValue, location: Location) -> None:
        """Hear of a module that somebody else gets, which changes nothing here."""

    def _log(self, live: LiveHook, world: World, fate: Fate, entry: Entry, confidence: Confidence) -> None:
        if fate == "unknown" or not may_hold_together(live.assumed, entry.assumed):
            return
        receiver = live.receiver
        cls = receiver.module_class if isinstance(receiver, ObjectValue) else None
        for hook in live.hooks:
            key = (world.name, fate, live.registration.location, hook.definition, entry.location, confidence)
            if key in self._known:
                continue
            self._known.add(key)
            self.outcomes.append(
                Outcome(
                    world.standings[0].name,
                    confidence,
                    live.registration,
                    self.progress.project,
                    hook,
                    cls,
                    entry=entry,
                    event=fate,
                    steps=steps_registered(live) + steps_left(entry),
                )
            )


def _fates(world: World, live: LiveHook) -> Fates:
    return world.fates.get(kind_of(live.registration.api), Fates())


def _confidence(live: LiveHook, entry: Entry, *, is_sure: bool) -> Confidence:
    """Return how sure a fate is: under a condition that is not understood, not quite."""
    is_conditional = live.is_conditional or entry.is_conditional or len(live.hooks) != 1
    return "certain" if is_sure and not is_conditional else "likely"
