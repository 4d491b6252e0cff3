"""What a listener says of hooks, each thing once, and what it says where a world is assumed."""

from __future__ import annotations

from hookproof.evaluator.errors import Catch
from hookproof.finding import Confidence, weaker
from hookproof.interpreter.asked import may_hold_together
from hookproof.interpreter.instances.live_hooks import Steps, steps_left, steps_registered
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import Hook, LiveHook
from hookproof.semantic.location import Location
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.outcome import Outcome


class EventLog:
    """The outcomes of one interpretation: what becomes of hooks, in the words of a listener's events."""

    def __init__(self, progress: Progress) -> None:
        self.outcomes: list[Outcome] = []
        self._progress = progress
        self._known: set[tuple[object, ...]] = set()

    def add(
        self,
        standing: str,
        event: str,
        live: LiveHook,
        confidence: Confidence,
        entry: Entry | None,
        *,
        hook: Hook | None = None,
        location: Location | None = None,
        caught: tuple[Catch, ...] = (),
        steps: Steps | None = None,
        is_top_level: bool = True,
    ) -> None:
        """Log an event that comes to a hook; what depends on a condition is `likely` at most.

        Without `steps`, those behind the registration say where eager mode was left.
        """
        if entry is not None and not may_hold_together(live.assumed, entry.assumed):
            return
        if live.is_conditional or (entry is not None and entry.is_conditional):
            confidence = weaker(confidence, "likely")
        if steps is None:
            steps = steps_left(entry) if entry is not None else ()
        key = (standing, event, live.registration.location, location, steps, confidence)
        if key in self._known:
            return
        self._known.add(key)
        receiver = live.receiver
        self.outcomes.append(
            Outcome(
                standing,
                confidence,
                live.registration,
                self._progress.project,
                hook or (live.hooks[0] if live.hooks else None),
                receiver.module_class if isinstance(receiver, ObjectValue) else None,
                is_top_level=is_top_level,
                entry=entry,
                event=event,
                location=location,
                caught=caught,
                steps=steps_registered(live) + steps,
            )
        )


def assumed(standing: str, event: str, hook: Hook, site: Site, root: Found, elsewhere: Elsewhere) -> Outcome:
    """Return what may become of a hook whose module is taken to go to a world."""
    return Outcome(
        standing,
        "possible",
        site.registration,
        elsewhere.project,
        hook,
        root.class_of(site),
        event=event,
        steps=((site.registration.location, "registered here"),),
    )
