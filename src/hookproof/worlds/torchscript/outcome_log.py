"""The outcomes that one interpretation comes upon, each written down once."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.classes.part_calls import ResultUse
from hookproof.evaluator.errors import Catch
from hookproof.finding import Confidence, WorldName
from hookproof.interpreter.instances.live_hooks import Steps, entry_of, steps_left, steps_registered
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import Hook, LiveHook, ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.worlds.outcome import Outcome
from hookproof.worlds.torchscript.decorated_hooks import as_compiled
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.torchscript.siblings import Siblings


class OutcomeLog(Struct):
    """The outcomes found so far, in order."""

    progress: Progress
    outcomes: list[Outcome] = field(default_factory=list)
    _known: set[tuple[object, ...]] = field(default_factory=set)
    _when_called: list[tuple[int, ScriptValue]] = field(default_factory=list)
    _compiled: dict[LiveHook, list[int]] = field(default_factory=dict)
    _frozen: list[tuple[LiveHook, ScriptValue]] = field(default_factory=list)
    _uses: dict[ScriptValue, list[tuple[bool, tuple[Catch, ...]]]] = field(default_factory=dict)

    def event(
        self,
        live: LiveHook,
        world: WorldName,
        event: Event,
        *,
        steps: Steps,
        entry: Entry | None,
        location: Location | None = None,
        is_top_level: bool = True,
        confidence: Confidence = "certain",
    ) -> None:
        """Note what the life cycle does to a hook, at `location` or else where it is registered."""
        receiver = live.receiver
        self._add(
            Outcome(
                world,
                _confidence(live, entry, is_sure=True) if confidence == "certain" and entry else confidence,
                live.registration,
                self.project,
                live.hooks[0] if live.hooks else None,
                receiver.module_class if receiver is not None else None,
                is_top_level,
                entry=entry,
                event=event,
                location=location,
                steps=(steps_registered(live) if location is not None else ()) + steps,
            )
        )

    def compiled_hook(
        self,
        live: LiveHook,
        entry: Entry,
        siblings: Siblings,
        *,
        module_class: ModuleClass | None,
        is_top_level: bool = False,
        is_sure: bool = True,
        first_type: Location | None = None,
        uses: tuple[ResultUse, ...] = (),
        inner: tuple[Hook, ...] = (),
        known_types: frozenset[str] | None = None,
    ) -> None:
        """Note that scripting compiles a hook; `is_sure` unless the module may have been left out."""
        for hook in live.hooks:
            added = self._add(
                Outcome(
                    "compiled",
                    _confidence(live, entry, is_sure=is_sure and len(live.hooks) == 1),
                    live.registration,
                    self.project,
                    as_compiled(hook, self.project),
                    module_class,
                    is_top_level,
                    entry=entry,
                    steps=steps_registered(live) + steps_left(entry),
                    siblings=siblings,
                    first_type=first_type,
                    uses=uses,
                    inner=inner,
                    known_types=known_types,
                )
            )
            self._compiled.setdefault(live, []).extend(added)

    def python_hook(self, live: LiveHook, copy: ScriptValue) -> None:
        """Note that a script or traced module calls a hook that stays in Python."""
        entry = entry_of(copy)
        for hook in live.hooks:
            added = self._add(
                Outcome(
                    "traced" if copy.is_traced else "script-module",
                    _confidence(live, entry, is_sure=len(live.hooks) == 1),
                    live.registration,
                    self.project,
                    hook,
                    copy.module_class,
                    copy.parent is None,
                    copy.is_frozen,
                    copy.is_reloaded,
                    entry,
                    steps=steps_registered(live) + steps_left(entry),
                    was_scripted=copy.was_scripted,
                )
            )
            self._when_called += [(number, copy) for number in added]

    def used(self, copy: ScriptValue) -> None:
        """Note what becomes, here, of an error of a hook that stays in Python."""
        self._uses.setdefault(copy, []).append((self.progress.expected > 0, self.progress.caught))

    def frozen(self, live: LiveHook, copy: ScriptValue) -> None:
        """Note that freezing leaves out a hook that `copy` has."""
        self._frozen.append((live, copy))

    def settle(self) -> None:
        """Leave out what fails only where the program waits for it; note what is caught, or never called."""
        outcomes, gone = self.outcomes, set[int]()
        for number, copy in self._when_called:
            uses = [caught for is_expected, caught in self._uses.get(copy, ()) if not is_expected]
            if copy in self._uses and not uses:
                gone.add(number)
            elif uses and all(uses):
                outcomes[number] = replace(outcomes[number], caught=uses[0])
        for live, copy in self._frozen:
            for number in self._compiled.get(live, ()) if copy not in self._uses else ():
                entry = outcomes[number].entry
                if entry is not None and entry.location == copy.location:
                    outcomes[number] = replace(outcomes[number], is_called=False)
        self.outcomes = [outcome for number, outcome in enumerate(outcomes) if number not in gone]
        self._when_called.clear()
        self._compiled.clear()
        self._frozen.clear()

    @property
    def project(self) -> Project:
        """The project that the interpreted program belongs to."""
        return self.progress.project

    def _add(self, outcome: Outcome) -> tuple[int, ...]:
        """Append an outcome, unless it is known; return its number."""
        outcome = replace(outcome, caught=self.progress.caught) if self.progress.caught else outcome
        location = outcome.location or outcome.registration.location
        hook = outcome.hook.definition if outcome.hook else None
        cls = (outcome.module_class.qualname, outcome.module_class.changed) if outcome.module_class else None
        key = (
            outcome.world,
            outcome.event,
            location,
            hook,
            outcome.registration.location,
            cls,
            outcome.is_frozen,
            outcome.confidence,
            outcome.caught,
        )
        if key in self._known:
            return ()
        self._known.add(key)
        self.outcomes.append(outcome)
        return (len(self.outcomes) - 1,)


def _confidence(live: LiveHook, entry: Entry, *, is_sure: bool) -> Confidence:
    """Return how sure it is that a hook gets there: under a condition that is not understood, not quite."""
    is_conditional = live.is_conditional or entry.is_conditional
    return "certain" if is_sure and not is_conditional else "likely"
