"""What becomes of hooks whose module is copied or pickled: whom the copy's write to, what can't be copied.

Everything here was measured on torch 2.13.0. A copy has all hooks of its original; a function is not copied,
with all that it closes over, while a bound method and a callable object are copied with what they belong to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from hookproof.evaluator.contents import Entries
from hookproof.finding import Confidence, weaker
from hookproof.interpreter.domain import Values, only
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.listener import Entering
from hookproof.interpreter.models.copies import copied_with_parts
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import ContainerValue
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.state import State
from hookproof.interpreter.values import Hook, LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.copies import pickling
from hookproof.worlds.copies.kept_tensors import Call, keeps_tensor
from hookproof.worlds.copies.left import Copied, is_given
from hookproof.worlds.copies.parameters_left import LeftBehind, hooks_left
from hookproof.worlds.copies.sharing import Sharing
from hookproof.worlds.event_log import EventLog, assumed
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.gradients import Backward, backward_of
from hookproof.worlds.hooks_met import hooks_met, is_met
from hookproof.worlds.notices import Notices
from hookproof.worlds.outcome import Exposure, Outcome
from hookproof.worlds.owners import owner_of
from hookproof.worlds.world import World, kind_of

Event: TypeAlias = Literal[
    "can't be pickled",
    "keeps what can't be copied",
    "left on the parameters of the original",
    "writes to the original",
    "writes to a copy of its recorder",
]

_STANDINGS = {"copy": "copied", "pickle": "pickled"}
_MAX_DEPTH = 3  # of containers that hold what is pickled
_OTHER_PICKLE = "pickle_module"


class Copying:
    """Listens to one interpretation, and logs what becomes of hooks on modules that are copied or pickled."""

    def __init__(self, worlds: tuple[World, ...], progress: Progress) -> None:
        self.worlds, self.progress = worlds, progress
        self._events = EventLog(progress)
        self.outcomes = self._events.outcomes
        self.exposures: list[Exposure] = []
        names = frozenset(world.name for world in worlds)
        self._notices = Notices(progress, names)
        self._copied: list[Copied] = []
        self._calls: list[Call] = []
        self._backwards: list[Backward] = []

    # --- what the program does -----------------------------------------------------------------------

    def entered(self, entering: Entering) -> Values | None:
        """Hear of a module that is copied or pickled; return the copy."""
        entry = self.progress.entry(entering.point.qualname, entering.location, entering.call)
        if _OTHER_PICKLE in entering.keywords:
            return None
        if entering.world.name == "pickle":
            for value in dict.fromkeys(_objects(self.progress.state, entering.given)):
                self._note(Copied("pickle", entry, value, None))
            return None
        modules = [value for value in entering.given if isinstance(value, ObjectValue)]
        if not modules or len(modules) < len(entering.given):
            return None
        return tuple(self._copy(entering, entry, module) for module in modules)

    def _copy(self, entering: Entering, entry: Entry, module: ObjectValue) -> ObjectValue:
        result = copied_with_parts(self.progress.state, module)
        self._note(Copied("copy", entry, module, result))
        if entering.point.name == "deepcopy":
            return result
        around = ObjectValue("call")
        self.progress.state.set_attribute(around, "module", (result,))
        self._copied[-1].around = around
        return around

    def _note(self, copied: Copied) -> None:
        progress, state = self.progress, self.progress.state
        copied.caught, copied.order = progress.caught, progress.tick()
        is_pickled = copied.world == "pickle"
        copied.is_plain = pickling.is_plain(copied.source, state, progress.project, is_pickled=is_pickled)
        self._copied.append(copied)
        if progress.expected or is_given(copied.source):
            return
        met = ((live, is_met(progress, live)) for live in hooks_met(progress, copied.source))
        copied.hooks = [(live, is_sure is True) for live, is_sure in met if is_sure is not False]
        gone = (live for live in state.removed if isinstance(live.receiver, ObjectValue))
        copied.gone = [live for live in gone if _contains(state, copied.source, live.receiver)]
        copied.left = hooks_left(progress, copied.source)
        if copied.hooks or copied.gone:
            copied.state, copied.calls = state.fork(), len(self._calls)

    def called(self, module: ObjectValue | ScriptValue, call: ir.Call, location: Location) -> None:
        """Hear of the call of a module, perhaps of a copy."""
        progress = self.progress
        if not isinstance(module, ObjectValue) or _is_method(module, call, progress):
            return
        has_grad, is_sure = progress.grad == "grad", progress.choices == 0
        self._calls.append(Call(module, call, location, progress.tick(), has_grad, is_sure))
        self._notices.eager_calls.append((module, location))
        self._use(module, Moment(location, "called"), call)

    def escaped(self, value: ObjectValue | ScriptValue, location: Location) -> None:
        """Hear of a module that somebody else gets, who may call it."""
        if isinstance(value, ObjectValue):
            self._use(value, Moment(location, "given"))

    def _use(self, module: ObjectValue, moment: Moment, call: ir.Call | None = None) -> None:
        for copied in self._copied:
            if copied.is_of(module, self.progress.state):
                copied.uses.append(moment)
                copied.calls_of_copy += [call] if call is not None else []

    def registered(self, live: LiveHook, *, is_unbound: bool = False) -> None:
        """Hear of a hook that is put on a module: the state knows."""

    def removed(self, live: LiveHook, location: Location) -> None:
        """Hear of a hook that is taken off: the state knows."""

    def set(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Hear of an attribute that is set: the state knows."""

    def used(
        self, module: ObjectValue | ScriptValue, name: str, location: Location, given: Values = ()
    ) -> None:
        """Hear of gradients that are computed."""
        if name == "backward" and isinstance(module, ObjectValue):
            self._backwards.append(backward_of(module, location, self.progress.tick()))

    def declared(self, location: Location) -> None:
        """Return nothing: no annotation speaks of copies."""

    # --- what comes of it ----------------------------------------------------------------------------

    def finish(self) -> None:
        """Log what was lost, now that it is known what the program goes on to do."""
        hooks = (hook for site in self.progress.sites for hook in site.hooks)
        known = frozenset((hook.definition.path, hook.definition.at) for hook in hooks)
        sharing = Sharing(self._notices, self._calls, known)
        for copied in self._copied:
            for live, is_sure in copied.hooks:
                sure: Confidence = "certain" if is_sure and len(live.hooks) == 1 else "likely"
                if copied.world == "pickle":
                    self._pickle(live, copied, sure)
                elif not self._fails(live, copied, sure):
                    for event, weight in sharing.of(live, copied):
                        self._log(live, event, copied, weaker(weight, sure))
            for live, weight in LeftBehind(self._notices, self._calls, self._backwards, known).of(copied):
                self._log(live, "left on the parameters of the original", copied, weight)
            for live in copied.gone if copied.world == "copy" else ():
                self._fails(live, copied, "certain" if len(live.hooks) == 1 else "likely", is_gone=True)

    def _pickle(self, live: LiveHook, copied: Copied, sure: Confidence) -> None:
        for hook in live.hooks:
            if copied.is_plain and pickling.reason(hook) is not None:
                self._log(live, "can't be pickled", copied, sure, hook=hook)

    def _fails(self, live: LiveHook, copied: Copied, sure: Confidence, *, is_gone: bool = False) -> bool:
        """Log that a copy fails for what a hook keeps; return whether it does for sure."""
        if not copied.is_plain or copied.state is None:
            return False
        weight = keeps_tensor(live, copied, self._calls[: copied.calls], self._notices, is_gone=is_gone)
        if weight is not None:
            self._log(live, "keeps what can't be copied", copied, weaker(weight, sure))
        return weight == "certain"

    # --- outcomes ------------------------------------------------------------------------------------

    def _log(
        self,
        live: LiveHook,
        event: Event,
        copied: Copied,
        confidence: Confidence,
        *,
        hook: Hook | None = None,
    ) -> None:
        entry = copied.entry
        done = (entry.location, f"{copied.world_done} here (`{entry.api}`)")
        self._events.add(
            copied.world_done, event, live, confidence, entry, hook=hook, caught=copied.caught, steps=(done,)
        )

    @staticmethod
    def unfollowed(
        worlds: tuple[World, ...], site: Site, root: Found, *, elsewhere: Elsewhere
    ) -> Iterator[Outcome]:
        """Yield what may become of a hook whose module is assumed to be copied, or pickled."""
        for world in worlds:
            for hook in site.hooks if elsewhere.reaches(world.name, site, root) else ():
                event = _event_without_program(hook, site, world)
                if event is not None:
                    yield assumed(_STANDINGS[world.name], event, hook, site, root, elsewhere)


