"""Hooks that are chosen by the names of modules, which begin with `_orig_mod.` in what is compiled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from hookproof.finding import Confidence
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import State
from hookproof.interpreter.values import LiveHook
from hookproof.semantic.location import Location
from hookproof.worlds.compile.regions import Region
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices


class Misnamed(Struct):
    """The hooks of one program that are never registered, with the test and the region of its module."""

    met: list[tuple[LiveHook, Location, Region]] = field(default_factory=list)

    def note(self, live: LiveHook, test: Location, regions: Iterable[Region], state: State) -> None:
        """Remember a hook that the parts of a wrapped module were searched for."""
        receiver = live.receiver
        for region in regions:
            if region.wrapper is None or region.root is None or not isinstance(receiver, ObjectValue):
                continue
            if state.contains(region.root, receiver) or receiver.is_within(region.wrapper):
                self.met.append((live, test, region))

    def missed(
        self, notices: Notices, known: frozenset[tuple[str, int]]
    ) -> Iterator[tuple[LiveHook, Location, Region, Confidence]]:
        """Yield those that somebody misses at a later call, and how sure that is."""
        for live, test, region in self.met:
            calls = [call for call in region.calls if call.order > live.order]
            # The program may know another way to the layer.
            if not calls or any(_is_same(live, other) for call in calls for other in call.hooks):
                continue
            moments = [Moment(call.location, "called") for call in calls]
            cls = region.root.module_class if region.root is not None else None
            missing = Missing(live, region.root, cls, region.entry.location, False, moments)
            confidence = CONFIDENCE[notices.loss(missing, known)]
            if confidence is not None:
                yield live, test, region, confidence


def _is_same(one: LiveHook, other: LiveHook) -> bool:
    return {hook.definition for hook in one.hooks} == {hook.definition for hook in other.hooks}
