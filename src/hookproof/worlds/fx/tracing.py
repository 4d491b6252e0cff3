"""What `torch.fx` does to hooks, on abstract state: it drops those of the root and runs others on proxies.

Everything here was measured on torch 2.13.0. What is traced calls leaves as they are, with their hooks; the
`forward` of every other module, and its forward hooks, become part of the graph.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from hookproof.evaluator.errors import Catch
from hookproof.finding import Confidence, weaker
from hookproof.interpreter.domain import Values
from hookproof.interpreter.effect import Effect
from hookproof.interpreter.hook_conditions import PROXIES
from hookproof.interpreter.hook_effects import effects_of
from hookproof.interpreter.instances.live_hooks import takes_itself_off
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.listener import Entering
from hookproof.interpreter.objects import ObjectValue, is_step
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.proxy_questions import proxy_questions
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import Hook, LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.event_log import EventLog, assumed
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.fx.events import QUESTIONS, Event, Failure
from hookproof.worlds.fx.leaves import Place, is_leaf, place_of
from hookproof.worlds.hooks_met import hooks_met, is_met
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices, worst
from hookproof.worlds.outcome import Exposure, Outcome
from hookproof.worlds.world import World, kind_of

_STANDING = "fx"


class _Traced(Struct, eq=False):
    """One module that was traced: with the hooks that it had, and what was done with the result."""

    entry: Entry
    source: ObjectValue
    result: ObjectValue
    caught: tuple[Catch, ...]
    hooks: list[tuple[LiveHook, bool, Place | None]] = field(default_factory=list)
    late: list[tuple[LiveHook, Event]] = field(default_factory=list)
    uses: list[tuple[int, Moment, bool]] = field(default_factory=list)
    exchanged: set[str] = field(default_factory=set)

    def moments(self, since: int = 0, until: int | None = None) -> list[Moment]:
        """Return the uses of the traced module that came later, and before the end."""
        return [
            moment for order, moment, _ in self.uses if order >= since and (until is None or order < until)
        ]

    @property
    def is_called_once(self) -> bool:
        """Whether it is called just once: as often as a hook ran while it was traced."""
        return [moment.kind for moment in self.moments()] == ["called"] and not self.uses[0][2]


class Tracing:
    """Listens to one interpretation, and logs what becomes of hooks on modules that fx traces."""

    def __init__(self, worlds: tuple[World, ...], progress: Progress) -> None:
        self.worlds, self.progress = worlds, progress
        self._names = frozenset(world.name for world in worlds)
        self._events = EventLog(progress)
        self.outcomes = self._events.outcomes
        self.exposures: list[Exposure] = []
        self._notices = Notices(progress, self._names)
        self._traced: list[_Traced] = []

    # --- what the program does -----------------------------------------------------------------------

    def entered(self, entering: Entering) -> Values | None:
        """Hear of a module that is traced; return the graph module."""
        entry = self.progress.entry(entering.point.qualname, entering.location, entering.call)
        results: list[ObjectValue] = []
        for module in entering.given:
            if not isinstance(module, ObjectValue):
                continue
            self.exposures.append(Exposure(module, entry))
            traced = _Traced(entry, module, ObjectValue("call"), self.progress.caught)
            if not self.progress.expected:
                for live in hooks_met(self.progress, module):
                    is_sure = is_met(self.progress, live)
                    if is_sure is not False and isinstance(live.receiver, ObjectValue):
                        place = self._place(live, live.receiver, module)
                        traced.hooks.append((live, is_sure is True, place))
            self._traced.append(traced)
            results.append(traced.result)
        return tuple(results) or None

    def registered(self, live: LiveHook, *, is_unbound: bool = False) -> None:
        """Hear of a hook that is put on what was traced before, or on a part of the graph module."""
        receiver = live.receiver
        if not isinstance(receiver, ObjectValue):
            return
        for traced in self._traced:
            if receiver is traced.result:
                continue
            if receiver.is_within(traced.result):
                if self._is_inlined_part(receiver, traced):
                    traced.late.append((live, "registered on an inlined child"))
            elif self.progress.state.contains(traced.source, receiver):
                place = self._place(live, receiver, traced.source)
                if place in {"root", "inlined"}:
                    traced.late.append((live, "registered after fx"))

    def _place(self, live: LiveHook, receiver: ObjectValue, source: ObjectValue) -> Place | None:
        """Return where a hook stands; a condition that is not understood may keep it to the leaves."""
        if live.reaches_children and not (live.is_for_all or receiver.narrowed):
            return None
        return place_of(self.progress.state, receiver, source, live.order)

    def _is_inlined_part(self, receiver: ObjectValue, traced: _Traced) -> bool:
        """Whether a part of a graph module has the name of a module that is inlined in the graph."""
        names: list[str] = []
        value = receiver
        while value is not traced.result and value.parent is not None:
            if not is_step(value):
                return False
            names.insert(0, value.name.strip("[]"))
            value = value.parent
        part: ObjectValue = traced.source
        for name in names:
            held = self.progress.state.of(part).attributes.get(name, ())
            if len(held) == 1 and isinstance(held[0], ObjectValue):
                part = held[0]
                continue
            fact = part.module_class.attribute(name) if part.module_class is not None else None
            cls = fact.module_class if fact is not None else None
            part = ObjectValue("attribute", cls, parent=part, name=name)
        return place_of(self.progress.state, part, traced.source, self.progress.order) == "inlined"

    def called(self, module: ObjectValue | ScriptValue, call: ir.Call, location: Location) -> None:
        """Hear of the call of an eager module, or of a traced one."""
        if isinstance(module, ObjectValue):
            self._use(module, Moment(location, "called"))
            self._notices.eager_calls.append((module, location))

    def escaped(self, value: ObjectValue | ScriptValue, location: Location) -> None:
        """Hear of a module that somebody else gets, who may call it."""
        if isinstance(value, ObjectValue):
            self._use(value, Moment(location, "given"))

    def used(
        self, module: ObjectValue | ScriptValue, name: str, location: Location, given: Values = ()
    ) -> None:
        """Hear of a state dict that is exchanged with a traced module."""
        if isinstance(module, ObjectValue) and name in {"state_dict", "load_state_dict"}:
            for traced in self._traced:
                if module is traced.result:
                    traced.exchanged.add(name)

    def _use(self, module: ObjectValue, moment: Moment) -> None:
        for traced in self._traced:
            if module is traced.result:
                traced.uses.append((self.progress.tick(), moment, self.progress.turning > 0))

    def removed(self, live: LiveHook, location: Location) -> None:
        """Hear of a hook that is taken off: the graph does not follow."""

    def set(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Hear of an attribute that is set: the state remembers it."""

    def declared(self, location: Location) -> None:
        """Return nothing: no annotation speaks of traced modules."""

    # --- what comes of it ----------------------------------------------------------------------------

    def finish(self) -> None:
        """Log what was lost, now that it is known what the program goes on to do."""
        hooks = (hook for site in self.progress.sites for hook in site.hooks)
        known = frozenset((hook.definition.path, hook.definition.at) for hook in hooks)
        for traced in self._traced:
            for live, is_sure, place in traced.hooks:
                sure: Confidence = "certain" if is_sure and len(live.hooks) == 1 else "likely"
                if place == "root":
                    self._meet_root(live, traced, known, sure)
                elif place == "inlined":
                    self._meet_inlined(live, traced, known, sure)
            for live, event in traced.late:
                if not self._is_put_on_both(live, traced):
                    self._miss_late(live, event, traced, known)

    def _is_put_on_both(self, live: LiveHook, traced: _Traced) -> bool:
        """Whether the same function is registered on the graph module as on the module itself."""
        definitions = {hook.definition for hook in live.hooks}
        others = self.progress.state.of(traced.result).hooks if live.receiver is traced.source else ()
        return any(hook.definition in definitions for other in others for hook in other.hooks)

    def _meet_root(
        self, live: LiveHook, traced: _Traced, known: frozenset[tuple[str, int]], sure: Confidence
    ) -> None:
        kind = kind_of(live.registration.api)
        if kind in {"forward", "forward-pre"}:
            self._miss(live, "dropped by fx", traced, traced.moments(), known, sure)
        elif kind in {"backward", "backward-pre", "state-dict"}:
            self._drop(live, "dropped by fx", traced, sure)

    def _meet_inlined(
        self, live: LiveHook, traced: _Traced, known: frozenset[tuple[str, int]], sure: Confidence
    ) -> None:
        kind = kind_of(live.registration.api)
        if kind in {"backward", "backward-pre", "state-dict"}:
            self._drop(live, "backward hook dropped by fx", traced, sure)
        if kind not in {"forward", "forward-pre"} or self._fails(live, traced, sure):
            return
        tested = self._lost_to_a_test(live)
        if tested is not None and traced.moments():
            self._log(live, "takes a proxy for no tensor", traced, weaker(tested, sure))
            return
        kept = self._keeps_a_proxy(live, traced, known)
        if kept is not None:
            self._log(live, "keeps a proxy", traced, weaker(kept, sure))
            return
        lost = self._runs_once(live, traced, known)
        if lost is not None:
            self._log(live, "runs once under fx", traced, weaker(lost, sure))

    def _runs_once(
        self, live: LiveHook, traced: _Traced, known: frozenset[tuple[str, int]]
    ) -> Confidence | None:
        """Return how sure it is that somebody notices that a hook ran while tracing, and never after."""
        if not live.hooks or any(takes_itself_off(hook) for hook in live.hooks):
            return None
        missing = self._missing(live, traced, is_baked=True)
        effects = self._effects(live, while_tracing=False)
        if traced.is_called_once and not any(e.of_tensor for e in self._effects(live, while_tracing=True)):
            effects = [effect for effect in effects if effect.kind != "says"]  # it said so once, as it would
        if not missing.moments:  # only the eager module is used, and what it counts is one more
            missing.moments = [Moment(traced.entry.location, "called")]
            adding = [e for e in self._effects(live, while_tracing=True) if e.kind in {"adds", "says"}]
            effects = [e for e in adding if e.node is None or not self._notices.is_reset_since(missing, e)]
        found = CONFIDENCE[worst(self._notices.loss_of(effect, missing, known) for effect in effects)]
        return found and weaker(found, "certain" if traced.moments() else "likely")

    def _drop(self, live: LiveHook, event: Event, traced: _Traced, sure: Confidence) -> None:
        """Log a hook on gradients or on the state dict that what was traced goes without."""
        is_load = "load" in live.registration.api
        exchanged = "load_state_dict" if is_load else "state_dict"
        is_state = kind_of(live.registration.api) == "state-dict"
        is_used = exchanged in traced.exchanged if is_state else bool(traced.moments())
        weight = self._notices.weight(live) if is_used else None
        if weight is not None:
            self._log(live, event, traced, weaker(weight, sure))

    def _fails(self, live: LiveHook, traced: _Traced, sure: Confidence) -> bool:
        """Log what a hook asks of proxies; return whether tracing fails for sure."""
        takes_kwargs = "with_kwargs" in live.registration.options
        for hook in live.hooks:
            asked = proxy_questions(hook, self.progress.project, self._names, takes_kwargs=takes_kwargs)
            for question in asked:
                confidence = sure if question.is_sure else "likely"
                event = QUESTIONS[question.wanted]
                self._log(live, event, traced, confidence, hook=hook, location=question.location)
                return True
        return False

    def _effects(self, live: LiveHook, *, while_tracing: bool) -> list[Effect]:
        worlds = self._names | {PROXIES} if while_tracing else self._names
        return [
            effect
            for hook in live.hooks
            for effect in effects_of(
                hook, self.progress.project, self.progress.decide, worlds=worlds, receiver=live.receiver
            )
        ]

    def _lost_to_a_test(self, live: LiveHook) -> Confidence | None:
        """Return how sure it is that a hook changes tensors, and no proxies: it asks for their class."""
        if any(effect.kind == "result" for effect in self._effects(live, while_tracing=True)):
            return None
        changes = [e for e in self._effects(live, while_tracing=False) if e.kind == "result"]
        return CONFIDENCE[worst("sure" if effect.is_sure else "perhaps" for effect in changes)]

    def _keeps_a_proxy(
        self, live: LiveHook, traced: _Traced, known: frozenset[tuple[str, int]]
    ) -> Confidence | None:
        """Return how sure it is that somebody reads what a hook kept of a proxy."""
        missing = self._missing(live, traced, is_baked=True)
        missing.moments.insert(0, Moment(traced.entry.location, "called"))
        missing.is_once = missing.is_alike = False
        effects = self._effects(live, while_tracing=True)
        kept = [effect for effect in effects if effect.of_tensor and effect.kind != "says"]
        # What was thrown away meanwhile is missing, not a proxy.
        kept = [effect for effect in kept if not self._notices.is_reset_since(missing, effect)]
        return CONFIDENCE[worst(self._notices.loss_of(effect, missing, known) for effect in kept)]

    def _miss_late(
        self, live: LiveHook, event: Event, traced: _Traced, known: frozenset[tuple[str, int]]
    ) -> None:
        removed = self.progress.state.removed.get(live)
        moments = traced.moments(live.order, removed[0] if removed is not None else None)
        kind = kind_of(live.registration.api)
        if kind in {"forward", "forward-pre"}:
            self._miss(live, event, traced, moments, known, "certain")
        elif kind in {"backward", "backward-pre"} and moments:
            self._drop(live, event, traced, "certain")

    def _miss(
        self,
        live: LiveHook,
        event: Event,
        traced: _Traced,
        moments: list[Moment],
        known: frozenset[tuple[str, int]],
        sure: Confidence,
    ) -> None:
        """Log a forward hook that these uses of what was traced go without."""
        missing = self._missing(live, traced, is_baked=False)
        missing.moments = moments
        lost = CONFIDENCE[self._notices.loss(missing, known)] if moments else None
        if lost is not None:
            is_called = any(moment.kind == "called" for moment in moments)
            self._log(live, event, traced, weaker(lost, sure if is_called else "likely"))

    @staticmethod
    def _missing(live: LiveHook, traced: _Traced, *, is_baked: bool) -> Missing:
        cls, source = traced.source.module_class, traced.source
        missing = Missing(live, source, cls, traced.entry.location, is_baked, traced.moments())
        missing.is_alike, missing.is_once = is_baked, is_baked and traced.is_called_once
        return missing

    # --- outcomes ------------------------------------------------------------------------------------

    def _log(
        self,
        live: LiveHook,
        event: Event | Failure,
        traced: _Traced,
        confidence: Confidence,
        *,
        hook: Hook | None = None,
        location: Location | None = None,
    ) -> None:
        self._events.add(
            _STANDING,
            event,
            live,
            confidence,
            traced.entry,
            hook=hook,
            location=location,
            caught=traced.caught,
            is_top_level=live.receiver is traced.source,
        )

    @staticmethod
    def unfollowed(
        worlds: tuple[World, ...], site: Site, root: Found, *, elsewhere: Elsewhere
    ) -> Iterator[Outcome]:
        """Yield what may become of a hook that may meet fx, where that is assumed."""
        if not elsewhere.reaches(worlds[0].name, site, root):
            return
        receiver = site.receiver
        if isinstance(receiver, ObjectValue) and is_leaf(receiver.module_class):
            return  # it is called as it is, unless it is the whole model
        event = _event_without_program(site, frozenset(world.name for world in worlds))
        if event is None:
            return
        for hook in site.hooks:
            yield assumed(_STANDING, event, hook, site, root, elsewhere)


def _event_without_program(site: Site, worlds: frozenset[str]) -> Event | None:
    """Return what is lost of a hook wherever its module is traced and is no leaf."""
    kind = kind_of(site.registration.api)
    if kind in {"backward", "backward-pre", "state-dict"}:
        return "backward hook dropped by fx"
    effects = (effect for hook in site.hooks for effect in effects_of(hook, site.project, worlds=worlds))
    is_forward = kind in {"forward", "forward-pre"}
    return "runs once under fx" if is_forward and any(e.kind != "result" for e in effects) else None
