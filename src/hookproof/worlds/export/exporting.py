"""What `torch.export` does to hooks, on abstract state: it runs them once, or leaves them out.

Everything here was measured on torch 2.13.0. A hook that only changes tensors is part of what was exported;
what it does in Python happens once, and what it keeps of its tensors has no numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Confidence, weaker
from hookproof.interpreter.domain import Values
from hookproof.interpreter.hook_effects import effects_of
from hookproof.interpreter.kept import Loss, Moment
from hookproof.interpreter.listener import Entering
from hookproof.interpreter.number_questions import number_questions
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import literal_of
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.values import Hook, LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.event_log import EventLog, assumed
from hookproof.worlds.export.buffers import is_put_back, owner_of_buffer
from hookproof.worlds.export.exported import EXCHANGES, Event, Exported, is_made_for, stands_for_parts
from hookproof.worlds.export.failing import failing
from hookproof.worlds.export.lacking import lacked_by_exported
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.hooks_met import hooks_met, is_met
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices, worst
from hookproof.worlds.outcome import Exposure, Outcome
from hookproof.worlds.world import World, kind_of

_STANDING = "exported"
_AFTERWARDS = frozenset({"load", "save", "unflatten"})


class Exporting:
    """Listens to one interpretation, and logs what becomes of hooks on modules that are exported."""

    def __init__(self, worlds: tuple[World, ...], progress: Progress) -> None:
        self.worlds, self.progress = worlds, progress
        self._names = frozenset(world.name for world in worlds)
        self._events = EventLog(progress)
        self.outcomes = self._events.outcomes
        self.exposures: list[Exposure] = []
        self._notices = Notices(progress, self._names)
        self._exported: list[Exported] = []
        self._saved: dict[object, Values] = {}

    # --- what the program does -----------------------------------------------------------------------

    def entered(self, entering: Entering) -> Values | None:
        """Hear of a module that is exported; return the exported program."""
        entry = self.progress.entry(entering.point.qualname, entering.location, entering.call)
        if entering.point.name in _AFTERWARDS:
            return self._gone_on(entering)
        is_onnx = entering.world.name == "onnx"
        if is_onnx and literal_of(entering.keywords.get("dynamo", ())) is False:
            return (ObjectValue("call"),)  # it is traced, on the numbers that it is given
        said = literal_of(entering.keywords.get("strict", ()))
        is_strict = said if isinstance(said, bool) else None if "strict" in entering.keywords else False
        results: list[ObjectValue] = []
        for module in entering.given:
            if not isinstance(module, ObjectValue):
                continue
            self.exposures.append(Exposure(module, entry))
            was_called = any(called is module for called, _ in self._notices.eager_calls)
            result, caught, at = ObjectValue("call"), self.progress.caught, self.progress.tick()
            exported = Exported(entry, module, result, is_strict, was_called, caught, at, is_onnx)
            if not self.progress.expected:
                met = ((live, is_met(self.progress, live)) for live in hooks_met(self.progress, module))
                exported.hooks += [(live, is_sure is True) for live, is_sure in met if is_sure is not False]
            self._exported.append(exported)
            results.append(result)
        return tuple(results)

    def _gone_on(self, entering: Entering) -> Values:
        """Carry out what is done to an exported program: it is saved, loaded, or made a module with parts."""
        name = entering.point.name
        if name == "save":
            file = literal_of(entering.argument(1, "f"))
            self._saved[file] = entering.given
            return ()
        given = self._saved.get(literal_of(entering.given), ()) if name == "load" else entering.given
        programs = [value for value in given if isinstance(value, ObjectValue)]
        made = tuple(ObjectValue("call", parent=value, name=f"{name}()") for value in programs)
        return made or (ObjectValue("call"),)

    def registered(self, live: LiveHook, *, is_unbound: bool = False) -> None:
        """Hear of a hook that is put on what was exported, or on its source too late."""
        receiver = live.receiver
        if not isinstance(receiver, ObjectValue):
            return
        for exported in self._exported:
            if receiver is exported.result:
                # Whoever catches that asks whether it is a module.
                is_asked = any(catch.catches("AttributeError") for catch in self.progress.caught)
                if not (is_asked or self.progress.expected):
                    self._log(live, "registered on an exported program", exported, "certain")
            elif exported.has_made(receiver):
                if exported.has_parts(receiver):
                    exported.own += [live] if exported.is_root(receiver) else []
                    continue
                if stands_for_parts(receiver, exported.source, self.progress.state, live.order):
                    exported.late.append((live, "registered on an exported child"))
                elif is_made_for(live):
                    exported.late.append((live, "registered on a module made for it"))
                elif exported.is_root(receiver):
                    exported.on_result.add(live.registration.location)
                    exported.own.append(live)
            elif self.progress.state.contains(exported.source, receiver):
                exported.late.append((live, "registered after export"))

    def called(self, module: ObjectValue | ScriptValue, call: ir.Call, location: Location) -> None:
        """Hear of the call of an eager module, or of an exported one."""
        if isinstance(module, ObjectValue):
            self._use(module, Moment(location, "called"))
            self._notices.eager_calls.append((module, location))

    def escaped(self, value: ObjectValue | ScriptValue, location: Location) -> None:
        """Hear of a module that somebody else gets, who may call it."""
        if isinstance(value, ObjectValue) and not self.progress.is_inside:
            self._use(value, Moment(location, "given"))

    def used(
        self, module: ObjectValue | ScriptValue, name: str, location: Location, given: Values = ()
    ) -> None:
        """Hear of a state dict that is exchanged with an exported module."""
        if isinstance(module, ObjectValue) and name in EXCHANGES:
            for exported in self._exported:
                if exported.has_made(module):
                    exported.exchanged.append((self.progress.tick(), name))

    def _use(self, module: ObjectValue, moment: Moment) -> None:
        for exported in self._exported:
            if exported.has_made(module):
                exported.uses.append((self.progress.tick(), moment))
                exported.is_used_again |= self.progress.turning > 0

    def removed(self, live: LiveHook, location: Location) -> None:
        """Hear of a hook that is taken off: the exported module does not follow."""

    def set(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Hear of an exported module that an object keeps for others of its methods."""
        if isinstance(owner, ObjectValue) and owner.is_root_self:
            for exported in self._exported:
                kept = (value for value in values if isinstance(value, ObjectValue))
                if any(map(exported.has_made, kept)):
                    exported.uses.append((self.progress.tick(), Moment(exported.entry.location, "given")))

    def declared(self, location: Location) -> None:
        """Return nothing: no annotation speaks of exported modules."""

    # --- what comes of it ----------------------------------------------------------------------------

    def finish(self) -> None:
        """Log what was lost, now that it is known what the program goes on to do."""
        hooks = (hook for site in self.progress.sites for hook in site.hooks)
        known = frozenset((hook.definition.path, hook.definition.at) for hook in hooks)
        for exported in self._exported:
            for live, is_sure in exported.hooks:
                self._meet(live, exported, known, is_sure=is_sure)
            for live, event in exported.late:
                self._miss_late(live, event, exported, known)
            for live in exported.own:
                self._lacks(live, exported)

    def _meet(
        self, live: LiveHook, exported: Exported, known: frozenset[tuple[str, int]], *, is_sure: bool
    ) -> None:
        kind = kind_of(live.registration.api)
        if exported.is_onnx and kind not in {"forward", "forward-pre"}:
            return
        sure: Confidence = "certain" if is_sure and len(live.hooks) == 1 else "likely"
        if kind in {"forward", "forward-pre"}:
            self._meet_forward(live, exported, known, sure)
        elif kind in {"backward", "backward-pre"} and exported.is_strict:
            self._log(live, "refused by strict export", exported, sure)
        elif kind in {"backward", "backward-pre", "state-dict"}:
            is_load = "load" in live.registration.api
            exchanged = "load_state_dict" if is_load else "state_dict"
            until = self._removed_at(live)
            is_used = exported.has_exchanged(exchanged, 0, until) if kind == "state-dict" else False
            moments = exported.moments(until=until)
            if exported.is_strict is False and (is_used or (moments and kind != "state-dict")):
                is_whole = is_used or any(moment.kind == "called" for moment in moments)
                weight = self._notices.weight(live, is_whole=is_whole)
                if weight is not None:
                    self._log(live, "dropped by export", exported, weaker(weight, sure))

    def _meet_forward(
        self, live: LiveHook, exported: Exported, known: frozenset[tuple[str, int]], sure: Confidence
    ) -> None:
        if self._fails(live, exported, sure):
            return
        if exported.is_strict is not True:
            read = self._keeps_fake_tensor(live, exported, known)
            if read is not None:
                self._log(live, "keeps a fake tensor", exported, weaker(read, sure))
                return
        missing = self._missing(live, exported, is_baked=True)
        self._outlives(live, exported, sure)
        if exported.was_called and all(
            effect.kind == "keeps" for hook in live.hooks for effect in self._notices.effects(hook, live)
        ):
            sure = "likely"  # what is still there of an earlier call may be the same
        if exported.is_called_once:
            lost = CONFIDENCE[self._loss_in_one_call(live, exported, missing, known)]
        else:
            lost = CONFIDENCE[self._notices.loss(missing, known)]
        owners = self._owners_of_lost_buffers(live, missing, known, is_sure=lost is not None)
        is_assigned = bool(owners)
        if owners == {exported.source} and not exported.is_strict:
            return  # those of the exported module itself are set, measured on torch 2.13.0
        if lost is None and is_assigned and missing.moments and exported.has_told_buffers:
            lost = "likely"
        if lost is not None:
            event: Event = "assigns a buffer while exporting" if is_assigned else "runs once while exporting"
            self._log(live, event, exported, weaker(lost, sure))

    def _loss_in_one_call(
        self, live: LiveHook, exported: Exported, missing: Missing, known: frozenset[tuple[str, int]]
    ) -> Loss:
        """Return what is lost of a hook that ran while exporting, as often as one call would run it.

        What it sets on its module is put back.
        """
        effects = [effect for hook in live.hooks for effect in self._notices.effects(hook, live)]
        if len(live.hooks) != 1 or any(
            effect.on_module or is_put_back(effect, live.hooks[0], live, exported, self.progress)
            for effect in effects
        ):
            return self._notices.loss(missing, known)
        missing.is_once = missing.is_told_of_values = True
        is_said_alike = not any(effect.of_tensor for effect in effects)
        return worst(
            self._notices.loss_of(effect, missing, known)
            for effect in effects
            if not (effect.kind == "says" and is_said_alike)
        )

    def _fails(self, live: LiveHook, exported: Exported, sure: Confidence) -> bool:
        """Log what a hook asks of numbers that are not there; return whether exporting fails for sure."""
        for hook in live.hooks:
            for question in number_questions(hook, self.progress.project, self._names):
                event = failing(question, exported)
                if event is None:
                    continue
                confidence = sure if question.is_sure else "likely"
                self._log(live, event, exported, confidence, hook=hook, location=question.location)
                if question.is_sure:
                    return True
        return False

    def _keeps_fake_tensor(
        self, live: LiveHook, exported: Exported, known: frozenset[tuple[str, int]]
    ) -> Confidence | None:
        """Return how sure it is that somebody reads a tensor that a hook kept while it was exported."""
        missing = self._missing(live, exported, is_baked=True)
        missing.moments.insert(0, Moment(exported.entry.location, "called"))
        missing.is_whole = True
        effects = [
            effect
            for hook in live.hooks
            for effect in self._notices.effects(hook, live)
            if effect.of_tensor and not is_put_back(effect, hook, live, exported, self.progress)
        ]
        losses = (self._notices.loss_of(each, missing, known, is_of_value=True) for each in effects)
        return CONFIDENCE[worst(losses)]

    def _miss_late(
        self, live: LiveHook, event: Event, exported: Exported, known: frozenset[tuple[str, int]]
    ) -> None:
        if live.registration.location in exported.on_result:
            return  # it is put on the exported module, or on the eager one where there is none
        until = self._removed_at(live)
        missing = self._missing(live, exported, is_baked=False)
        missing.moments = exported.moments(live.order, until)
        if kind_of(live.registration.api) == "state-dict":
            is_load = "load" in live.registration.api
            name = "load_state_dict" if is_load else "state_dict"
            if event != "registered after export" or not exported.has_exchanged(name, live.order, until):
                return
        confidence = CONFIDENCE[self._notices.loss(missing, known)]
        if confidence is not None and missing.moments:
            self._log(live, event, exported, confidence)

    def _owners_of_lost_buffers(
        self, live: LiveHook, missing: Missing, known: frozenset[tuple[str, int]], *, is_sure: bool
    ) -> frozenset[ObjectValue]:
        """Return whose buffers a hook binds anew, where these are all that is lost: export puts them back.

        Where nothing is lost for sure, it may be what else a hook leaves than its result.
        """
        effects = [(hook, effect) for hook in live.hooks for effect in self._notices.effects(hook, live)]
        owners = {
            owner_of_buffer(effect, hook, live)
            for hook, effect in effects
            if (
                self._notices.loss_of(effect, missing, known) != "none"
                if is_sure
                else effect.kind != "result"
            )
        }
        known_owners = frozenset(owner for owner in owners if owner is not None)
        return known_owners if known_owners == owners else frozenset()

    def _lacks(self, live: LiveHook, exported: Exported) -> None:
        """Log what a hook on the exported module reads of it that only its source has."""
        moments = exported.moments(live.order, self._removed_at(live))
        if len(live.hooks) != 1 or not moments:
            return
        cls = exported.source.module_class
        use = lacked_by_exported(live.hooks[0], cls, self.progress.project) if cls is not None else None
        if use is not None:
            is_called = any(moment.kind == "called" for moment in moments)
            sure: Confidence = "certain" if is_called and not use.guards else "likely"
            event: Event = "reads what only the source has"
            self._log(live, event, exported, sure, location=use.location)

    def _outlives(self, live: LiveHook, exported: Exported, sure: Confidence) -> None:
        """Log a hook that is taken off too late: what it does to tensors is in the exported module."""
        removed = self.progress.state.removed.get(live)
        if removed is None or removed[0] < exported.at or not exported.moments(removed[0]):
            return
        effects = [effect for hook in live.hooks for effect in self._notices.effects(hook, live)]
        results = [effect for effect in effects if effect.kind == "result"]
        if results:
            is_called = any(moment.kind == "called" for moment in exported.moments(removed[0]))
            is_sure = is_called and all(effect.is_sure for effect in results)
            self._log(
                live,
                "removed after export",
                exported,
                sure if is_sure else "likely",
                location=removed[1],
            )

    def _missing(self, live: LiveHook, exported: Exported, *, is_baked: bool) -> Missing:
        moments = exported.moments(until=self._removed_at(live))
        cls = exported.source.module_class
        is_whole = any(moment.kind == "called" for moment in moments)
        made = exported.entry.location
        return Missing(live, exported.source, cls, made, is_baked, moments, is_whole=is_whole)

    def _removed_at(self, live: LiveHook) -> int | None:
        removed = self.progress.state.removed.get(live)
        return removed[0] if removed is not None else None

    # --- outcomes ------------------------------------------------------------------------------------

    def _log(
        self,
        live: LiveHook,
        event: Event,
        exported: Exported,
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
            exported.entry,
            hook=hook,
            location=location,
            caught=exported.caught,
        )

    @staticmethod
    def unfollowed(
        worlds: tuple[World, ...], site: Site, root: Found, *, elsewhere: Elsewhere
    ) -> Iterator[Outcome]:
        """Yield what may become of a hook that may meet a world which is assumed."""
        names = frozenset(world.name for world in worlds if elsewhere.reaches(world.name, site, root))
        event = _event_without_program(site, names) if names else None
        if event is None:
            return
        for hook in site.hooks:
            yield assumed(_STANDING, event, hook, site, root, elsewhere)


def _event_without_program(site: Site, worlds: frozenset[str]) -> Event | None:
    """Return what is lost of a hook wherever its module is exported."""
    kind = kind_of(site.registration.api)
    if kind in {"backward", "backward-pre", "state-dict"}:
        return "dropped by export"
    effects = (effect for hook in site.hooks for effect in effects_of(hook, site.project, worlds=worlds))
    is_forward = kind in {"forward", "forward-pre"}
    return "runs once while exporting" if is_forward and any(e.kind != "result" for e in effects) else None
