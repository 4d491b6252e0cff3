"""What is true at one point of the program: which hooks are on which object, and what was set on it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.evaluator.contents import Entries, Items
from hookproof.interpreter.domain import Value, Values, union
from hookproof.interpreter.objects import ALL_MODULES, ObjectValue, is_step
from hookproof.interpreter.plain import ConstantValue, ContainerValue
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.semantic.names import ANY_NAME
from hookproof.syntax import ir


class ObjectState(Struct, frozen=True):
    """One object's hooks, the attributes set on it and the scripted copies made of it.

    `changed` are the attributes that were set, or deleted, once the object was made, and when that was;
    `perhaps` those that were only set on one of several ways.
    """

    hooks: tuple[LiveHook, ...] = ()
    attributes: dict[str, Values] = field(default_factory=dict)
    copies: tuple[ScriptValue, ...] = ()
    changed: dict[str, int] = field(default_factory=dict)
    perhaps: frozenset[str] = frozenset()

    def settled_at(self, name: str, values: Values) -> int:
        """Return since when it is sure which of these `values` the attribute has."""
        own, other = self.changed.get(name, 0), self.changed.get(ANY_NAME, 0)
        if name == ANY_NAME:
            return 0  # what it may be is all that can be said
        return max(own, other) if len(values) > 1 or other > own else 0


_EMPTY = ObjectState()
_MAX_MEMBERS = 256


class State(Struct):
    """A snapshot that can be forked before a branch and joined after it.

    `files` are the script modules that were saved, by the file or its name; `containers` what those
    containers hold that were changed since they were made, `filled` what those hold on every way that are
    filled elsewhere; `looped` are the elements of loops over modules of which an attribute was changed;
    `modes` what was set of modules and their parts (`training`), and when, None where it may be either.
    """

    objects: dict[Value, ObjectState] = field(default_factory=dict)
    global_hooks: tuple[LiveHook, ...] = ()
    copies: tuple[ScriptValue, ...] = ()
    removed: dict[LiveHook, tuple[int, Location]] = field(default_factory=dict)
    files: dict[Value, ScriptValue] = field(default_factory=dict)
    containers: dict[ContainerValue, ContainerValue] = field(default_factory=dict)
    filled: dict[ContainerValue, ContainerValue] = field(default_factory=dict)
    looped: frozenset[ObjectValue] = frozenset()
    modes: dict[tuple[ObjectValue, str], tuple[int, bool | None]] = field(default_factory=dict)

    def fork(self) -> State:
        """Return an independent copy; the object states themselves are immutable."""
        return State(
            dict(self.objects),
            self.global_hooks,
            self.copies,
            dict(self.removed),
            dict(self.files),
            dict(self.containers),
            self.filled,
            self.looped,
            dict(self.modes),
        )

    def now(self, container: ContainerValue) -> ContainerValue:
        """Return what a container holds at this point of the program."""
        held = self.containers.get(container) or self.filled.get(container)
        if held is None and container.view is not None:
            viewed, what = container.view
            return self.now(viewed).shown(what)
        if any(self.now(source) is not then for source, then in container.sources):
            items = [item for source, _ in container.sources for item in self.now(source).items]
            return ContainerValue(container.kind, (held or container).content.opened(*items))
        return container if held is None else held

    def of(self, value: Value) -> ObjectState:
        """Return what is known of an object."""
        return self.objects.get(value, _EMPTY)

    def fill(self, since: State) -> None:
        """Let what was put into containers since then be in them on every way, and perhaps more."""
        for container, held in list(self.containers.items()):
            if held is not since.containers.get(container):
                self.filled[container] = _loosened(held)
                del self.containers[container]

    def loosen(self, since: State) -> None:
        """Note that what changed containers since then may have happened any number of times."""
        for container, held in self.containers.items():
            before = since.now(container)
            if held is not before:
                self.containers[container] = _loosened(_either(before, held))

    def add_hook(self, value: Value, hook: LiveHook) -> None:
        """Put a hook on an object."""
        state = self.of(value)
        self.objects[value] = replace(state, hooks=(*state.hooks, hook))

    def remove_hook(self, hook: LiveHook, order: int, location: Location) -> None:
        """Take a hook off whatever carries it."""
        self.global_hooks = tuple(live for live in self.global_hooks if live is not hook)
        for value, state in list(self.objects.items()):
            if hook in state.hooks:
                self.objects[value] = replace(
                    state, hooks=tuple(live for live in state.hooks if live is not hook)
                )
        self.removed[hook] = (order, location)

    def set_attribute(self, value: Value, name: str, values: Values, changed_at: int | None = None) -> None:
        """Bind an attribute of an object, which was made before where this changes it."""
        state = self.of(value)
        changed = state.changed if changed_at is None else {**state.changed, name: changed_at}
        if changed_at is not None and isinstance(value, ObjectValue) and value.form in {"loop", "apply"}:
            self.looped |= {value}
        self.objects[value] = replace(
            state,
            attributes={**state.attributes, name: values},
            changed=changed,
            perhaps=state.perhaps - {name},
        )

    def add_copy(self, value: ObjectValue, copy: ScriptValue) -> None:
        """Remember that an object was scripted or traced."""
        state = self.of(value)
        self.objects[value] = replace(state, copies=(*state.copies, copy))
        self.copies = (*self.copies, copy)

    def hooks_within(self, value: ObjectValue) -> tuple[LiveHook, ...]:
        """Return the hooks on an object and on everything reached from it, in order of registration.

        A hook on what was taken out of the object, or may have been since, is no longer among them.
        """
        hooked = [
            (other, state.hooks)
            for other, state in self.objects.items()
            if state.hooks and isinstance(other, ObjectValue)
        ]
        members = self._settled_members(value) if hooked else {}
        found: dict[int, LiveHook] = {}
        for other, hooks in hooked:
            since = self._held_since(other, members)
            if since is not None:
                found.update((id(hook), hook) for hook in hooks if hook.order > since)
        return tuple(sorted(found.values(), key=lambda hook: hook.order))

    def _held_since(self, value: ObjectValue, members: dict[ObjectValue, int]) -> int | None:
        """Return since when an object is surely in what has these members, None where it is not."""
        since = 0
        while value not in members:
            holder = value.parent
            if holder is None:
                return None
            if is_step(value):
                state, name = self.of(holder), value.name.strip("[]")
                held = state.attributes.get(name)
                if held is not None and value not in held:
                    return None
                since = max(since, state.settled_at(name, held or ()))
            value = holder
        return max(since, members[value])

    def hooks_on_each(self, value: ObjectValue) -> Iterator[LiveHook]:
        """Yield the hooks that a loop put on every module around an object, and so on this one."""
        for other, state in self.objects.items():
            model = other.parent if isinstance(other, ObjectValue) and other.form == "loop" else None
            if not isinstance(other, ObjectValue) or not state.hooks or model is None or other is value:
                continue
            is_deep = other.name == ALL_MODULES and value is not model and self.contains(model, value)
            is_child = value.parent is model or any(
                value in values for values in self.of(model).attributes.values()
            )
            if not other.narrowed and (is_deep or is_child):
                yield from (live for live in state.hooks if live.is_for_all)

    def members(self, value: ObjectValue) -> list[ObjectValue]:
        """Return an object and the objects that were set on it, or on one of these."""
        members, seen = [value], {value}
        for member in members:
            state = self.objects.get(member)
            for values in state.attributes.values() if state is not None else ():
                for other in values:
                    if isinstance(other, ObjectValue) and other not in seen and len(seen) < _MAX_MEMBERS:
                        seen.add(other)
                        members.append(other)
        return members

    def _settled_members(self, value: ObjectValue) -> dict[ObjectValue, int]:
        """Return the members of an object, each with since when it surely is one."""
        members, pending = {value: 0}, [value]
        for member in pending:
            state = self.of(member)
            for name, values in state.attributes.items():
                for other in values:
                    if (
                        isinstance(other, ObjectValue)
                        and other not in members
                        and len(members) < _MAX_MEMBERS
                    ):
                        members[other] = max(members[member], state.settled_at(name, values))
                        pending.append(other)
        return members

    def contains(self, outer: ObjectValue, inner: ObjectValue) -> bool:
        """Whether `inner` is `outer`, or was reached from it or from what was set on it."""
        return any(inner.is_within(member) for member in self.members(outer))

    def has_new_parts(self, model: ObjectValue, since: int) -> bool:
        """Whether a part of a model may have been replaced since then."""
        return any(
            when > since and not _is_plain(state.attributes.get(name, ()))
            for state in map(self.of, self.members(model))
            for name, when in state.changed.items()
        )

    def has_children(self, value: ObjectValue) -> bool:
        """Whether a module has submodules, by its class or by what was set on it."""
        if value.module_class is not None and value.module_class.submodules():
            return True
        return any(
            isinstance(other, ScriptValue)
            or (isinstance(other, ObjectValue) and other.module_class is not None)
            for values in self.of(value).attributes.values()
            for other in values
        )

    def scripts_within(self, value: ObjectValue) -> Iterator[ScriptValue]:
        """Yield the ScriptModules that are children of an object."""
        for member in self.members(value):
            for values in self.of(member).attributes.values():
                for other in values:
                    if isinstance(other, ScriptValue):
                        yield other


class Loop(Struct):
    """A loop that runs under so many `choices`: what held where `break` and `continue` left its body.

    `is_left` says that it is certainly left before another turn.
    """

    choices: int
    jumps: list[tuple[State, dict[str, Values]]] = field(default_factory=list)
    is_left: bool = False


class Exit(Struct, frozen=True):
    """Where a call comes to its end, and under how many tests that keep ScriptModules out."""

    guards: int
    state: State


class Exits(Struct):
    """The ways on which a call comes to its end, and what was true where it began."""

    base: State
    ways: list[Exit] = field(default_factory=list)


class Pending(Struct):
    """A `with` item whose body waits for the generator that `call` runs to reach its `yield`."""

    call: ir.Expr
    run_body: Callable[[Values], bool]
    generator: ir.Function | None = None
    ends: bool | None = None


def _is_plain(values: Values) -> bool:
    return bool(values) and all(isinstance(value, (ConstantValue, ContainerValue)) for value in values)


def join(base: State, left: State, right: State) -> State:
    """Return what is true after either branch.

    A hook put on in one branch is there (either may happen); one taken off in a branch is gone, for the
    same condition may have guarded its registration: unknown means silent.
    """
    removed = {**left.removed, **right.removed}
    joined = State(
        dict(left.objects),
        global_hooks=_join_hooks(base.global_hooks, left.global_hooks, right.global_hooks, removed),
        copies=tuple(dict.fromkeys((*left.copies, *right.copies))),
        removed=removed,
        files=dict(left.files.items() & right.files.items()),
        containers={
            container: _either(left.now(container), right.now(container))
            for container in {**left.containers, **right.containers}
        },
        filled=base.filled,
        looped=left.looped | right.looped,
        modes={
            key: right.modes.get(key, mode)
            if left.modes.get(key) == right.modes.get(key)
            else (max(each.modes[key][0] for each in (left, right) if key in each.modes), None)
            for key, mode in {**left.modes, **right.modes}.items()
        },
    )
    for value, two in right.objects.items():
        one = left.of(value)
        if one is two:
            continue
        was = base.of(value)
        names = {**one.attributes, **two.attributes}
        joined.objects[value] = ObjectState(
            hooks=_join_hooks(was.hooks, one.hooks, two.hooks, removed),
            attributes={
                name: union(one.attributes.get(name, ()), two.attributes.get(name, ())) for name in names
            },
            copies=tuple(dict.fromkeys((*one.copies, *two.copies))),
            changed={
                name: max(one.changed.get(name, 0), two.changed.get(name, 0))
                for name in {**one.changed, **two.changed}
            },
            perhaps=one.perhaps | two.perhaps | (one.attributes.keys() ^ two.attributes.keys()),
        )
    return joined


def _either(left: ContainerValue, right: ContainerValue) -> ContainerValue:
    """Return what a container may hold after either branch."""
    if left is right:
        return left
    one, two = left.content, right.content
    if isinstance(one, Entries) and isinstance(two, Entries):
        return ContainerValue(left.kind, one.joined(two, _any_of))
    if isinstance(one, Items) and isinstance(two, Items):
        return ContainerValue(left.kind, one.joined(two, _any_of))
    return ContainerValue(left.kind, Items((), True, (*one.groups, *two.groups)))


def _any_of(values: Iterable[Values]) -> Values:
    return union(*values)


def _loosened(container: ContainerValue) -> ContainerValue:
    """Return a container that may hold more, or less, of what it holds."""
    content = container.content
    if isinstance(content, Items):
        return ContainerValue(container.kind, content.opened())
    return ContainerValue(container.kind, Entries(content.known, True, content.others))


def _join_hooks(
    base: tuple[LiveHook, ...],
    left: tuple[LiveHook, ...],
    right: tuple[LiveHook, ...],
    removed: Container[LiveHook],
) -> tuple[LiveHook, ...]:
    before, one, other = frozenset(base), frozenset(left), frozenset(right)  # there may be thousands
    return tuple(
        hook
        for hook in dict.fromkeys((*left, *right))
        if hook not in removed and (hook not in before or (hook in one and hook in other))
    )
