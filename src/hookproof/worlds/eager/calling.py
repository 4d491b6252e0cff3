"""What becomes of hooks in eager mode, on abstract state: those on modules that nothing calls never run.

Everything here was measured on torch 2.13.0. A finding is made only where the hook was put on that module by
itself, what holds it is called, and what the hook would do is noticed: who hooks all modules means none of
these.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct, field

from hookproof.finding import Confidence, weaker
from hookproof.interpreter.domain import Values
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.listener import ASSIGNING, Entering
from hookproof.interpreter.objects import CHILDREN, ObjectValue
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile
from hookproof.worlds.eager.parameters import Replacements
from hookproof.worlds.eager.part_uses import SKIPPING, part_uses
from hookproof.worlds.eager.replacing import lost_with
from hookproof.worlds.event_log import EventLog
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.gradients import backward_of
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices
from hookproof.worlds.outcome import Exposure, Outcome
from hookproof.worlds.world import World, kind_of

Event: TypeAlias = Literal[
    "on a container",
    "on a projection of attention",
    "on a part whose weight is used",
    "on a part whose forward is called",
    "on a part that is replaced",
    "skipped by forward",
]

_STANDING = "uncalled"
_REPLACED = "replaced"  # of hooks on parameters
_CONTAINERS = frozenset({"torch.nn.ModuleList", "torch.nn.ModuleDict"})
_ATTENTION = "torch.nn.MultiheadAttention"
_OF_CALLS = frozenset({"forward", "forward-pre", "backward", "backward-pre"})


class _Uncalled(Struct, eq=False):
    """A hook on a module that nothing seems to call, and the calls of what holds the module.

    `holder` is what held it, where something else has taken its place there; `is_put_on_anew` tells that it
    got a hook since.
    """

    live: LiveHook
    receiver: ObjectValue
    event: Event
    sure: Confidence
    holder: ObjectValue | None = None
    is_put_on_anew: bool = False
    is_called: bool = False
    uses: list[tuple[int, ObjectValue, Moment]] = field(default_factory=list)


class Calling:
    """Listens to one interpretation, and logs which hooks are on modules that are never called."""

    def __init__(self, worlds: tuple[World, ...], progress: Progress) -> None:
        self.worlds, self.progress = worlds, progress
        self._events = EventLog(progress)
        self.outcomes = self._events.outcomes
        self.exposures: list[Exposure] = []
        self._notices = Notices(progress, frozenset(world.name for world in worlds))
        self._uncalled: list[_Uncalled] = []
        self._hooked: list[tuple[LiveHook, ObjectValue]] = []
        self._on_parts: list[tuple[LiveHook, ObjectValue]] = []  # those of loops as well
        self._calls: list[tuple[int, ObjectValue]] = []
        self._parameters = Replacements(progress)

    # --- what the program does -----------------------------------------------------------------------

    def entered(self, entering: Entering) -> Values | None:
        """Hear of nothing: no call takes a module here."""

    def registered(self, live: LiveHook, *, is_unbound: bool = False) -> None:
        """Hear of a hook that is put on a module; see whether anything can call that."""
        receiver, kind = live.receiver, kind_of(live.registration.api)
        if not isinstance(receiver, ObjectValue) or kind not in _OF_CALLS or self.progress.expected:
            return
        self._on_parts.append((live, receiver))
        for each in self._uncalled:
            if each.holder is not None and self.progress.state.contains(each.holder, receiver):
                each.is_put_on_anew = True
        is_of_many = live.registration.receiver in {"loop", "apply"} and not receiver.narrowed
        if is_of_many or live.reaches_children:
            return
        self._hooked.append((live, receiver))
        found = self._event(receiver, live)
        if found is not None:
            self._uncalled.append(_Uncalled(live, receiver, *found))

    def called(self, module: ObjectValue | ScriptValue, call: ir.Call, location: Location) -> None:
        """Hear of the call of a module: of a hooked one itself, or of what holds it."""
        if isinstance(module, ObjectValue):
            self._notices.eager_calls.append((module, location))
            self._calls.append((self.progress.tick(), module))
            if self.progress.grad == "grad":
                self._parameters.calls.append(self._calls[-1])
            self._use(module, Moment(location, "called"))

    def escaped(self, value: ObjectValue | ScriptValue, location: Location) -> None:
        """Hear of a module that somebody else gets, who may call it."""
        if isinstance(value, ObjectValue):
            self._use(value, Moment(location, "given"))

    def _use(self, module: ObjectValue, moment: Moment) -> None:
        for each in self._uncalled:
            contains = self.progress.state.contains
            if module is each.receiver or (each.holder is not None and contains(module, each.receiver)):
                each.is_called = True
            elif contains(module, each.holder or each.receiver):
                each.uses.append((self.progress.tick(), module, moment))

    def used(
        self, module: ObjectValue | ScriptValue, name: str, location: Location, given: Values = ()
    ) -> None:
        """Hear of `module.forward(…)`, which skips the hooks of the module, and of gradients and loading."""
        if isinstance(module, ObjectValue) and name == "backward":
            self._parameters.computed(backward_of(module, location, self.progress.tick()))
        if isinstance(module, ObjectValue) and name == ASSIGNING:
            self._parameters.assigned(module, location)
        if name != "forward" or not isinstance(module, ObjectValue) or self.progress.expected:
            return
        call = self.progress.thrown_away
        is_dropped = call is not None and location.at in {call.at, call.func.at}
        for live, receiver in self._hooked:
            if receiver is module and live in self.progress.state.of(module).hooks:
                if is_dropped and self._only_changes_the_result(live):
                    continue
                found = _Uncalled(live, receiver, "skipped by forward", "certain")
                found.uses.append((self.progress.tick(), module, Moment(location, "called")))
                self._uncalled.append(found)

    def _was_used(self, live: LiveHook, receiver: ObjectValue) -> bool:
        """Whether something that holds a module was called since a hook was put on it."""
        contains = self.progress.state.contains
        return any(order > live.order and contains(module, receiver) for order, module in self._calls)

    def _is_kept_elsewhere(self, each: _Uncalled) -> bool:
        """Whether what a hook was registered for has others: on the new part, or on parts that stay."""
        registration = each.live.registration
        lost = {other.live for other in self._uncalled if other.holder is not None}
        return each.is_put_on_anew or any(
            registration.receiver in {"loop", "apply"}
            and other.registration.location == registration.location
            and other not in lost
            for other, _ in self._on_parts
        )

    def _only_changes_the_result(self, live: LiveHook) -> bool:
        effects = [effect for hook in live.hooks for effect in self._notices.effects(hook, live)]
        return all(hook.function is not None for hook in live.hooks) and all(
            effect.kind == "result" for effect in effects
        )

    def removed(self, live: LiveHook, location: Location) -> None:
        """Hear of a hook that is taken off: the state knows when."""

    def set(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Hear of an attribute that is set: whoever sets `forward` on a module may call it by that."""
        if name == "forward":
            self._uncalled = [each for each in self._uncalled if each.receiver is not owner]
        if isinstance(owner, ObjectValue) and not self.progress.expected:
            self._parameters.set(owner, name, values)
            self._become_part(owner, name, values)
            for live, receiver in lost_with(self.progress, self._on_parts, owner, name, values):
                if self._was_used(live, receiver):
                    continue  # and may have done all that it is there for
                sure: Confidence = "likely" if self.progress.choices else "certain"
                self._uncalled.append(_Uncalled(live, receiver, "on a part that is replaced", sure, owner))

    def _become_part(self, holder: ObjectValue, name: str, values: Values) -> None:
        """See whether hooked modules become a part of a class that never calls it: `Wrapped(model)`."""
        around = self._class_of(holder)
        if around is None or around.definition is None:
            return
        for live, receiver in self._hooked:
            if receiver not in values or receiver is holder or not live.registration.is_forward:
                continue
            found = self._event_of_part(around, name, live)
            if found is not None and not self._was_used(live, receiver):
                self._uncalled.append(_Uncalled(live, receiver, *found))

    def declared(self, location: Location) -> None:
        """Return nothing: no annotation speaks of calls."""

    # --- what is never called ------------------------------------------------------------------------

    def _event(self, receiver: ObjectValue, live: LiveHook) -> tuple[Event, Confidence] | None:
        cls = receiver.module_class
        if cls is not None and cls.is_container and cls.lacks_forward and _is_list_or_dict(cls):
            return "on a container", "certain"
        for holder, name in self._holders(receiver):
            around = self._class_of(holder)
            if around is None:
                continue
            if name == "out_proj" and around.definition is None and around.is_a(_ATTENTION):
                return "on a projection of attention", "certain"
            if around.definition is not None and live.registration.is_forward:
                return self._event_of_part(around, name, live)
        return None

    def _event_of_part(
        self, around: ModuleClass, name: str, live: LiveHook
    ) -> tuple[Event, Confidence] | None:
        """Return how a class of the project uses a part without a call of it, None where it may call it."""
        definition = around.definition
        if definition is None or not name.isidentifier():
            return None
        places = [definition.location, live.registration.location]
        bases = [getattr(base, "location", None) for base in self.progress.project.mro(definition)]
        places += [place for place in bases if isinstance(place, Location)]
        files: dict[str, SourceFile] = {place.path: place.file for place in places}
        # Most parts are called, and to look at all that a file does takes long.
        if not any(f"{name}.{use}" in file.text for file in files.values() for use in SKIPPING):
            return None
        uses = {use for file in files.values() for use in part_uses(file).of(name)} - {"setting"}
        sure: Confidence = "likely" if "walk" in uses or not around.is_complete else "certain"
        if uses - {"walk"} == {"weight"}:
            return "on a part whose weight is used", sure
        if uses - {"walk", "weight"} == {"forward"}:
            return "on a part whose forward is called", sure
        return None

    def _class_of(self, module: ObjectValue) -> ModuleClass | None:
        """Return the class of a module, of a part by what the class around it says."""
        if module.module_class is not None or module.parent is None or module.narrowed:
            return module.module_class
        around = self._class_of(module.parent)
        if module.form == "attribute":
            fact = around.attribute(module.name) if around is not None else None
            return fact.module_class if fact is not None and fact.kind == "submodule" else None
        if module.name != CHILDREN and module.form != "subscript":
            return None
        lists = [around, *(self._written_class(*holder) for holder in self._holders(module.parent))]
        elements = [each.element for each in lists if each is not None and each.is_container]
        return next((element for element in elements if element is not None), None)

    def _written_class(self, holder: ObjectValue, name: str) -> ModuleClass | None:
        fact = holder.module_class.attribute(name) if holder.module_class is not None else None
        return fact.module_class if fact is not None else None

    def _holders(self, receiver: ObjectValue) -> Iterator[tuple[ObjectValue, str]]:
        """Yield the modules that a module is a part of, each with the name that it has there."""
        if receiver.parent is not None and receiver.form == "attribute" and not receiver.narrowed:
            yield receiver.parent, receiver.name
        for other, state in list(self.progress.state.objects.items()):
            if isinstance(other, ObjectValue) and other.module_class is not None:
                for name, values in state.attributes.items():
                    if receiver in values:
                        yield other, name

    # --- what comes of it ----------------------------------------------------------------------------

    def finish(self) -> None:
        """Log what is missed of the hooks whose modules were never called."""
        hooks = (hook for site in self.progress.sites for hook in site.hooks)
        known = frozenset((hook.definition.path, hook.definition.at) for hook in hooks)
        told = {each.live for each in self._uncalled if each.event != "skipped by forward" and each.uses}
        for each in self._uncalled:
            is_told = each.event == "skipped by forward" and each.live in told  # by what uses the part
            if not each.is_called and each.uses and not is_told:
                self._miss(each, known)

        for lost, used, confidence in self._parameters.missed(self._notices, known):
            steps = [(used, "gradients are computed here")]
            if lost.location is not None:
                steps.insert(0, (lost.location, "other tensors take the place of parameters here"))
            self._events.add(_REPLACED, lost.cause, lost.live, confidence, None, steps=tuple(steps))

    def _miss(self, each: _Uncalled, known: frozenset[tuple[str, int]]) -> None:
        live = each.live
        removed = self.progress.state.removed.get(live)
        uses = [use for use in each.uses if use[0] >= live.order and (removed is None or use[0] < removed[0])]
        if not uses or (each.holder is not None and self._is_kept_elsewhere(each)):
            return
        source, moments = uses[0][1], [moment for _, _, moment in uses]
        if any(self._notices.is_in_hook(moment.location, live, known) for moment in moments):
            return  # a hook that calls `forward` itself goes without hooks on purpose
        if kind_of(live.registration.api) in {"backward", "backward-pre"}:
            lost = self._notices.weight(live)
        else:
            made, cls = live.registration.location, source.module_class
            lost = CONFIDENCE[
                self._notices.loss(Missing(live, source, cls, made, is_baked=False, moments=moments), known)
            ]
        if lost is not None:
            is_called = any(moment.kind == "called" for moment in moments)
            sure = each.sure if is_called and len(live.hooks) == 1 else "likely"
            self._log(each, weaker(lost, sure), moments[0].location)

    def _log(self, each: _Uncalled, confidence: Confidence, used: Location) -> None:
        is_forward = each.event == "skipped by forward"
        note = "its `forward` is called here" if is_forward else "used here"
        location = used if is_forward else None
        self._events.add(
            _STANDING, each.event, each.live, confidence, None, location=location, steps=((used, note),)
        )

    @staticmethod
    def unfollowed(
        worlds: tuple[World, ...], site: Site, root: Found, *, elsewhere: Elsewhere
    ) -> Iterator[Outcome]:
        """Yield nothing: who calls a module is known only where that is followed."""
        yield from ()


def _is_list_or_dict(cls: ModuleClass) -> bool:
    return cls.qualname in _CONTAINERS or any(cls.is_a(name) for name in _CONTAINERS)
