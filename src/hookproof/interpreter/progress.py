"""Where one interpretation stands: the state, the conditions that hold, and the registrations it has met."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from msgspec import Struct, field

from hookproof.evaluator.errors import Catch
from hookproof.interpreter.asked import Asked, may_hold_together
from hookproof.interpreter.domain import Value, Values
from hookproof.interpreter.hook_conditions import Decide
from hookproof.interpreter.instances.live_hooks import is_loop_element, loop_root
from hookproof.interpreter.instances.modes import with_parameter
from hookproof.interpreter.objects import CHILDREN, ObjectValue
from hookproof.interpreter.sites import Entry, ReceiverForm, Registration
from hookproof.interpreter.state import State
from hookproof.interpreter.values import HandleValue, Hook, HooksValue, LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.semantic.names import ANY_NAME
from hookproof.semantic.project import Project
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile


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


class Changes(Protocol):
    """Hears what is taken off modules and set on them."""

    def removed(self, live: LiveHook, location: Location) -> None:
        """Hear of a hook that is taken off."""

    def set(self, owner: ObjectValue | ScriptValue, name: str, values: Values) -> None:
        """Hear of an attribute that is set, or deleted where there are no `values`."""


class Progress(Struct):
    """Where one interpretation stands: the state, the conditions that hold, and the sites it has met.

    `parameter_hooks` are not on modules, and no world but that of copies asks for them;
    `called` are the eager modules that were called, and when; `escaped` the objects that were handed out;
    `patched` the classes of which something was set, `looped` the parts of models that loops over
    these came upon one by one. `changes` hears of what is taken off and set;
    `decide` tells of a condition, read in a frame, whether it holds, `named` what a name of a file is.
    """

    project: Project
    state: State = field(default_factory=State)
    sites: list[Site] = field(default_factory=list)
    parameter_hooks: list[LiveHook] = field(default_factory=list)  # each with the module of its parameter
    called: dict[ObjectValue, int] = field(default_factory=dict)
    guards: int = 0
    caught: tuple[Catch, ...] = ()  # what catches errors around, and goes on
    expected: int = 0  # how many statements around are there for an error that has to come
    escaped: set[ObjectValue] = field(default_factory=set)
    order: int = 0
    choices: int = 0
    is_over: bool = False  # the call that was carried out last does not return
    repeats: int = 0  # how many loops run of which it is not known how often
    callees: int = 1  # how many values the one that is called now may be
    is_again: bool = False
    is_inside: bool = False  # whether what is returned goes to a call that is followed
    turning: int = 0  # how many loops run, of any kind
    # The hooks that a branch would register which is skipped for a name that nothing has, while it is run.
    misnamed: list[LiveHook] | None = None
    is_passing_over: bool = False  # whether it is skipped for the class of a script module
    looped: dict[Value, ReceiverForm] = field(default_factory=dict)
    reached: dict[ScriptValue, str] = field(default_factory=dict)  # how far loops go that came upon these
    loops: dict[ObjectValue, int] = field(default_factory=dict)
    in_making: list[Value] = field(default_factory=list)
    patched: set[str] = field(default_factory=set)
    assumed: tuple[Asked, ...] = ()
    grad: str | None = "grad"  # how autograd is set (`interpreter.gradients`), None where nobody knows
    given: tuple[Values, ...] = ()  # to the module that is called now
    sizes: dict[Value, str] = field(default_factory=dict)  # of tensors that are made of literal sizes
    # The call whose result the statement that is carried out throws away.
    thrown_away: ir.Call | None = None
    changes: Changes | None = None
    decide: Decide | None = None
    named: Callable[[SourceFile, str], Values] | None = None

    def removed_locations(self, *, is_cut_short: bool) -> set[Location]:
        """Return the registrations whose hooks were taken off again: each time, where the end is known."""
        removed = {live.registration.location for live in self.state.removed}
        if is_cut_short:
            return removed
        kept = {
            site.registration.location
            for site in self.sites
            if site.live is not None and site.live not in self.state.removed
        }
        return removed - kept

    def entry(self, api: str, location: Location, call: ir.Call | None) -> Entry:
        """Return an entry point that is reached now."""
        return Entry(api, location, call, self.choices > 0, self.assumed)

    def tick(self) -> int:
        """Return the next point in time."""
        self.order += 1
        return self.order

    def rebind(self, owner: Value, name: str, values: Values) -> None:
        """Carry out what sets an attribute, deletes it (no `values`), or one nobody knows (`ANY_NAME`)."""
        if self.changes is not None and isinstance(owner, (ObjectValue, ScriptValue)):
            self.changes.set(owner, name, values)
        is_new = owner in self.in_making
        self.state.set_attribute(owner, name, values, None if is_new else self.tick())
        if name != ANY_NAME or not isinstance(owner, ObjectValue) or owner.parent is None:
            return
        if not values or any(isinstance(v, ObjectValue) and v.module_class is not None for v in values):
            # It is seldom known either which part of a model `owner` is.
            whole = owner.origin
            self.state.set_attribute(whole, name, self.state.of(whole).attributes.get(name, ()), self.tick())

    def set_mode(self, value: Value, name: str, mode: bool | None) -> None:
        """Note the mode of a module and its parts, or of the module whose parameter this is."""
        module = with_parameter(value)
        if module is not None:
            self.state.modes[module, name] = (self.tick(), mode)

    def is_possible(self, found: LiveHook | ScriptValue) -> bool:
        """Whether the conditions that a hook, or a copy, stands under may hold together with those here."""
        return may_hold_together(found.assumed, self.assumed)

    def told_before(self, asked: Asked | None) -> bool | None:
        """Return how a condition comes out that stands under the same one, or under its opposite."""
        for earlier in self.assumed if asked is not None else ():
            if asked is not None and earlier.value is asked.value and earlier.known == asked.known:
                return earlier.is_so == asked.is_so
        return None

    def come_upon(self, parts: Iterable[Value], reached: str, form: ReceiverForm) -> None:
        """Remember that a loop, or `apply`, goes over these: all modules of a model, or its children."""
        for part in parts:
            self.looped[part] = form
            if isinstance(part, ScriptValue):
                # Of what several loops come upon, no more is said than for the one that goes least far.
                self.reached[part] = reached if self.reached.get(part, reached) == reached else CHILDREN

    def start_loop(self, elements: Values) -> None:
        """Remember under how many conditions a loop over these elements stands."""
        self.loops.update((value, self.choices) for value in elements if isinstance(value, ObjectValue))

    def remove(self, handle: HandleValue, location: Location) -> None:
        """Carry out `handle.remove()`."""
        self._take_off(handle.hook, self.tick(), location)

    def lose(self, handle: HandleValue) -> None:
        """Give a handle to code that removes the hook some time: from then on nothing is known of it."""
        location = handle.hook.registration.location
        self._take_off(handle.hook, -1, location)

    def lose_all(self) -> None:
        """Forget the hooks on all modules: a check lets none of those through that it asks about."""
        for known in list(self.state.objects.values()):
            for live in known.hooks:
                self.lose(HandleValue(live))

    def _take_off(self, live: LiveHook, order: int, location: Location) -> None:
        self.state.remove_hook(live, order, location)
        if self.changes is not None:
            self.changes.removed(live, location)

    def hooks_in(self, table: HooksValue) -> tuple[LiveHook, ...]:
        """Return the hooks that a module keeps in one of its tables."""
        return tuple(live for live in self.state.of(table.owner).hooks if table.holds(live))

    def clear(self, table: HooksValue, location: Location) -> None:
        """Take off the hooks of a table, those of every module of the model where a loop goes over them."""
        is_any = is_loop_element(table.owner)
        hooks = self.state.hooks_within(loop_root(table.owner)) if is_any else self.hooks_in(table)
        for live in hooks:
            if table.holds(live):
                self._take_off(live, self.tick(), location)
        for live in self.hooks_of_loops(table.owner):
            if table.holds(live):
                self.lose(HandleValue(live))

    def hooks_of_loops(self, owner: ObjectValue) -> tuple[LiveHook, ...]:
        """Return the hooks that loops have put on modules of models that this one is in."""
        return tuple(
            live
            for other, known in self.state.objects.items()
            if known.hooks and isinstance(other, ObjectValue) and is_loop_element(other)
            if other is not owner and self.state.contains(loop_root(other), owner)
            for live in known.hooks
        )
