"""What `torch.compile` does to hooks, on abstract state, measured on torch 2.13.0.

A hook on a part of what is compiled that comes after the first call under the same circumstances is never
called; hooks on the wrapper and on the root are Python's.
"""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.contents import Key
from hookproof.evaluator.errors import Catch
from hookproof.finding import Confidence, weaker
from hookproof.interpreter.domain import Arguments, Value, Values
from hookproof.interpreter.instances.live_hooks import Steps, steps_left
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.listener import Entering
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import literal_of
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.interpreter.wrapped import INNER, WrappedFunction, WrappedModule, WrappingValue
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.compile.bodies import breaks_of, goes_back, is_disabled, left_out
from hookproof.worlds.compile.events import Event
from hookproof.worlds.compile.names import Misnamed
from hookproof.worlds.compile.regions import (
    Call,
    How,
    Late,
    Outside,
    Region,
    call_of,
    given_of,
    has_alike,
    is_seen_by_compiler,
)
from hookproof.worlds.compile.twice import is_inside_too, run_twice
from hookproof.worlds.event_log import EventLog, assumed
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.hooks_met import is_met
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices, worst
from hookproof.worlds.outcome import Exposure, Outcome
from hookproof.worlds.world import World, kind_of

_STANDING = "compiled by dynamo"
_OPTIONS = ("fullgraph", "backend", "dynamic", "mode")
# What is done to a module after which its next call is compiled anew.
_CHANGING = frozenset(
    {
        "bfloat16", "cpu", "cuda", "double", "float", "half", "load_state_dict", "requires_grad_", "to",
        "to_empty", "type", "add_module", "register_module", "register_buffer", "register_parameter",
    }
)  # fmt: skip


