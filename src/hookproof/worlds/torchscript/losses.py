"""Which of the silent events of a hook's life in TorchScript lose something that the program would notice."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from hookproof.finding import CONFIDENCES, Confidence, WorldName
from hookproof.interpreter.instances.live_hooks import Steps, entry_of
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import Hook, LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.torchscript.outcome_log import OutcomeLog

# The events of which torch says nothing.
SILENT_EVENTS: frozenset[Event] = frozenset(
    {
        "backward hook dropped",
        "dropped by freeze",
        "forward called directly",
        "global hook skips scripted children",
        "option lost",
        "removed after scripting",
        "state-dict hook dropped by script",
    }
)


# What only a use of the copy that was made shows.
_LOST_WITH_THE_COPY: frozenset[Event] = frozenset({"backward hook dropped", "dropped by freeze"})


_WORLDS: dict[Event, WorldName] = {
    "baked into the trace": "traced",
    "passed over by a class test": "registration",
}


class _Missed(Struct):
    """A hook that some uses of a script module go without."""

    missing: Missing
    copy: ScriptValue
    event: Event
    steps: Steps
    location: Location | None = None


class Losses(Struct):
    """What one interpretation may have lost, settled once it is known what the program goes on to read."""

    progress: Progress
    log: OutcomeLog
    notices: Notices
    _missed: dict[tuple[int, int, Event], _Missed] = field(default_factory=dict)

    def lose(
        self,
        live: LiveHook,
        world: WorldName,
        event: Event,
        steps: Steps,
        entry: Entry,
        location: Location | None = None,
        confidence: Confidence = "certain",
    ) -> None:
        """Log an event, a silent one only where somebody notices that the hook is not called."""
        if (
            event in _LOST_WITH_THE_COPY
            and entry.call is not None
            and entry.call is self.progress.thrown_away
        ):
            return
        noticed = self.notices.weight(live) if event in SILENT_EVENTS else confidence
        if noticed is not None:
            weaker = min(noticed, confidence, key=CONFIDENCES.index)
            self.log.event(live, world, event, steps=steps, entry=entry, location=location, confidence=weaker)

    def miss(
        self,
        live: LiveHook,
        copy: ScriptValue,
        event: Event,
        moment: Moment,
        steps: Steps,
        holder: ObjectValue | None = None,
        location: Location | None = None,
    ) -> None:
        """Note that a use of a script module, within `holder`, goes without a hook of the eager module.

        It is told of at `location`, or else where the hook is registered.
        """
        key = (id(live), id(copy), event)
        if key not in self._missed:
            is_baked = event == "baked into the trace"
            missing = Missing(live, copy.source, copy.module_class, copy.location, is_baked)
            self._missed[key] = _Missed(missing, copy, event, steps, location)
        missing = self._missed[key].missing
        missing.moments.append(moment)
        if holder is not None:
            missing.holders.append(holder)

    def settle(self, hooks: Iterable[Hook]) -> None:
        """Log the events that lose something; `hooks` are all that were met."""
        known = frozenset((hook.definition.path, hook.definition.at) for hook in hooks)
        for missed in self._missed.values():
            own = ((hook.definition.path, hook.definition.at) for hook in missed.missing.live.hooks)
            confidence = CONFIDENCE[self.notices.loss(missed.missing, known.union(own))]
            if confidence is None:
                continue
            self.log.event(
                missed.missing.live,
                _WORLDS.get(missed.event, "compiled"),
                missed.event,
                steps=missed.steps,
                entry=entry_of(missed.copy),
                location=missed.location,
                confidence=confidence,
            )
        self._missed.clear()
