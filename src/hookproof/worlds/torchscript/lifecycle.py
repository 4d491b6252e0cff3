"""What torch does when a program scripts, traces, freezes, loads and calls modules, on abstract state.

The rows are those of the measured life cycle; each emits the cases that the rules judge.
"""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.finding import CONFIDENCES, Confidence, World
from hookproof.interpreter.instances.class_now import class_after_running, class_now
from hookproof.interpreter.instances.forward_calls import short_calls
from hookproof.interpreter.instances.live_hooks import (
    Steps,
    entry_of,
    gives_result,
    in_running_order,
    loop_root,
    loses_option,
    misses_arguments,
    steps_left,
    steps_made,
    takes_itself_off,
    written_by,
)
from hookproof.interpreter.instances.loop_classes import classes_met, has_left
from hookproof.interpreter.instances.narrowing import holds
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.listener import MomentKind
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import How, LiveHook, ScriptValue, Values
from hookproof.semantic.place import Place
from hookproof.semantic.project import Project
from hookproof.syntax import ir
from hookproof.worlds.case import Event, Exposure
from hookproof.worlds.torchscript.case_log import CaseLog
from hookproof.worlds.torchscript.decorated_hooks import as_compiled
from hookproof.worlds.torchscript.first_types import first_types_elsewhere
from hookproof.worlds.torchscript.inner_hooks import inner_hooks, result_givers
from hookproof.worlds.torchscript.losses import SILENT_EVENTS, Losses
from hookproof.worlds.torchscript.registering import Registering
from hookproof.worlds.torchscript.result_uses import ResultUse, result_uses
from hookproof.worlds.torchscript.siblings import NO_SIBLINGS, Siblings, siblings_by_receiver
from hookproof.worlds.torchscript.trace_refusals import trace_event

# What only a use of the copy that was made shows.
_LOST_WITH_THE_COPY: frozenset[Event] = frozenset({"backward hook dropped", "dropped by freeze"})


