"""Which of the silent events of a hook's life lose something that the program would notice.

A hook that is not called is a reason to look, no more: what it does may be nothing, or may be baked into the
graph together with the `forward` that uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from hookproof.classes.module_classes import module_class_of
from hookproof.finding import CONFIDENCES, Confidence, WorldName
from hookproof.interpreter.hook_effects import Effect, effects_of
from hookproof.interpreter.instances.live_hooks import Steps, entry_of, takes_itself_off
from hookproof.interpreter.kept import Loss, Moment, Readers, readers_of
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import Hook, LiveHook, ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.location import Location
from hookproof.syntax.source_file import SourceFile
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.torchscript.outcome_log import OutcomeLog

_CONFIDENCE: dict[Loss, Confidence | None] = {"sure": "certain", "perhaps": "likely", "none": None}

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


class _Missed(Struct):
    """A hook that some uses of a script module go without."""

    live: LiveHook
    copy: ScriptValue
    event: Event
    steps: Steps
    moments: list[Moment] = field(default_factory=list)
    holders: list[ObjectValue] = field(default_factory=list)


# Its hooks are handed the state dict first.
_WITHOUT_MODULE = "_register_load_state_dict_pre_hook"


class Losses(Struct):
    """What one interpretation may have lost, settled once it is known what the program goes on to read."""

    progress: Progress
    log: OutcomeLog
    eager_calls: list[tuple[ObjectValue, Location]] = field(default_factory=list)
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
        noticed = self.weight(live) if event in SILENT_EVENTS else confidence
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
    ) -> None:
        """Note that a use of a script module, within `holder`, goes without a hook of the eager module."""
        key = (id(live), id(copy), event)
        missed = self._missed.setdefault(key, _Missed(live, copy, event, steps))
        missed.moments.append(moment)
        if holder is not None:
            missed.holders.append(holder)

    def settle(self, hooks: Iterable[Hook]) -> None:
        """Log the events that lose something; `hooks` are all that were met."""
        known = frozenset((hook.definition.path, hook.definition.at) for hook in hooks)
        for missed in self._missed.values():
            loss = self._loss(missed, known)
            confidence = _CONFIDENCE[loss]
            if confidence is None:
                continue
            world: WorldName = "traced" if missed.event == "baked into the trace" else "compiled"
            self.log.event(
                missed.live,
                world,
                missed.event,
                steps=missed.steps,
                entry=entry_of(missed.copy),
                confidence=confidence,
            )
        self._missed.clear()

    def weight(self, live: LiveHook) -> Confidence | None:
        """Return how sure it is that somebody notices where a hook is not called, None where nobody does."""
        own = frozenset((hook.definition.path, hook.definition.at) for hook in live.hooks)
        return _CONFIDENCE[_of_any(self._weight_of(hook, live, own) for hook in live.hooks)]

    def _weight_of(self, hook: Hook, live: LiveHook, own: frozenset[tuple[str, int]]) -> Loss:
        if hook.function is None:
            return "sure"
        return _worst(
            _weight(effect)
            if effect.node is None
            else _softened(self._readers(live, None).is_read(effect, own), effect)
            for effect in self._effects(hook, live)
        )

    def _effects(self, hook: Hook, live: LiveHook) -> tuple[Effect, ...]:
        """Return what a hook leaves behind, said of what it is handed by this registration."""
        registered = live.registration
        takes_module = registered.api != _WITHOUT_MODULE or "with_module" in registered.options
        return effects_of(hook, self.progress.project, self.progress.decide, takes_module=takes_module)

    def changes_module(self, live: LiveHook) -> Confidence | None:
        """Return how sure it is that a call makes the module another: one while tracing is too many."""
        return _CONFIDENCE[
            _of_any(
                _worst(
                    _weight(effect)
                    for effect in effects_of(hook, self.progress.project, self.progress.decide)
                    if effect.kind == "changes"
                )
                for hook in live.hooks
            )
        ]

    def _loss(self, missed: _Missed, known: frozenset[tuple[str, int]]) -> Loss:
        is_baked = missed.event == "baked into the trace"
        if is_baked and any(takes_itself_off(hook) for hook in missed.live.hooks):
            return "none"  # it runs once, traced or not
        return _of_any(
            _worst(
                self._loss_of(effect, missed, known, is_baked=is_baked)
                for effect in (self._effects(hook, missed.live) if hook.function else _unknown(is_baked))
            )
            for hook in missed.live.hooks
        )

    def _loss_of(
        self, effect: Effect, missed: _Missed, known: frozenset[tuple[str, int]], *, is_baked: bool
    ) -> Loss:
        if effect.kind == "result":
            return "none" if is_baked else _weight(effect)
        moments = [moment for moment in missed.moments if moment.kind != "saved"]
        if not moments:
            return "none"  # what a saved module leaves out is left out of another process
        if effect.node is None:
            return _weight(effect)
        if is_baked and effect.in_place and self._is_recorded(effect, missed.live):
            return "none"
        source = missed.copy.source
        calls = [location for module, location in self.eager_calls if module is source]
        live = missed.live
        receiver = live.receiver
        own = (
            receiver.module_class.definition
            if isinstance(receiver, ObjectValue) and receiver.module_class
            else None
        )
        loss = self._readers(live, missed).loss(
            effect,
            moments,
            known,
            calls,
            own_class=None if live.registration.is_pre else own,
            holders=frozenset(
                location
                for holder in missed.holders
                for location in self._class_locations(holder.module_class)
            ),
            around=frozenset(self._around(missed)),
            is_baked=is_baked,
        )
        if all(moment.kind == "given" for moment in moments) and loss == "sure":
            loss = "perhaps"
        return _softened(loss, effect)

    def _is_recorded(self, effect: Effect, live: LiveHook) -> bool:
        """Whether what is changed is a buffer or a parameter: tracing records what is done to its numbers."""
        if effect.node is None or effect.node[0] != "attribute" or not isinstance(effect.node[1], str):
            return False
        owners = [_owner(hook) for hook in live.hooks if not effect.on_module]
        classes = [module_class_of(owner, self.progress.project) for owner in owners]
        if effect.on_module and isinstance(live.receiver, (ObjectValue, ScriptValue)):
            classes.append(live.receiver.module_class)
        facts = [cls.attribute(effect.node[1]) if cls is not None else None for cls in classes]
        kinds = {fact.kind if fact is not None else "unknown" for fact in facts}
        return bool(kinds) and kinds <= {"buffer", "parameter"}

    def _around(self, missed: _Missed) -> Iterator[Location]:
        """Yield the classes of what is traced, and of the modules that the hooked one was reached through."""
        yield from self._class_locations(missed.copy.module_class)
        receiver = missed.live.receiver
        while isinstance(receiver, ObjectValue) and receiver.parent is not None:
            receiver = receiver.parent
            yield from self._class_locations(receiver.module_class)

    def _readers(self, live: LiveHook, missed: _Missed | None) -> Readers:
        files: dict[str, SourceFile] = {live.registration.location.file.path: live.registration.location.file}
        locations = [hook.definition for hook in live.hooks]
        receiver = live.receiver
        classes = [receiver.module_class] if isinstance(receiver, (ObjectValue, ScriptValue)) else []
        if missed is not None:
            locations += [missed.copy.location, *(moment.location for moment in missed.moments)]
            classes += [missed.copy.module_class, *(holder.module_class for holder in missed.holders)]
        for hook in live.hooks:
            if hook.owner_class is not None:
                locations.append(hook.owner_class.location)
        for cls in classes:
            locations += self._class_locations(cls)
        files.update((location.file.path, location.file) for location in locations)
        return readers_of(self.progress.project, files.values())

    def _class_locations(self, cls: ModuleClass | None) -> list[Location]:
        if cls is None or cls.definition is None:
            return []
        return [
            base.location
            for base in self.progress.project.mro(cls.definition)
            if isinstance(base, ClassDefinition)
        ]


def _owner(hook: Hook) -> ClassDefinition | None:
    """Return the class whose instance a hook knows as `self`: its own, or that of the method around it."""
    frame = hook.frame
    while hook.owner_class is None and frame is not None:
        if frame.owner is not None:
            return frame.owner
        frame = frame.parent
    return hook.owner_class


def _unknown(is_baked: bool) -> tuple[Effect, ...]:
    """Return what is taken to be the effect of a hook that could not be followed."""
    return () if is_baked else (Effect("result"),)


def _weight(effect: Effect) -> Loss:
    return "sure" if effect.is_sure else "perhaps"


def _softened(loss: Loss, effect: Effect) -> Loss:
    return "perhaps" if loss == "sure" and not effect.is_sure else loss


def _worst(losses: Iterable[Loss]) -> Loss:
    found = set(losses)
    return "sure" if "sure" in found else "perhaps" if "perhaps" in found else "none"


def _of_any(losses: Iterable[Loss]) -> Loss:
    """Return what is lost where only one of several hooks is registered, and it is not known which."""
    found = set(losses)
    return "none" if found <= {"none"} else "sure" if found == {"sure"} else "perhaps"