class Compiling:
    """Listens to one interpretation, and logs what becomes of hooks on modules that are compiled."""

    def __init__(self, worlds: tuple[World, ...], progress: Progress) -> None:
        self.worlds, self.progress = worlds, progress
        self._names = frozenset(world.name for world in worlds)
        self._events = EventLog(progress)
        self.outcomes = self._events.outcomes
        self.exposures: list[Exposure] = []
        self._notices = Notices(progress, frozenset())  # what a hook does in eager mode
        self._regions: list[Region] = []
        self._running: list[tuple[Region, Arguments]] = []
        self._late: list[Late] = []
        self._outside: dict[LiveHook, Outside] = {}
        self._misnamed = Misnamed()

    # --- what is compiled ----------------------------------------------------------------------------

    def entered(self, entering: Entering) -> Values | None:
        """Hear of a module or function that is compiled; return what it becomes."""
        if entering.point.argument is None:
            for region in self._regions:
                region.changes.append(self.progress.tick())
            return None
        options = {name: literal_of(values) for name, values in entering.keywords.items() if name in _OPTIONS}
        entry = self.progress.entry(entering.point.qualname, entering.location, entering.call)
        if entering.point.is_method:
            modules = [each for each in entering.given if isinstance(each, ObjectValue)]
            known = [each for each in modules if each.module_class is not None]
            for module in known:
                self._compile(module, entry, "in place", options)
            return () if known else None
        if not entering.given and not entering.args and "model" not in entering.keywords:
            return (WrappingValue(lambda given: self._wrapped(given, entry, options)),)
        return self._wrapped(entering.given, entry, options) or None

    def _wrapped(self, given: Values, entry: Entry, options: dict[str, Key]) -> Values:
        return tuple(self._wrap(value, entry, options) for value in given)

    def _wrap(self, value: Value, entry: Entry, options: dict[str, Key]) -> Value:
        if isinstance(value, WrappedModule):
            return value  # compiled again, with the cache of before
        if isinstance(value, ObjectValue) and not value.is_class:
            region = self._compile(value, entry, "wrapper", options)
            cls = value.module_class
            region.wrapper = WrappedModule("call", cls, is_created=True, inner=value)
            self.progress.state.set_attribute(region.wrapper, INNER, (value,))
            return region.wrapper
        if isinstance(value, FunctionValue):
            region = Region(entry, "function", function=value, options=options)
            own = value.bound_self
            if own is not None and value.definition.name == "forward" and own.module_class is not None:
                region.how, region.root = "forward", own
            self._regions.append(region)

            def watch(args: Arguments | None) -> None:
                if args is not None:
                    self._begin(region, args)
                else:
                    self._end()

            return WrappedFunction((value,), watch)
        return value

    def _compile(self, module: ObjectValue, entry: Entry, how: How, options: dict[str, Key]) -> Region:
        region = Region(entry, how, module, options=options)
        self._regions.append(region)
        self.exposures.append(Exposure(module, entry))
        return region

    # --- what is called ------------------------------------------------------------------------------

    def called(self, module: ObjectValue | ScriptValue, call: ir.Call, location: Location) -> None:
        """Hear of the call of a module, compiled or not."""
        if not isinstance(module, ObjectValue):
            return
        if self._running:
            region, _ = self._running[-1]
            if region.root is None and module not in region.roots:
                region.roots.append(module)
            return
        given = given_of(self.progress)
        met = [region for region in self._regions if self._is_called(region, module)]
        for region in met:
            # What is around it is given the same, and so is it.
            is_whole = region.root is module or region.wrapper is module
            around = () if is_whole else (module,)
            self._note(region, call, location, None if given is None else (*around, *given))
        if not met and not isinstance(module, WrappedModule):
            self._notices.eager_calls.append((module, location))
            self._pass_by(module, location)

    def _pass_by(self, module: ObjectValue, location: Location) -> None:
        """Note that a module is called, and not the wrapper around it, which has hooks."""
        for region in self._regions:
            if region.root is module and region.wrapper is not None:
                for live in self.progress.state.of(region.wrapper).hooks:
                    if live in self._outside:
                        self._outside[live].passed.append(Moment(location, "called"))

    def _is_called(self, region: Region, module: ObjectValue) -> bool:
        """Whether the call of a module calls what is compiled."""
        if region.how == "wrapper":
            return region.wrapper is not None and self.progress.state.contains(module, region.wrapper)
        return region.root is not None and self.progress.state.contains(module, region.root)

    def _note(
        self, region: Region, call: ir.Call, location: Location, given: tuple[object, ...] | None
    ) -> None:
        state = self.progress.state
        hooks = tuple(dict.fromkeys(live for module in region.modules for live in state.hooks_within(module)))
        on_wrapper = state.of(region.wrapper).hooks if region.wrapper is not None else ()
        if region.wrapper is not None:
            on_parts = (
                live for live in state.hooks_within(region.wrapper) if region.is_inside(live.receiver)
            )
            hooks += tuple(live for live in on_parts if live not in hooks)
        region.note(call_of(self.progress, region, call, location, given, hooks, on_wrapper), self.progress)

    def _begin(self, region: Region, args: Arguments) -> None:
        self.progress.given = args.each()
        self._running.append((region, args))

    def _end(self) -> None:
        region, args = self._running.pop()
        if not self._running:
            self.progress.given = args.each()
            self._note(region, args.node, args.location, given_of(self.progress))

    # --- what is done to it --------------------------------------------------------------------------

    def registered(self, live: LiveHook, *, is_unbound: bool = False) -> None:
        """Hear of a hook that is put on something: perhaps after the first call."""
        receiver = live.receiver
        if not isinstance(receiver, ObjectValue) or self._running:
            return
        if kind_of(live.registration.api) == "utility":
            self._change(receiver)  # torch sees that the parameters are others
            return
        for region in self._regions:
            if region.wrapper is not None and receiver is region.wrapper:
                self._outside[live] = Outside(live, region, [])
            if region.loses_late(receiver, self.progress):
                earlier = region.calls_so_far(self.progress)
                if earlier:
                    self._late.append(Late(live, region, earlier))

    def misnamed(self, live: LiveHook, test: Location) -> None:
        """Hear of a hook for a part of what is compiled, where its name has another beginning."""
        self._misnamed.note(live, test, self._regions, self.progress.state)

    def removed(self, live: LiveHook, location: Location) -> None:
        """Hear of a hook that is taken off: torch looks again where there was one."""

    def set(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Hear of an attribute that is set: a graph that has asked for it is made again."""
        if isinstance(owner, ObjectValue):
            self._change(owner)

    def used(
        self, module: ObjectValue | ScriptValue, name: str, location: Location, given: Values = ()
    ) -> None:
        """Hear of a method that makes another module of it."""
        if isinstance(module, ObjectValue) and name in _CHANGING:
            self._change(module)

    def _change(self, owner: ObjectValue) -> None:
        for region in self._regions:
            if any(self.progress.state.contains(module, owner) for module in region.modules):
                region.changes.append(self.progress.tick())

    def escaped(self, value: ObjectValue | ScriptValue, location: Location) -> None:
        """Hear of a module that somebody else gets, who may call it."""

    def declared(self, location: Location) -> None:
        """Return nothing: no annotation speaks of compiled modules."""

    # --- what comes of it ----------------------------------------------------------------------------

    def finish(self) -> None:
        """Log what was lost, now that it is known what the program goes on to do."""
        if "torch._dynamo.config.skip_nnmodule_hook_guards" in self.progress.patched:
            return
        known = frozenset(
            (hook.definition.path, hook.definition.at) for site in self.progress.sites for hook in site.hooks
        )
        for late in self._late:
            self._miss_late(late, known)
        for live, test, region, confidence in self._misnamed.missed(self._notices, known):
            self._log(live, "chosen by the name of before", region, confidence, location=test)
        for outside in self._outside.values():
            self._miss_outside(outside, known)
        for region in self._regions:
            removed = self.progress.state.removed
            for live, confidence in run_twice(self.progress.sites, region, self._notices, known, removed):
                self._log(live, "on the wrapper and on the module inside", region, confidence)
        too_late = {each.live for each in self._late}
        for region in self._regions:
            met = dict.fromkeys(live for call in region.calls for live in call.hooks)
            for live in met:
                if live not in too_late and live.receiver is not region.wrapper:
                    self._meet(live, region, known)

    def _meet(self, live: LiveHook, region: Region, known: frozenset[tuple[str, int]]) -> None:
        """Log what is lost of a hook that is there at the first call."""
        is_sure = is_met(self.progress, live)
        if is_sure is False or not live.hooks:
            return
        sure: Confidence = "certain" if is_sure and len(live.hooks) == 1 else "likely"
        calls = [call for call in region.calls if live in call.hooks]
        is_forward = kind_of(live.registration.api) in {"forward", "forward-pre"}
        if not calls or any(map(is_disabled, live.hooks)):
            return
        for location, is_certain in breaks_of(live, region, self.progress, self._names):
            weight = sure if is_certain else "likely"
            event: Event = "breaks the full graph"
            self._log(live, event, region, weight, caught=calls[0].caught, location=location)
            if is_certain:
                return
        lost = left_out(live, self.progress, self._names) if is_forward else []
        if lost and is_seen_by_compiler(live, region, self.progress):
            cls = region.modules[0].module_class
            moments = [Moment(call.location, "called") for call in calls]
            missing = Missing(live, region.modules[0], cls, region.entry.location, False, moments)
            confidence = CONFIDENCE[worst(self._notices.loss_of(effect, missing, known) for effect in lost)]
            if confidence is not None:
                self._log(live, "left out while compiling", region, weaker(confidence, sure))

    def _miss_outside(self, outside: Outside, known: frozenset[tuple[str, int]]) -> None:
        live, region = outside.live, outside.region
        is_backward = live.registration.api in {"register_full_backward_hook", "register_backward_hook"}
        event: Event = "hook on the wrapper of what is called"
        moments = outside.passed
        if is_backward:
            event = "backward hook on the wrapper"
            moments = [Moment(call.location, "called") for call in region.calls if live in call.wrapper_hooks]
        elif kind_of(live.registration.api) not in {"forward", "forward-pre", "backward-pre"}:
            return
        if (
            not moments
            or (is_backward and not goes_back(live, moments))
            or is_inside_too(self.progress.sites, live, region)
        ):
            return
        cls = region.root.module_class if region.root is not None else None
        missing = Missing(live, region.root, cls, region.entry.location, False, moments)
        confidence = CONFIDENCE[self._notices.loss(missing, known)]
        if confidence is not None:
            steps = () if is_backward else ((moments[0].location, "the module inside is called here"),)
            self._log(live, event, region, confidence, steps)

    def _miss_late(self, late: Late, known: frozenset[tuple[str, int]]) -> None:
        live, region = late.live, late.region
        if is_met(self.progress, live) is False or region.may_change_itself(self.progress):
            return
        missed = [
            (call, first)
            for call in region.calls
            if live in call.hooks and (first := self._first_of(call, late)) is not None
        ]
        if not missed:
            return
        moments = [Moment(call.location, "called") for call, _ in missed]
        root = region.modules[0]
        missing = Missing(live, root, root.module_class, region.entry.location, False, moments)
        confidence = CONFIDENCE[self._notices.loss(missing, known)]
        if confidence is not None:
            first = missed[0][1]
            steps = ((first.location, "called for the first time here"),)
            self._log(
                live, "registered after the first compiled call", region, weaker(confidence, "likely"), steps
            )

    def _first_of(self, call: Call, late: Late) -> Call | None:
        """Return the call before the registration whose graph another call runs, None if unsure."""
        region, live = late.region, late.live
        between = [each for each in region.calls if live.order < each.order < call.order]
        if any(each.grad == call.grad and not each.is_given_alike(call) for each in between):
            return None  # a graph for all sizes is made, with the hook
        for first in late.earlier:
            if not first.is_same_variant(call, region, self.progress):
                continue
            if any(first.order < change < call.order for change in region.changes):
                continue
            gone = [each for each in first.hooks if each not in call.hooks]
            new = [each for each in call.hooks if each not in first.hooks]
            if gone or any(has_alike(first.hooks, each) for each in (live, *new)):
                continue
            if any(self._changes_python(each) for each in first.hooks):
                continue
            return first
        return None

    def _changes_python(self, live: LiveHook) -> bool:
        """Whether a compiled hook may leave something behind that it asks for: each call is compiled."""
        if "backward" in kind_of(live.registration.api):
            return False
        return any(
            hook.function is None
            or any(effect.kind in {"adds", "keeps"} for effect in self._notices.effects(hook, live))
            for hook in live.hooks
        )

    # --- outcomes ------------------------------------------------------------------------------------

    def _log(
        self,
        live: LiveHook,
        event: Event,
        region: Region,
        confidence: Confidence,
        steps: Steps = (),
        *,
        caught: tuple[Catch, ...] = (),
        location: Location | None = None,
    ) -> None:
        self._events.add(
            _STANDING,
            event,
            live,
            confidence,
            region.entry,
            location=location,
            caught=caught,
            steps=steps_left(region.entry) + steps,
        )

    @staticmethod
    def unfollowed(
        worlds: tuple[World, ...], site: Site, root: Found, *, elsewhere: Elsewhere
    ) -> Iterator[Outcome]:
        """Yield what may become of a hook that may meet a world which is assumed."""
        function = site.registration.function
        if function is not None and function.name == "__init__":
            return  # nothing was compiled before
        if not elsewhere.reaches(worlds[0].name, site, root):
            return
        if kind_of(site.registration.api) not in {"forward", "forward-pre", "backward", "backward-pre"}:
            return
        event: Event = "registered after the first compiled call"
        for hook in site.hooks:
            yield assumed(_STANDING, event, hook, site, root, elsewhere)
