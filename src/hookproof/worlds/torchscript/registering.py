"""What torch does when a program registers and removes hooks, on abstract state."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.finding import World
from hookproof.interpreter.instances.live_hooks import (
    Steps,
    entry_of,
    is_copied,
    is_kept_out,
    is_loop_element,
    loop_element,
    loop_root,
    steps_made,
)
from hookproof.interpreter.objects import ALL_MODULES, Asked, ObjectValue
from hookproof.interpreter.sites import Entry, Registration
from hookproof.interpreter.state import State
from hookproof.interpreter.values import HandleValue, Hook, HooksValue, LiveHook, ScriptValue, Value, Values
from hookproof.semantic.names import ANY_NAME
from hookproof.semantic.place import Place
from hookproof.semantic.project import Project
from hookproof.syntax import ir
from hookproof.worlds.case import Event
from hookproof.worlds.torchscript.case_log import CaseLog
from hookproof.worlds.torchscript.losses import Losses


class Site(Struct, frozen=True):
    """One registration site met once: what the inventory lists.

    `live` is the hook, None where the site was met before and only runs again; `is_one_of_many` tells that
    `receiver` is only one of the values that the expression before the dot may be.
    """

    registration: Registration
    hooks: tuple[Hook, ...]
    receiver: ObjectValue | ScriptValue | None
    is_guarded: bool
    project: Project
    live: LiveHook | None = None
    is_one_of_many: bool = False


class Exposure(Struct, frozen=True):
    """A module value given to an entry point: its class is known to meet TorchScript."""

    receiver: ObjectValue
    entry: Entry


class Registering(Struct):
    """The state of one interpretation and everything it found out; carries out registration and removal."""

    project: Project
    log: CaseLog
    losses: Losses
    state: State = field(default_factory=State)
    sites: list[Site] = field(default_factory=list)
    exposures: list[Exposure] = field(default_factory=list)
    called: dict[ObjectValue, int] = field(default_factory=dict)
    used: set[ScriptValue] = field(default_factory=set)
    guards: int = 0
    refusal_guards: int = 0
    escaped: set[ObjectValue] = field(default_factory=set)
    order: int = 0
    choices: int = 0
    callees: int = 1  # how many values the one that is called now may be
    is_again: bool = False
    loops: dict[ObjectValue, int] = field(default_factory=dict)
    in_making: list[Value] = field(default_factory=list)
    patched: set[str] = field(default_factory=set)
    assumed: tuple[Asked, ...] = ()
    # The call whose result the statement that is carried out throws away.
    thrown_away: ir.Call | None = None

    def removed_places(self, *, is_cut_short: bool) -> set[Place]:
        """Return the registrations whose hooks were taken off again: each time, where the end is known."""
        removed = {live.registration.place for live in self.state.removed}
        if is_cut_short:
            return removed
        kept = {
            site.registration.place
            for site in self.sites
            if site.live is not None and site.live not in self.state.removed
        }
        return removed - kept

    def tick(self) -> int:
        """Return the next point in time."""
        self.order += 1
        return self.order

    def rebind(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Carry out what sets an attribute, deletes it (no `values`), or one nobody knows (`ANY_NAME`)."""
        is_new = owner in self.in_making
        self.state.set_attribute(owner, name, values, None if is_new else self.tick())
        if name != ANY_NAME or not isinstance(owner, ObjectValue) or owner.parent is None:
            return
        if not values or any(isinstance(v, ObjectValue) and v.module_class is not None for v in values):
            # It is seldom known either which part of a model `owner` is.
            whole = owner.origin
            self.state.set_attribute(whole, name, self.state.of(whole).attributes.get(name, ()), self.tick())

    def is_possible(self, live: LiveHook) -> bool:
        """Whether the conditions that a hook stands under may hold together with those that hold here."""
        return not any(one.contradicts(other) for one in live.assumed for other in self.assumed)

    def start_loop(self, elements: Values) -> None:
        """Remember under how many conditions a loop over these elements stands."""
        self.loops.update((value, self.choices) for value in elements if isinstance(value, ObjectValue))

    def register(
        self,
        receiver: ObjectValue | ScriptValue | None,
        registration: Registration,
        hooks: tuple[Hook, ...],
        *,
        is_unbound: bool = False,
    ) -> HandleValue:
        """Put a hook on a receiver (None: on every module) and return its handle."""
        is_guarded = self.guards > 0 or (isinstance(receiver, ObjectValue) and is_kept_out(receiver))
        registration = replace(registration, guarded=is_guarded)
        live = LiveHook(
            registration,
            hooks,
            receiver,
            self.tick(),
            is_loop_element(receiver),
            self.state.copies,
            isinstance(receiver, ObjectValue) and self.loops.get(loop_element(receiver)) == self.choices,
            self.assumed,
            self.choices > 0,
        )
        again = None if self.is_again else live
        is_one = self.callees > 1
        self.sites.append(Site(registration, hooks, receiver, is_guarded, self.project, again, is_one))
        if receiver is None:
            self.state.global_hooks = (*self.state.global_hooks, live)
        elif isinstance(receiver, ObjectValue):
            self._register_on_module(receiver, live, is_guarded)
        elif not is_guarded:
            self._register_on_script(receiver, live, is_unbound)
        return HandleValue(live)

    def _register_on_module(self, receiver: ObjectValue, live: LiveHook, is_guarded: bool) -> None:
        if live.reaches_children and not is_guarded:
            for child in self.state.scripts_within(loop_root(receiver)):
                self._reach_script(live, child)
        self.state.add_hook(receiver, live)

    def _reach_script(self, live: LiveHook, child: ScriptValue) -> None:
        """Note what becomes of a hook on every module of a model that has a script or traced part."""
        steps = ((child.place, "a child is a ScriptModule from here on"),)
        entry = entry_of(child)
        if not child.is_traced:
            self.log.event(live, "registration", "loop reaches a ScriptModule", steps=steps, entry=entry)
        elif child.has_exports is False and child.source and self.state.has_children(child.source):
            self._unheard(live, "traced", "registered on a traced child", steps, entry)

    def _unheard(self, live: LiveHook, world: World, event: Event, steps: Steps, entry: Entry) -> None:
        """Log that a hook on a child is never called, where somebody notices."""
        confidence = self.losses.weight(live)
        if confidence is not None:
            self.log.event(
                live, world, event, steps=steps, entry=entry, is_top_level=False, confidence=confidence
            )

    def _register_on_script(self, receiver: ScriptValue, live: LiveHook, is_unbound: bool) -> None:
        entry, steps = entry_of(receiver), steps_made(receiver)
        if is_unbound and receiver.parent is None:
            self.state.add_hook(receiver, live)
            self.log.python_hook(live, receiver)
        elif is_unbound:
            self._unheard(live, "script-module", "unbound registration on a scripted child", steps, entry)
        elif receiver.is_traced and receiver.root.has_exports is False and not is_copied(receiver):
            if receiver.parent is not None:
                self._unheard(live, "traced", "registered on a traced child", steps, entry)
            else:
                self.state.add_hook(receiver, live)
                self.log.python_hook(live, receiver)
        elif receiver.name == ALL_MODULES:
            self.log.event(live, "registration", "loop reaches a ScriptModule", steps=steps, entry=entry)
        elif receiver.how == "trace" and receiver.root.has_exports is None and not is_copied(receiver):
            return
        elif receiver.how == "trace" and receiver.root.has_exports:
            self.log.event(
                live, "registration", "registered on a trace with exports", steps=steps, entry=entry
            )
        else:
            self.log.event(live, "registration", "registered on a ScriptModule", steps=steps, entry=entry)

    def remove(self, handle: HandleValue, place: Place) -> None:
        """Carry out `handle.remove()`."""
        self.state.remove_hook(handle.hook, self.tick(), place)

    def lose(self, handle: HandleValue) -> None:
        """Give a handle to code that removes the hook some time: from then on nothing is known of it."""
        place = handle.hook.registration.place
        self.state.remove_hook(handle.hook, -1, place)

    def hooks_in(self, table: HooksValue) -> tuple[LiveHook, ...]:
        """Return the hooks that a module keeps in one of its tables."""
        return tuple(live for live in self.state.of(table.owner).hooks if table.holds(live))

    def clear(self, table: HooksValue, place: Place) -> None:
        """Take off the hooks of a table, those of every module of the model where a loop goes over them."""
        is_any = is_loop_element(table.owner)
        hooks = self.state.hooks_within(loop_root(table.owner)) if is_any else self.hooks_in(table)
        for live in hooks:
            if table.holds(live):
                self.state.remove_hook(live, self.tick(), place)