def _event_without_program(hook: Hook, site: Site, world: World) -> Event | None:
    """Return what goes wrong with a hook wherever its module is copied or pickled."""
    from hookproof.interpreter.hook_effects import effects_of

    if kind_of(site.registration.api) == "parameter":
        return None  # it is left behind, which nobody may miss
    if world.name == "pickle":
        return "can't be pickled" if pickling.reason(hook) is not None else None
    receiver = site.receiver if isinstance(site.receiver, ObjectValue) else None
    is_forward = kind_of(site.registration.api) == "forward"
    for effect in effects_of(hook, site.project, worlds=frozenset({world.name})):
        if effect.node is None or effect.node[0] != "attribute" or receiver is None:
            continue
        if is_forward and effect.in_graph and (effect.on_module or hook.bound_self is not None):
            return "keeps what can't be copied"
        owner = only(owner_of(effect, hook, None))
        is_module = isinstance(owner, ObjectValue) and owner.module_class is not None
        if is_module and hook.bound_self is None:
            return "writes to the original"
    return None


def _objects(state: State, values: Values, depth: int = 0) -> Iterator[ObjectValue]:
    """Yield the objects among some values, and in the containers among them."""
    for value in values:
        if isinstance(value, ObjectValue):
            yield value
        elif isinstance(value, ContainerValue) and depth < _MAX_DEPTH:
            held = state.now(value).content
            groups = (*held.groups, *held.known.values()) if isinstance(held, Entries) else held.groups
            for group in groups:
                yield from _objects(state, group, depth + 1)


def _is_method(module: ObjectValue, call: ir.Call, progress: Progress) -> bool:
    """Whether what is called is a method that all modules have, of one whose class is not known."""
    name = call.func.attr if isinstance(call.func, ir.Attribute) else None
    return name == module.name and name in progress.project.facts.module_attributes


def _contains(state: State, outer: ObjectValue, inner: ObjectValue | ScriptValue | None) -> bool:
    return isinstance(inner, ObjectValue) and state.contains(outer, inner)