class Lifecycle:
    """Listens to one interpretation, and logs what becomes of the hooks that it meets.

    `exposures` are the modules that were given to entry points, `used` the results that were called.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.progress = Progress(project)
        self.log = CaseLog(project)
        self.losses = Losses(project, self.log)
        self.exposures: list[Exposure] = []
        self.used: set[ScriptValue] = set()
        self._registering = Registering(self.progress, self.log, self.losses)

    def registered(self, receiver: ObjectValue, live: LiveHook) -> None:
        """Hear of a hook that is put on a module, which no test keeps ScriptModules from being."""
        self._registering.on_module(receiver, live)

    def registered_on_script(self, receiver: ScriptValue, live: LiveHook, *, is_unbound: bool) -> None:
        """Hear of a hook that is put on what an entry point returned."""
        self._registering.on_script(receiver, live, is_unbound=is_unbound)

    # --- entry points --------------------------------------------------------------------------------

    def script(self, module: ObjectValue, api: str, call: ir.Call, place: Place) -> ScriptValue:
        """Carry out `torch.jit.script(module)`: forward hooks are compiled, all others are dropped."""
        entry = Entry(api, place, call, self.progress.choices > 0)
        hooks = self._hooks_met(module)
        self.exposures.append(Exposure(module, entry))
        siblings = siblings_by_receiver(in_running_order(hooks), lambda hook: as_compiled(hook, self.project))
        first_types = first_types_elsewhere(self.progress.state, hooks, entry)
        givers = result_givers(hooks)
        for live in hooks:
            of_receiver = siblings.get(live.receiver, NO_SIBLINGS)
            self._meet_script(live, module, entry, of_receiver, first_types.get(live.receiver), givers)
        compiled = tuple(live for live in hooks if live.registration.is_forward)
        copy = ScriptValue(
            "script",
            api,
            place,
            self.progress.tick(),
            call,
            module,
            compiled=compiled,
            has_exports=True,
            is_conditional=self.progress.choices > 0,
        )
        self.progress.state.add_copy(module, copy)
        return copy

    def trace(self, module: ObjectValue, api: str, call: ir.Call, place: Place) -> ScriptValue:
        """Carry out `torch.jit.trace(module, …)`: hooks run once, if it does not refuse them."""
        entry = Entry(api, place, call, self.progress.choices > 0)
        for live in self._hooks_met(module) if not self.progress.refusal_guards else ():
            event = trace_event(self.progress.state, module, live, call)
            confidence: Confidence = "certain"
            if event is None and live.registration.is_forward:
                changes = self.losses.changes_module(live)
                event = "baked into the trace" if changes else "runs while tracing"
                confidence = changes or "certain"
            if event is not None:
                self._lost(live, "traced", event, steps_left(entry), entry, confidence=confidence)
        self.exposures.append(Exposure(module, entry))
        has_exports = _exports(module)
        traced = ScriptValue(
            "trace",
            api,
            place,
            self.progress.tick(),
            call,
            module,
            has_exports=has_exports,
            is_conditional=self.progress.choices > 0,
        )
        self.progress.state.add_copy(module, traced)
        return traced

    def _hooks_met(self, module: ObjectValue) -> tuple[LiveHook, ...]:
        """Return the hooks on a module and its parts, in order; those of a loop around it are its own."""
        own = (
            replace(live, receiver=module, reaches_children=False, is_for_all=False)
            for live in self.progress.state.hooks_on_each(module)
        )
        hooks = filter(self.progress.is_possible, (*self.progress.state.hooks_within(module), *own))
        return tuple(sorted(hooks, key=lambda live: live.order))

    def _meet_script(
        self,
        live: LiveHook,
        module: ObjectValue,
        entry: Entry,
        siblings: Siblings,
        first_type: Place | None,
        givers: tuple[LiveHook, ...],
    ) -> None:
        api, receiver = live.registration.api, live.receiver
        is_met: bool | None = True
        if isinstance(receiver, ObjectValue) and live.reaches_children:
            if not has_left(self.progress.state, live, receiver):
                return
            if receiver.narrowed:
                is_met = holds(self.progress.state, loop_root(receiver), receiver, live.order)
            elif not live.is_for_all:
                is_met = None  # perhaps none of the modules meets the condition
        if is_met is False:
            return
        event: Event | None = None
        utility = self.project.facts.legacy_utilities.get(api)
        if utility is not None:
            is_hook = utility.installs == "hook object"
            event = "legacy utility before script" if is_hook else "parametrization before script"
        elif "backward" in api:
            event = "backward hook dropped"
        if event is not None:
            self._lost(live, "compiled", event, steps_left(entry), entry)
        elif live.registration.is_forward:
            inner = inner_hooks(receiver, givers, self.progress.state.contains)
            self.log.compiled_hook(
                live,
                entry,
                siblings,
                module_class=class_now(self.progress, receiver),
                is_top_level=receiver is module,
                is_sure=is_met is True,
                first_type=first_type,
                uses=self._uses(live, module),
                inner=inner,
            )
            if isinstance(receiver, ObjectValue) and live.is_for_all:
                for cls in classes_met(self.progress.state, receiver, live.order):
                    now = class_after_running(self.progress, cls, receiver)
                    self.log.compiled_hook(live, entry, siblings, module_class=now, inner=inner)
            for place in (
                short_calls(self.progress.state, receiver) if isinstance(receiver, ObjectValue) else ()
            ):
                event = "called with fewer arguments"
                steps = steps_left(entry)
                self.log.event(live, "compiled", event, steps=steps, entry=entry, place=place)
            option = loses_option(live)
            if option is not None:
                hooked = receiver.module_class if isinstance(receiver, ObjectValue) else None
                is_felt = option == "with_kwargs" or (hooked is not None and hooked.raises)
                sure: Confidence = "certain" if is_felt else "likely"
                self._lost(live, "compiled", "option lost", steps_left(entry), entry, confidence=sure)

    def _lost(
        self,
        live: LiveHook,
        world: World,
        event: Event,
        steps: Steps,
        entry: Entry,
        place: Place | None = None,
        confidence: Confidence = "certain",
    ) -> None:
        """Log an event, a silent one only where somebody notices that the hook is not called."""
        if (
            event in _LOST_WITH_THE_COPY
            and entry.call is not None
            and entry.call is self.progress.thrown_away
        ):
            return
        noticed = self.losses.weight(live) if event in SILENT_EVENTS else confidence
        if noticed is not None:
            weaker = min(noticed, confidence, key=CONFIDENCES.index)
            self.log.event(live, world, event, steps=steps, entry=entry, place=place, confidence=weaker)

    def finish(self) -> None:
        """Log what was lost, now that it is known what the program goes on to do."""
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

    def freeze(self, copy: ScriptValue, api: str, call: ir.Call, place: Place) -> ScriptValue:
        """Carry out `torch.jit.freeze` or `optimize_for_inference`: compiled hooks are gone."""
        entry, made = Entry(api, place, call, self.progress.choices > 0), copy.saved or copy
        for live in made.compiled:
            if live.receiver is not made.source:
                continue
            steps = ((made.place, f"compiled here by `{made.api}`"), *steps_left(entry))
            self._lost(live, "compiled", "dropped by freeze", steps, entry)
        return ScriptValue(
            "freeze",
            api,
            place,
            self.progress.tick(),
            call,
            copy.source,
            None,
            "",
            (),
            True,
            True,
            copy.is_reloaded,
        )

    def load(
        self, api: str, call: ir.Call | None, place: Place, how: How = "load", file: Values = ()
    ) -> ScriptValue:
        """Carry out `torch.jit.load` of `file`, or take in a value annotated as a ScriptModule."""
        saved = self.progress.state.files.get(file[0]) if len(file) == 1 else None
        return ScriptValue(
            how, api, place, self.progress.tick(), call, has_exports=True, is_reloaded=True, saved=saved
        )

    def save(self, copy: ScriptValue, file: Values, place: Place) -> None:
        """Carry out `torch.jit.save(copy, file)`."""
        self.use(copy, None, place, "saved")
        if len(file) == 1 and copy.parent is None:
            self.progress.state.files[file[0]] = copy.saved or copy

    # --- calls of the result -------------------------------------------------------------------------

    def use(
        self, copy: ScriptValue, call: ir.Call | None, place: Place, kind: MomentKind | None = None
    ) -> None:
        """Carry out a call or a handing out of a script or traced module: silent losses become real."""
        source = copy.source
        if source is not None and copy.parent is None:
            moment = Moment(place, kind or ("given" if call is None else "called"))
            self._late_changes(copy, source, moment)
        if call is None or copy.parent is not None:
            return
        self.used.add(copy)
        made = copy.saved or copy
        if made.compiled and not made.is_frozen and misses_arguments(made.module_class, call):
            for live in made.compiled:
                if live.receiver is made.source:
                    steps = ((made.place, f"compiled here by `{made.api}`"),)
                    event: Event = "called with fewer arguments"
                    self.log.event(live, "compiled", event, steps=steps, entry=entry_of(made), place=place)
        for live in self.progress.state.global_hooks:
            self._global_hook(live, copy, place)

    def _late_changes(
        self, copy: ScriptValue, source: ObjectValue, moment: Moment, holder: ObjectValue | None = None
    ) -> None:
        steps = (*steps_made(copy), (moment.place, "used here"))
        for live in filter(self.progress.is_possible, self.progress.state.hooks_within(source)):
            late = copy in live.after
            if (
                late
                and live not in copy.compiled
                and live.registration.is_forward
                and not live.registration.guarded
            ):
                self.losses.miss(live, copy, "registered after scripting", moment, steps, holder)
            elif live.order < copy.order and copy.is_traced and live.registration.is_forward:
                self.losses.miss(live, copy, "baked into the trace", moment, steps, holder)
        for live in copy.compiled:
            removed = self.progress.state.removed.get(live)
            if removed is not None and removed[0] > copy.order:
                event: Event = "removed after scripting"
                self._lost(live, "compiled", event, steps, entry_of(copy), removed[1])

    def _global_hook(self, live: LiveHook, copy: ScriptValue, place: Place) -> None:
        api = live.registration.api
        steps = (*steps_made(copy), (place, "called here"))
        if "backward" in api:
            if not copy.is_traced:
                self.log.event(
                    live, "script-module", "global backward hook", steps=steps, entry=entry_of(copy)
                )
        elif "forward" in api:
            self.log.python_hook(live, copy)
            source = copy.source
            if source is not None and self.progress.state.has_children(source) and not _is_alone(source):
                event: Event = "global hook skips scripted children"
                self._lost(live, "script-module", event, steps, entry_of(copy))

    def exchange_state(self, copy: ScriptValue, place: Place) -> None:
        """Carry out `state_dict` or `load_state_dict` of a scripted module: such hooks did not come along."""
        if copy.source is None or copy.parent is not None:
            return
        for live in self.progress.state.hooks_within(copy.source):
            if "state_dict" in live.registration.api and live.order < copy.order:
                event: Event = "state-dict hook dropped by script"
                steps = (*steps_made(copy), (place, "its state dict is used here"))
                self._lost(live, "compiled", event, steps, entry_of(copy))

    def call_module(self, module: ObjectValue, place: Place) -> None:
        """Carry out the call of an eager module: a scripted child of it meets the global hooks."""
        self.progress.called[module] = self.progress.order
        self.losses.eager_calls.append((module, place))
        for part in self.progress.state.scripts_within(module):
            if part.source is not None and part.parent is None:
                self._late_changes(part, part.source, Moment(place, "called"), module)
        for live in self.progress.state.hooks_within(module):
            if any(takes_itself_off(hook) for hook in live.hooks):
                self.progress.state.remove_hook(live, self.progress.tick(), place)
        if self.progress.state.global_hooks:
            child = next(self.progress.state.scripts_within(module), None)
            for live in self.progress.state.global_hooks if child is not None else ():
                if child is not None and "backward" in live.registration.api:
                    self._global_hook(live, child, place)

    def call_forward(self, copy: ScriptValue, place: Place) -> None:
        """Carry out `scripted.forward(…)`: compiled hooks are skipped."""
        made = copy.saved or copy
        for live in made.compiled:
            if live.receiver is made.source and not made.is_frozen:
                event: Event = "forward called directly"
                self._lost(live, "compiled", event, steps_made(made), entry_of(made), place)

    def read_after_scripting(self, module: ObjectValue, name: str, place: Place) -> None:
        """Carry out a read of an eager module: a compiled hook may have written the copy's attribute only."""
        for copy in self.progress.state.copies:
            if copy not in self.used or self._was_called(module, copy.order):
                continue
            for live in copy.compiled:
                if live.receiver is not module:
                    continue
                for hook in live.hooks:
                    if name in written_by(hook):
                        event: Event = "eager attribute read after scripting"
                        self.log.event(
                            live, "compiled", event, steps=steps_made(copy), entry=entry_of(copy), place=place
                        )

    def _was_called(self, module: ObjectValue, since: int) -> bool:
        """Whether the eager module ran, so that its own hooks wrote its own attributes."""
        return any(
            order >= since and self.progress.state.contains(called, module)
            for called, order in self.progress.called.items()
        )


def _is_alone(module: ObjectValue) -> bool:
    """Tell whether the `forward` of a module certainly calls no part of it."""
    return module.module_class is not None and module.module_class.forward_is_alone


def _exports(module: ObjectValue) -> bool | None:
    """Tell whether the trace of a module is a `RecursiveScriptModule`, None where its class may hide it."""
    cls = module.module_class
    if cls is None or cls.is_complete or cls.definition is None:
        return cls is not None and cls.exports
    return cls.exports or None
