"""The cases that one interpretation comes upon, each written down once."""

from __future__ import annotations

from msgspec import Struct, field

from hookproof.classes.part_calls import ResultUse
from hookproof.finding import Confidence, WorldName
from hookproof.interpreter.instances.live_hooks import Steps, entry_of, steps_left, steps_registered
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import Hook, LiveHook, ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.place import Place
from hookproof.semantic.project import Project
from hookproof.worlds.case import Case
from hookproof.worlds.torchscript.decorated_hooks import as_compiled
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.torchscript.siblings import Siblings


class CaseLog(Struct):
    """The cases found so far, in order."""

    project: Project
    cases: list[Case] = field(default_factory=list)
    _known: set[tuple[object, ...]] = field(default_factory=set)

    def event(
        self,
        live: LiveHook,
        world: WorldName,
        event: Event,
        *,
        steps: Steps,
        entry: Entry,
        place: Place | None = None,
        is_top_level: bool = True,
        confidence: Confidence = "certain",
    ) -> None:
        """Note what the life cycle does to a hook, at `place` or else where it is registered."""
        receiver = live.receiver
        self._add(
            Case(
                world,
                _confidence(live, entry, is_sure=True) if confidence == "certain" else confidence,
                live.registration,
                self.project,
                live.hooks[0] if live.hooks else None,
                receiver.module_class if receiver is not None else None,
                is_top_level,
                entry=entry,
                event=event,
                place=place,
                steps=(steps_registered(live) if place is not None else ()) + steps,
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
        first_type: Place | None = None,
        uses: tuple[ResultUse, ...] = (),
        inner: tuple[Hook, ...] = (),
    ) -> None:
        """Note that scripting compiles a hook; `is_sure` unless the module may have been left out."""
        for hook in live.hooks:
            self._add(
                Case(
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
                )
            )

    def python_hook(self, live: LiveHook, copy: ScriptValue) -> None:
        """Note that a script or traced module calls a hook that stays in Python."""
        entry = entry_of(copy)
        for hook in live.hooks:
            self._add(
                Case(
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
                )
            )

    def _add(self, case: Case) -> None:
        place = case.place or case.registration.place
        hook = case.hook.definition if case.hook else None
        cls = (case.module_class.qualname, case.module_class.changed) if case.module_class else None
        key = (
            case.world,
            case.event,
            place,
            hook,
            case.registration.place,
            cls,
            case.is_frozen,
            case.confidence,
        )
        if key not in self._known:
            self._known.add(key)
            self.cases.append(case)


def _confidence(live: LiveHook, entry: Entry, *, is_sure: bool) -> Confidence:
    """Return how sure it is that a hook gets there: under a condition that is not understood, not quite."""
    is_conditional = live.is_conditional or entry.is_conditional
    return "certain" if is_sure and not is_conditional else "likely"
