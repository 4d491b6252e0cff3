"""What torch does when a program scripts, traces, freezes, loads and calls modules, on abstract state.

The rows are those of the measured life cycle; each emits the outcomes that the rules judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hookproof.classes.part_calls import ResultUse
from hookproof.facts.installers import installers_of
from hookproof.finding import Confidence
from hookproof.interpreter.domain import MethodValue, Value, Values
from hookproof.interpreter.instances.class_now import class_after_running, class_now
from hookproof.interpreter.instances.live_hooks import (
    gives_result,
    in_running_order,
    loses_option,
    steps_left,
)
from hookproof.interpreter.instances.loop_classes import classes_met
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.listener import Entering
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import How, LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.hooks_met import hooks_met, is_met
from hookproof.worlds.notices import Notices
from hookproof.worlds.outcome import Exposure, Outcome
from hookproof.worlds.torchscript.afterwards import Afterwards
from hookproof.worlds.torchscript.decorated_hooks import as_compiled
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.torchscript.first_types import TypesMade, first_types_elsewhere
from hookproof.worlds.torchscript.inner_hooks import inner_hooks, result_givers
from hookproof.worlds.torchscript.known_types import KnownTypes, Types
from hookproof.worlds.torchscript.losses import Losses
from hookproof.worlds.torchscript.outcome_log import OutcomeLog
from hookproof.worlds.torchscript.registering import Registering
from hookproof.worlds.torchscript.result_uses import result_uses, short_calls
from hookproof.worlds.torchscript.siblings import NO_SIBLINGS, Siblings, siblings_by_receiver
from hookproof.worlds.torchscript.trace_refusals import trace_event
from hookproof.worlds.torchscript.unfollowed import unfollowed
from hookproof.worlds.world import World

_RUN_BY_PYTHON = frozenset({"trace", "freeze", "load"})  # worlds in which Python runs some hooks
_MAX_ENTRIES = 24  # of one hook by one API: what more of them say of it has been said


class Lifecycle:
    """Listens to one interpretation, and logs what becomes of the hooks that it meets.

    `exposures` are the modules that were given to entry points.
    """

    def __init__(self, worlds: tuple[World, ...], progress: Progress) -> None:
        self.worlds, self.progress = worlds, progress
        self.project = progress.project
        self.log = OutcomeLog(progress)
        self.losses = Losses(self.progress, self.log, Notices(self.progress, _RUN_BY_PYTHON))
        self.exposures: list[Exposure] = []
        self._known: tuple[Entry, Types] | None = None
        self._known_types = KnownTypes()
        self._types_made = TypesMade()
        self._entries = Counter[tuple[LiveHook, str]]()
        self._registering = Registering(self.progress, self.log, self.losses)
        self._afterwards = Afterwards(self.progress, self.log, self.losses)

    @staticmethod
    def unfollowed(
        worlds: tuple[World, ...], site: Site, root: Found, *, elsewhere: Elsewhere
    ) -> Iterator[Outcome]:
        """Yield what may become of a hook whose module was not followed to TorchScript in a root."""
        return unfollowed(worlds, site, root, elsewhere)

    @property
    def outcomes(self) -> list[Outcome]:
        """What became of the hooks that were met."""
        return self.log.outcomes

    def registered(self, live: LiveHook, *, is_unbound: bool = False) -> None:
        """Hear of a hook that is put on a module, unless a test keeps ScriptModules from being it."""
        if live.registration.guarded:
            return
        if isinstance(live.receiver, ObjectValue):
            self._registering.on_eager(live.receiver, live)
        elif live.receiver is not None:
            self._registering.on_script(live.receiver, live, is_unbound=is_unbound)

    def passed_over(self, live: LiveHook, test: Location, script: ScriptValue) -> None:
        """Hear of a hook that is not registered, for a script module fails a test for the class it had."""
        self._afterwards.passed_over.append((live, test, script))

    def removed(self, live: LiveHook, location: Location) -> None:
        """Hear of a hook that is taken off: the state remembers when."""

    def set(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Hear of an attribute that is set: the state remembers it."""

    # --- entry points --------------------------------------------------------------------------------

    def entered(self, entering: Entering) -> Values | None:
        """Hear of a module that is scripted, traced, frozen, saved or loaded; return what comes back."""
        point, call, location = entering.point, entering.call, entering.location
        if entering.world.name == "load":
            return (self._load(point.qualname, call, location, file=entering.argument(0, "f")),)
        if point in entering.world.later:
            for value in entering.given:
                if isinstance(value, ScriptValue):
                    self._save(value, entering.argument(1, "f"), location)
            return ()
        results: list[Value] = []
        for value in entering.given:
            results += self._entered_with(value, entering.world.name, point.qualname, call, location)
        return tuple(results)

    def _entered_with(self, value: Value, world: str, api: str, call: ir.Call, location: Location) -> Values:
        match value:
            case ObjectValue() if world == "script":
                return (self._script(value, api, call, location),)
            case ObjectValue() if world == "trace":
                return (self._trace(value, api, call, location),)
            case ObjectValue():
                return (self._load(api, call, location, "freeze"),)
            case ScriptValue() if world == "freeze":
                return (self._freeze(value, api, call, location),)
            case ScriptValue():
                return (value,)
            case MethodValue(owner=ObjectValue() as owner, name="forward") if world == "trace":
                return (ObjectValue("call", parent=owner, name="forward"),)
        return ()

    def _script(self, module: ObjectValue, api: str, call: ir.Call, location: Location) -> ScriptValue:
        """Carry out `torch.jit.script(module)`: forward hooks are compiled, all others are dropped."""
        entry = self.progress.entry(api, location, call)
        hooks = () if self.progress.expected else hooks_met(self.progress, module)
        self.exposures.append(Exposure(module, entry))
        told = [
            (live, is_there)
            for live in hooks
            if (is_there := is_met(self.progress, live)) is not False
            and not self._is_known_by_now(live, entry)
        ]
        receivers = dict.fromkeys(live.receiver for live, _ in told)
        around = in_running_order(live for live in hooks if live.receiver in receivers)
        siblings = siblings_by_receiver(around, lambda hook: as_compiled(hook, self.project))
        modules = (each for each in siblings if isinstance(each, ObjectValue))
        first_types = first_types_elsewhere(self.progress.state, modules, entry, self._types_made)
        givers = result_givers(hooks)
        for live, is_there in told:
            of_receiver = siblings.get(live.receiver, NO_SIBLINGS)
            first_type = first_types.get(live.receiver)
            self._meet_script(live, module, entry, of_receiver, first_type, givers, is_sure=is_there is True)
        compiled = tuple(live for live in hooks if live.registration.is_forward)
        copy = ScriptValue(
            "script",
            api,
            location,
            self.progress.tick(),
            call,
            module,
            compiled=compiled,
            has_exports=True,
            is_conditional=self.progress.choices > 0,
            assumed=self.progress.assumed,
        )
        self.progress.state.add_copy(module, copy)
        return copy

    def _trace(self, module: ObjectValue, api: str, call: ir.Call, location: Location) -> ScriptValue:
        """Carry out `torch.jit.trace(module, …)`: hooks run once, if it does not refuse them."""
        entry = self.progress.entry(api, location, call)
        for live in () if self.progress.expected else hooks_met(self.progress, module):
            if self._is_known_by_now(live, entry):
                continue
            event = trace_event(self.progress.state, module, live, call)
            confidence: Confidence = "certain"
            if event is None and live.registration.is_forward:
                changes = self.losses.notices.changes_module(live)
                event = "baked into the trace" if changes else "runs while tracing"
                confidence = changes or "certain"
            if event is not None:
                self.losses.lose(live, "traced", event, steps_left(entry), entry, confidence=confidence)
        self.exposures.append(Exposure(module, entry))
        has_exports = _exports(module)
        traced = ScriptValue(
            "trace",
            api,
            location,
            self.progress.tick(),
            call,
            module,
            has_exports=has_exports,
            is_conditional=self.progress.choices > 0,
            assumed=self.progress.assumed,
        )
        self.progress.state.add_copy(module, traced)
        return traced

    def _meet_script(
        self,
        live: LiveHook,
        module: ObjectValue,
        entry: Entry,
        siblings: Siblings,
        first_type: Location | None,
        givers: tuple[LiveHook, ...],
        *,
        is_sure: bool,
    ) -> None:
        api, receiver = live.registration.api, live.receiver
        event: Event | None = None
        utility = self.project.facts.legacy_utilities.get(api)
        if utility is not None:
            is_hook = utility.installs == "hook object"
            event = "legacy utility before script" if is_hook else "parametrization before script"
        elif installers_of(api):
            event = "installed hook before script"
        elif "backward" in api:
            event = "backward hook dropped"
        if event is not None:
            self.losses.lose(live, "compiled", event, steps_left(entry), entry)
        elif live.registration.is_forward:
            inner = inner_hooks(receiver, givers, self.progress.state.contains)
            self.log.compiled_hook(
                live,
                entry,
                siblings,
                module_class=class_now(self.progress, receiver),
                is_top_level=receiver is module,
                is_sure=is_sure,
                first_type=first_type,
                uses=self._uses(live, module),
                inner=inner,
                known_types=self._types_known(module, entry),
            )
            if isinstance(receiver, ObjectValue) and live.is_for_all:
                for cls in classes_met(self.progress.state, receiver, live.order):
                    now = class_after_running(self.progress, cls, receiver)
                    self.log.compiled_hook(live, entry, siblings, module_class=now, inner=inner)
            for location in short_calls(self.progress.state, receiver, self.project):
                event = "called with fewer arguments"
                steps = steps_left(entry)
                self.log.event(live, "compiled", event, steps=steps, entry=entry, location=location)
            option = loses_option(live)
            if option is not None:
                hooked = receiver.module_class if isinstance(receiver, ObjectValue) else None
                is_felt = option == "with_kwargs" or (hooked is not None and hooked.raises)
                sure: Confidence = "certain" if is_felt else "likely"
                self.losses.lose(live, "compiled", "option lost", steps_left(entry), entry, confidence=sure)

    def _is_known_by_now(self, live: LiveHook, entry: Entry) -> bool:
        """Whether a hook came to so many entry points that one more tells nothing new."""
        self._entries[live, entry.api] += 1
        return self._entries[live, entry.api] > _MAX_ENTRIES

    def _types_known(self, module: ObjectValue, entry: Entry) -> Types:
        """Return what compiled code knows at an entry, asked once: a model may have thousands of hooks."""
        if self._known is None or self._known[0] is not entry:
            self._known = (entry, self._known_types.at(self.progress.state, module))
        return self._known[1]

    def finish(self) -> None:
        """Log what was lost, now that it is known what the program goes on to do."""
        self.log.settle()
        self.losses.settle(hook for site in self.progress.sites for hook in site.hooks)

    def _uses(self, live: LiveHook, module: ObjectValue) -> tuple[ResultUse, ...]:
        """Return where the model needs a Tensor of a part whose hook may return something else."""
        is_part = isinstance(live.receiver, ObjectValue) and not live.registration.is_pre
        if (
            not is_part
            or not isinstance(live.receiver, ObjectValue)
            or not any(map(gives_result, live.hooks))
        ):
            return ()
        return result_uses(self.progress.state, module, live.receiver, self.project)

    def _freeze(self, copy: ScriptValue, api: str, call: ir.Call, location: Location) -> ScriptValue:
        """Carry out `torch.jit.freeze` or `optimize_for_inference`: compiled hooks are gone."""
        entry, made = self.progress.entry(api, location, call), copy.saved or copy
        for live in made.compiled:
            if live.receiver is not made.source:
                continue
            steps = ((made.location, f"compiled here by `{made.api}`"), *steps_left(entry))
            self.log.frozen(live, made)
            self.losses.lose(live, "compiled", "dropped by freeze", steps, entry)
        return ScriptValue(
            "freeze",
            api,
            location,
            self.progress.tick(),
            call,
            copy.source,
            None,
            "",
            (),
            True,
            True,
            copy.is_reloaded,
            was_scripted=made.how == "script" or made.was_scripted,
            assumed=(*copy.assumed, *self.progress.assumed),
        )

    def _load(
        self, api: str, call: ir.Call | None, location: Location, how: How = "load", file: Values = ()
    ) -> ScriptValue:
        """Carry out `torch.jit.load` of `file`, or take in a value annotated as a ScriptModule."""
        saved = self.progress.state.files.get(file[0]) if len(file) == 1 else None
        return ScriptValue(
            how,
            api,
            location,
            self.progress.tick(),
            call,
            has_exports=True,
            is_reloaded=True,
            saved=saved,
            assumed=self.progress.assumed,
        )

    def declared(self, location: Location) -> ScriptValue:
        """Hear of a value that is annotated as a ScriptModule; return it."""
        return self._load("annotation", None, location, "annotation")

    def _save(self, copy: ScriptValue, file: Values, location: Location) -> None:
        """Carry out `torch.jit.save(copy, file)`."""
        self._afterwards.meet(copy, Moment(location, "saved"))
        if len(file) == 1 and copy.parent is None:
            self.progress.state.files[file[0]] = copy.saved or copy

    # --- calls of the result -------------------------------------------------------------------------

    def called(self, module: ObjectValue | ScriptValue, call: ir.Call, location: Location) -> None:
        """Hear of the call of an eager, a script or a traced module."""
        if isinstance(module, ObjectValue):
            self._afterwards.call_eager(module, location)
            return
        self.log.used(module)
        self._afterwards.meet(module, Moment(location, "called"))
        if module.parent is None:
            self._afterwards.call(module, call, location)

    def escaped(self, value: ObjectValue | ScriptValue, location: Location) -> None:
        """Hear of a module that somebody else gets, who may call it where it left eager mode."""
        if isinstance(value, ScriptValue):
            self._afterwards.meet(value, Moment(location, "given"))

    def used(
        self, module: ObjectValue | ScriptValue, name: str, location: Location, given: Values = ()
    ) -> None:
        """Hear of what is read of an eager module, and of methods of a script or traced one."""
        if isinstance(module, ObjectValue):
            self._afterwards.read_eager(module, name, location)
        elif name == "forward":
            self._afterwards.call_forward(module, location)
            self._afterwards.meet(module, Moment(location, "given"))
        elif name == "save":
            self._save(module, given, location)
        elif name in {"state_dict", "load_state_dict"}:
            self._afterwards.exchange_state(module, location)


def _exports(module: ObjectValue) -> bool | None:
    """Tell whether the trace of a module is a `RecursiveScriptModule`, None where its class may hide it."""
    cls = module.module_class
    if cls is None or cls.is_complete or cls.definition is None:
        return cls is not None and cls.exports
    return cls.exports or None
