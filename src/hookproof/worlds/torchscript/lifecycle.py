"""What torch does when a program scripts, traces, freezes, loads and calls modules, on abstract state.

The rows are those of the measured life cycle; each emits the cases that the rules judge.
"""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from hookproof.facts.atlas import legacy_utilities
from hookproof.finding import World
from hookproof.interpreter.instances.current_class import current_class
from hookproof.interpreter.instances.forward_calls import short_calls
from hookproof.interpreter.instances.live_hooks import (
    Steps,
    entry_of,
    gives_result,
    in_running_order,
    is_loop_element,
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
from hookproof.interpreter.kept import Moment, MomentKind
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import How, LiveHook, ScriptValue, Values
from hookproof.modules.module_class import AttributeFact, ModuleClass
from hookproof.semantic.place import Place
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.worlds.case import Event
from hookproof.worlds.torchscript.decorated_hooks import as_compiled
from hookproof.worlds.torchscript.first_types import first_types_elsewhere
from hookproof.worlds.torchscript.inner_hooks import inner_hooks, result_givers
from hookproof.worlds.torchscript.losses import SILENT_EVENTS
from hookproof.worlds.torchscript.registering import Exposure, Registering, Site
from hookproof.worlds.torchscript.result_uses import ResultUse, result_uses
from hookproof.worlds.torchscript.siblings import NO_SIBLINGS, Siblings, siblings_by_receiver
from hookproof.worlds.torchscript.trace_refusals import trace_event

# What only a use of the copy that was made shows.
_LOST_WITH_THE_COPY: frozenset[Event] = frozenset({"backward hook dropped", "dropped by freeze"})


class Lifecycle(Registering):
    """Carries out entry points and calls of what they return as well."""

    # --- entry points --------------------------------------------------------------------------------

    def script(self, module: ObjectValue, api: str, call: ir.Call, place: Place) -> ScriptValue:
        """Carry out `torch.jit.script(module)`: forward hooks are compiled, all others are dropped."""
        entry = Entry(api, place, call, self.choices > 0)
        hooks = self._hooks_met(module)
        self.exposures.append(Exposure(module, entry))
        siblings = siblings_by_receiver(in_running_order(hooks), lambda hook: as_compiled(hook, self.project))
        first_types = first_types_elsewhere(self.state, hooks, entry)
        givers = result_givers(hooks)
        for live in hooks:
            of_receiver = siblings.get(live.receiver, NO_SIBLINGS)
            self._meet_script(live, module, entry, of_receiver, first_types.get(live.receiver), givers)
        compiled = tuple(live for live in hooks if live.registration.is_forward)
        copy = ScriptValue(
            "script",
            api,
            place,
            self.tick(),
            call,
            module,
            compiled=compiled,
            has_exports=True,
            is_conditional=self.choices > 0,
        )
        self.state.add_copy(module, copy)
        return copy

    def trace(self, module: ObjectValue, api: str, call: ir.Call, place: Place) -> ScriptValue:
        """Carry out `torch.jit.trace(module, …)`: hooks run once, if it does not refuse them."""
        entry = Entry(api, place, call, self.choices > 0)
        for live in self._hooks_met(module) if not self.refusal_guards else ():
            event = trace_event(self.state, module, live, call)
            if event is None and live.registration.is_forward:
                is_changed = self.losses.changes_module(live)
                event = "baked into the trace" if is_changed else "runs while tracing"
            if event is not None:
                self._lost(live, "traced", event, steps_left(entry), entry)
        self.exposures.append(Exposure(module, entry))
        has_exports = _exports(module)
        traced = ScriptValue(
            "trace",
            api,
            place,
            self.tick(),
            call,
            module,
            has_exports=has_exports,
            is_conditional=self.choices > 0,
        )
        self.state.add_copy(module, traced)
        return traced

    def _hooks_met(self, module: ObjectValue) -> tuple[LiveHook, ...]:
        """Return the hooks on a module and its parts, in order; those of a loop around it are its own."""
        own = (
            replace(live, receiver=module, reaches_children=False, is_for_all=False)
            for live in self.state.hooks_on_each(module)
        )
        hooks = filter(self.is_possible, (*self.state.hooks_within(module), *own))
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
            if not has_left(self.state, live, receiver):
                return
            if receiver.narrowed:
                is_met = holds(self.state, loop_root(receiver), receiver, live.order)
            elif not live.is_for_all:
                is_met = None  # perhaps none of the modules meets the condition
        if is_met is False:
            return
        event: Event | None = None
        utility = legacy_utilities().get(api)
        if utility is not None:
            is_hook = utility.installs == "hook object"
            event = "legacy utility before script" if is_hook else "parametrization before script"
        elif "backward" in api:
            event = "backward hook dropped"
        if event is not None:
            self._lost(live, "compiled", event, steps_left(entry), entry)
        elif live.registration.is_forward:
            inner = inner_hooks(receiver, givers, self.state.contains)
            self.log.compiled_hook(
                live,
                entry,
                siblings,
                module_class=self.class_now(receiver),
                is_top_level=receiver is module,
                is_sure=is_met is True,
                first_type=first_type,
                uses=self._uses(live, module),
                inner=inner,
            )
            if isinstance(receiver, ObjectValue) and live.is_for_all:
                for cls in classes_met(self.state, receiver, live.order):
                    now = self._after_running(cls, receiver)
                    self.log.compiled_hook(live, entry, siblings, module_class=now, inner=inner)
            for place in short_calls(self.state, receiver) if isinstance(receiver, ObjectValue) else ():
                event = "called with fewer arguments"
                steps = steps_left(entry)
                self.log.event(live, "compiled", event, steps=steps, entry=entry, place=place)
            if loses_option(live):
                self._lost(live, "compiled", "option lost", steps_left(entry), entry)

    def _lost(
        self,
        live: LiveHook,
        world: World,
        event: Event,
        steps: Steps,
        entry: Entry,
        place: Place | None = None,
    ) -> None:
        """Log an event, a silent one only where somebody notices that the hook is not called."""
        if event in _LOST_WITH_THE_COPY and entry.call is not None and entry.call is self.thrown_away:
            return
        confidence = self.losses.weight(live) if event in SILENT_EVENTS else "certain"
        if confidence is not None:
            self.log.event(live, world, event, steps=steps, entry=entry, place=place, confidence=confidence)

    def finish(self) -> None:
        """Log what was lost, now that it is known what the program goes on to do."""
        self.losses.settle(hook for site in self.sites for hook in site.hooks)

    def _uses(self, live: LiveHook, module: ObjectValue) -> tuple[ResultUse, ...]:
        """Return where the model needs a Tensor of a part whose hook may return something else."""
        is_part = isinstance(live.receiver, ObjectValue) and not live.registration.is_pre
        if (
            not is_part
            or not isinstance(live.receiver, ObjectValue)
            or not any(map(gives_result, live.hooks))
        ):
            return ()
        return result_uses(self.state, module, live.receiver, self.project)

    def class_now(self, receiver: ObjectValue | ScriptValue | None) -> ModuleClass | None:
        """Return the class of a receiver as it is now, None where the class itself was changed."""
        cls = current_class(self.state, receiver) if isinstance(receiver, ObjectValue) else None
        is_patched = cls is not None and any(cls.is_a(name) for name in self.patched)
        if is_patched or cls is None or not isinstance(receiver, ObjectValue):
            return None
        return self._after_running(cls, receiver)

    def _after_running(self, cls: ModuleClass, receiver: ObjectValue) -> ModuleClass:
        """Return the class of a module with what hooks have set on it that ran while it was eager."""
        module = loop_root(receiver) if is_loop_element(receiver) else receiver
        runs = [order for called, order in self.called.items() if self.state.contains(called, module)]
        written = {
            name: AttributeFact(name, "unknown")
            for site in (self.sites if runs else ())
            if site.live is not None and site.live.order <= max(runs) and self._may_be_on(site, module)
            for hook in site.hooks
            for name in written_by(hook)
            if not name.startswith("__")
        }
        return cls.changed_by(written) if written else cls

    def _may_be_on(self, site: Site, module: ObjectValue) -> bool:
        """Whether a site puts its hook on a module, or on each of a model that the module is in or is."""
        receiver = site.receiver
        if not isinstance(receiver, ObjectValue):
            return receiver is None
        root = loop_root(receiver) if is_loop_element(receiver) else receiver
        return root is module or (root is not receiver and self.state.contains(root, module))

    def classes_now(self) -> dict[ObjectValue, ModuleClass | None]:
        """Return the classes of those receivers of hooks on which something was set, as far as they parse."""
        receivers = {site.receiver: None for site in self.sites if isinstance(site.receiver, ObjectValue)}
        now: dict[ObjectValue, ModuleClass | None] = {}
        for receiver in receivers:
            with suppress(SourceError):
                now[receiver] = self.class_now(receiver)
        return {receiver: cls for receiver, cls in now.items() if cls is not receiver.module_class}

    def freeze(self, copy: ScriptValue, api: str, call: ir.Call, place: Place) -> ScriptValue:
        """Carry out `torch.jit.freeze` or `optimize_for_inference`: compiled hooks are gone."""
        entry, made = Entry(api, place, call, self.choices > 0), copy.saved or copy
        for live in made.compiled:
            if live.receiver is not made.source:
                continue
            steps = ((made.place, f"compiled here by `{made.api}`"), *steps_left(entry))
            self._lost(live, "compiled", "dropped by freeze", steps, entry)
        return ScriptValue(
            "freeze", api, place, self.tick(), call, copy.source, None, "", (), True, True, copy.is_reloaded
        )

    def load(
        self, api: str, call: ir.Call | None, place: Place, how: How = "load", file: Values = ()
    ) -> ScriptValue:
        """Carry out `torch.jit.load` of `file`, or take in a value annotated as a ScriptModule."""
        saved = self.state.files.get(file[0]) if len(file) == 1 else None
        return ScriptValue(
            how, api, place, self.tick(), call, has_exports=True, is_reloaded=True, saved=saved
        )

    def save(self, copy: ScriptValue, file: Values, place: Place) -> None:
        """Carry out `torch.jit.save(copy, file)`."""
        self.use(copy, None, place, "saved")
        if len(file) == 1 and copy.parent is None:
            self.state.files[file[0]] = copy.saved or copy

    def child(self, copy: ScriptValue, name: str) -> ScriptValue:
        """Return the child of a script or traced module, the same one each time."""
        known = self.state.of(copy).attributes.get(name)
        if known and isinstance(known[0], ScriptValue):
            return known[0]
        source: ObjectValue | None = None
        if copy.source is not None and copy.module_class is not None:
            fact = copy.module_class.attribute(name)
            source = ObjectValue(
                "attribute", fact.module_class if fact else None, parent=copy.source, name=name
            )
        child = replace(copy, parent=copy, name=name, source=source, compiled=())
        self.state.set_attribute(copy, name, (child,))
        return child

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
        for live in self.state.global_hooks:
            self._global_hook(live, copy, place)

    def _late_changes(
        self, copy: ScriptValue, source: ObjectValue, moment: Moment, holder: ObjectValue | None = None
    ) -> None:
        steps = (*steps_made(copy), (moment.place, "used here"))
        for live in filter(self.is_possible, self.state.hooks_within(source)):
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
            removed = self.state.removed.get(live)
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
            if source is not None and self.state.has_children(source) and not _is_alone(source):
                event: Event = "global hook skips scripted children"
                self._lost(live, "script-module", event, steps, entry_of(copy))

    def exchange_state(self, copy: ScriptValue, place: Place) -> None:
        """Carry out `state_dict` or `load_state_dict` of a scripted module: such hooks did not come along."""
        if copy.source is None or copy.parent is not None:
            return
        for live in self.state.hooks_within(copy.source):
            if "state_dict" in live.registration.api and live.order < copy.order:
                event: Event = "state-dict hook dropped by script"
                steps = (*steps_made(copy), (place, "its state dict is used here"))
                self._lost(live, "compiled", event, steps, entry_of(copy))

    def call_module(self, module: ObjectValue, place: Place) -> None:
        """Carry out the call of an eager module: a scripted child of it meets the global hooks."""
        self.called[module] = self.order
        self.losses.eager_calls.append((module, place))
        for part in self.state.scripts_within(module):
            if part.source is not None and part.parent is None:
                self._late_changes(part, part.source, Moment(place, "called"), module)
        for live in self.state.hooks_within(module):
            if any(takes_itself_off(hook) for hook in live.hooks):
                self.state.remove_hook(live, self.tick(), place)
        if self.state.global_hooks:
            child = next(self.state.scripts_within(module), None)
            for live in self.state.global_hooks if child is not None else ():
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
        for copy in self.state.copies:
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
            order >= since and self.state.contains(called, module) for called, order in self.called.items()
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
