"""What is done with script and traced modules once they are made, and with the eager ones behind them."""

from __future__ import annotations

from msgspec import Struct, field

from hookproof.interpreter.asked import may_hold_together
from hookproof.interpreter.instances.live_hooks import (
    entry_of,
    misses_arguments,
    steps_made,
    takes_itself_off,
    written_by,
)
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.torchscript.handed_in import may_be_script
from hookproof.worlds.torchscript.losses import Losses
from hookproof.worlds.torchscript.outcome_log import OutcomeLog


class Afterwards(Struct):
    """Logs what becomes of hooks where modules are used that left eager mode, or have left it by now.

    `used` are the script and traced modules that were called, `passed_over` the hooks that a test for a class
    kept off what is scripted or traced by then, with the test.
    """

    progress: Progress
    log: OutcomeLog
    losses: Losses
    used: set[ScriptValue] = field(default_factory=set)
    passed_over: list[tuple[LiveHook, Location, ScriptValue]] = field(default_factory=list)

    def meet(self, copy: ScriptValue, moment: Moment) -> None:
        """Note a use of a script or traced module: silent losses become real."""
        if copy.source is not None and copy.parent is None:
            self._late_changes(copy, copy.source, moment)
            self._miss_passed_over(copy, moment)

    def call(self, copy: ScriptValue, call: ir.Call, location: Location) -> None:
        """Carry out the call of a script or traced module."""
        self.used.add(copy)
        made = copy.saved or copy
        if made.compiled and not made.is_frozen and misses_arguments(made.module_class, call):
            for live in made.compiled:
                if live.receiver is made.source:
                    steps = ((made.location, f"compiled here by `{made.api}`"),)
                    event: Event = "called with fewer arguments"
                    self.log.event(
                        live, "compiled", event, steps=steps, entry=entry_of(made), location=location
                    )
        for live in self.progress.state.global_hooks:
            self._global_hook(live, copy, location)

    def _late_changes(
        self, copy: ScriptValue, source: ObjectValue, moment: Moment, holder: ObjectValue | None = None
    ) -> None:
        steps = (*steps_made(copy), (moment.location, "used here"))
        for live in filter(self.progress.is_possible, self.progress.state.hooks_within(source)):
            if not may_hold_together(live.assumed, copy.assumed):
                continue
            late = copy in live.after
            if (
                late
                and live not in copy.compiled
                and live.registration.is_forward
                and not live.registration.guarded
                and not self._is_put_on_both(live, copy)
            ):
                self.losses.miss(live, copy, "registered after scripting", moment, steps, holder)
            elif live.order < copy.order and copy.is_traced and live.registration.is_forward:
                self.losses.miss(live, copy, "baked into the trace", moment, steps, holder)
        for live in copy.compiled:
            removed = self.progress.state.removed.get(live)
            if removed is not None and removed[0] > copy.order:
                event: Event = "removed after scripting"
                self.losses.lose(live, "compiled", event, steps, entry_of(copy), removed[1])

    def _is_put_on_both(self, live: LiveHook, copy: ScriptValue) -> bool:
        """Whether the same function is registered on what was made of a module as on the module itself."""
        definitions = {hook.definition for hook in live.hooks}
        others = self.progress.state.of(copy).hooks if live.receiver is copy.source else ()
        return any(hook.definition in definitions for other in others for hook in other.hooks)

    def _miss_passed_over(self, copy: ScriptValue, moment: Moment, holder: ObjectValue | None = None) -> None:
        for live, test, script in self.passed_over:
            if script.root is copy and not self._is_there_too(live, script, holder):
                event: Event = "passed over by a class test"
                steps = (*steps_made(copy), (moment.location, "called here"))
                self.losses.miss(live, copy, event, moment, steps, holder, location=test)

    def _is_there_too(self, live: LiveHook, script: ScriptValue, holder: ObjectValue | None) -> bool:
        """Whether the same function is a hook of the script module, or of what is around it, all the same."""
        definitions = {hook.definition for hook in live.hooks}
        state, around = self.progress.state, (script, script.root, holder)
        hooked = [other for each in around if each is not None for other in state.of(each).hooks]
        others = (*hooked, *state.global_hooks, *script.root.compiled)
        return any(hook.definition in definitions for other in others for hook in other.hooks)

    def _global_hook(self, live: LiveHook, copy: ScriptValue, location: Location) -> None:
        api = live.registration.api
        steps = (*steps_made(copy), (location, "called here"))
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
                self.losses.lose(live, "script-module", event, steps, entry_of(copy))

    def exchange_state(self, copy: ScriptValue, location: Location) -> None:
        """Carry out `state_dict` or `load_state_dict` of a scripted module: such hooks did not come along."""
        if copy.source is None or copy.parent is not None:
            return
        for live in self.progress.state.hooks_within(copy.source):
            if "state_dict" in live.registration.api and live.order < copy.order:
                event: Event = "state-dict hook dropped by script"
                steps = (*steps_made(copy), (location, "its state dict is used here"))
                self.losses.lose(live, "compiled", event, steps, entry_of(copy))

    def call_eager(self, module: ObjectValue, location: Location) -> None:
        """Carry out the call of an eager module: a scripted child of it meets the global hooks."""
        self.progress.called[module] = self.progress.order
        self.losses.notices.eager_calls.append((module, location))
        for part in self.progress.state.scripts_within(module):
            if part.source is not None and part.parent is None:
                self._late_changes(part, part.source, Moment(location, "called"), module)
                self._miss_passed_over(part, Moment(location, "called"), module)
        for live in self.progress.state.hooks_within(module):
            if any(takes_itself_off(hook) for hook in live.hooks):
                self.progress.state.remove_hook(live, self.progress.tick(), location)
        if self.progress.state.global_hooks:
            child = next(self.progress.state.scripts_within(module), None)
            for live in self.progress.state.global_hooks:
                if "backward" not in live.registration.api:
                    continue
                if child is not None:
                    self._global_hook(live, child, location)
                elif may_be_script(module) and not self.progress.guards:
                    steps = ((location, "called here; it may be a ScriptModule"),)
                    event: Event = "global backward hook"
                    self.log.event(
                        live, "script-module", event, steps=steps, entry=None, confidence="possible"
                    )

    def call_forward(self, copy: ScriptValue, location: Location) -> None:
        """Carry out `scripted.forward(…)`: compiled hooks are skipped."""
        made = copy.saved or copy
        for live in made.compiled:
            if live.receiver is made.source and not made.is_frozen:
                event: Event = "forward called directly"
                self.losses.lose(live, "compiled", event, steps_made(made), entry_of(made), location)

    def read_eager(self, module: ObjectValue, name: str, location: Location) -> None:
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
                            live,
                            "compiled",
                            event,
                            steps=steps_made(copy),
                            entry=entry_of(copy),
                            location=location,
                        )

    def _was_called(self, module: ObjectValue, since: int) -> bool:
        """Whether the eager module ran, so that its own hooks wrote its own attributes."""
        return any(
            order >= since and self.progress.state.contains(called, module)
            for called, order in self.progress.called.items()
        )


def _is_alone(module: ObjectValue) -> bool:
    """Return whether the `forward` of a module certainly calls no part of it."""
    return module.module_class is not None and module.module_class.forward_is_alone
