"""Makes records of what the probes tell, and follows each hook from its registration to its fates."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import weakref
from types import FrameType
from typing import Any, Callable, Iterable, Iterator, Optional

from . import fates
from .counting import Counting
from .frames import UserFrames
from .hooked_modules import (
    TABLES,
    class_of,
    hooks_of,
    information,
    is_module,
    is_plain_tensor,
    is_under,
    leaves_parts,
    parts,
    receiver_of,
)
from .interceptor import Interceptor
from .records import Entry, Error, HookFate, Registration, Removal
from .watched import EntryPoint

_MOST_RECORDS = 100_000  # a program that registers a hook at every step must not fill the memory


class _Found:
    """A hook that an entry point meets: how it is kept ("forward", "backward", …, "compiled", "python")."""

    __slots__ = ("fate", "kind", "registration")

    def __init__(self, registration: Registration, kind: str, fate: HookFate) -> None:
        self.registration = registration
        self.kind = kind
        self.fate = fate


class _Entering:
    """An entry point at work."""

    __slots__ = ("counts", "entry", "found", "module")

    def __init__(self, entry: Entry, module: Any, found: list[_Found]) -> None:
        self.entry = entry
        self.module = module
        self.found = found
        self.counts: dict[int, int] = {}


class _Role:
    """What a module is to an entry: part of its source, or of its result, and where in it."""

    __slots__ = ("carried", "entry", "is_source", "path", "reference")

    def __init__(self, entry: Entry, is_source: bool, path: str) -> None:
        self.entry = entry
        self.is_source = is_source
        self.path = path
        self.carried: list[
            tuple[int, str]
        ] = []  # compiled hooks in it: number of registration, path from here
        self.reference: Any = None


class Story:
    """Writes into the lists of `witness`."""

    def __init__(
        self, witness: Any, frames: UserFrames, calls: Any, keep: bool, interceptor: Optional[Interceptor]
    ) -> None:
        self._witness = witness
        self._interceptor = interceptor or Interceptor()
        self._frames = frames
        self._calls = calls
        self._counting = Counting(calls)
        self._keep = keep
        self._clock = itertools.count(1)
        self.moment = 0
        self._numbers = itertools.count()
        self._entry_numbers = itertools.count()
        self._by_number: dict[int, Registration] = {}
        self._by_handle: dict[int, Registration] = {}
        self._roles: dict[int, list[_Role]] = {}
        self._saved: dict[Any, list[tuple[int, str]]] = {}
        self._is_ended = False
        self._pauses = threading.local()

    @property
    def is_on(self) -> bool:
        """Whether there is anything to tell."""
        return not self._is_ended and not self._depth_of_pauses

    @property
    def _depth_of_pauses(self) -> int:
        return getattr(self._pauses, "depth", 0)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Tell of nothing that this thread does inside."""
        self._pauses.depth = self._depth_of_pauses + 1
        try:
            yield
        finally:
            self._pauses.depth -= 1

    def intercept(self, ask: Callable[..., Any], *event: Any) -> Any:
        """Ask or tell the interceptor."""
        with self.paused():
            return ask(self._interceptor, *event)

    def safely(self, tell: Callable[..., Any], *arguments: Any) -> Any:
        """Call `tell`; a defect of the witness must not become one of the program that is watched."""
        try:
            return tell(*arguments)
        except Exception as error:
            note = "the witness failed in {}: {!r}".format(tell.__name__, error)
            if note not in self._witness.notes:
                self._witness.notes.append(note)
            return None

    def _tick(self) -> int:
        self.moment = next(self._clock)
        return self.moment

    def since(self, moment: int) -> tuple[list[Registration], list[Entry]]:
        """Return the registrations and entries that events after `moment` have to do with."""
        if not moment:
            return self._witness.registrations, self._witness.entries
        known = self._by_number
        entries = [
            entry
            for entry in self._witness.entries
            if entry.at > moment or any(known[fate.registration].at > moment for fate in entry.hooks)
        ]
        met = {fate.registration for entry in entries for fate in entry.hooks}
        registrations = [r for r in self._witness.registrations if r.at > moment or r.number in met]
        return registrations, entries

    # --- registrations --------------------------------------------------------------------------------

    def registering(self, api: str, arguments: dict[str, Any], frame: Optional[FrameType]) -> Any:
        """Record that a hook is being registered; return the record."""
        self._calls.go_on()
        chain = self._frames.chain(frame)
        if not (chain or self._keep) or len(self._by_number) >= _MOST_RECORDS:
            return None
        given = dict(arguments, **arguments.get("kwargs", {}))
        hook = given["hook"] if "hook" in given else given["args"][0]
        options = {name: True for name, value in given.items() if value is True}
        owner = given.get("self")
        return None if is_plain_tensor(owner) else self._new_registration(api, chain, hook, owner, options)

    def _new_registration(self, api: str, chain: Any, hook: Any, module: Any, options: Any) -> Registration:
        info = information(hook, self._keep)
        registration = Registration(next(self._numbers), self._tick(), api, chain, info)
        registration.is_torchs = self._frames.is_torchs(info.path)
        registration.options = options
        registration.receiver = receiver_of(module)
        if is_module(module):
            registration.module_class = class_of(module)
            registration.hold(module, self._keep)
        elif self._keep and registration.receiver == "parameter":
            registration.tensor = module
        self._by_number[registration.number] = registration
        self._witness.registrations.append(registration)
        if info.code is not None:
            self._calls.watch(info.code)
        return registration

    def registered(self, registration: Registration, handle: Any, error: Optional[BaseException]) -> None:
        """Record how it ended, and what it means for entries that the module has been through."""
        if error is not None:
            registration.error = self._frames.error(error, registration.chain, self._keep)
            return
        registration.handle = getattr(handle, "id", None)
        if registration.handle is not None:
            self._by_handle[registration.handle] = registration
        roles = self._roles.get(id(registration.module), ())
        for role in roles:
            is_of_fx = role.entry.world == "fx"
            if is_of_fx and not _is_lost_to_fx(role, roles):
                continue
            if not is_of_fx and role.is_source != (registration.receiver == "module"):
                continue
            fate = HookFate(registration.number, role.path)
            fate.fate = "too late" if role.is_source else "not called"
            self._counting.count(fate, registration, during=0)
            role.entry.hooks.append(fate)
            if registration.path_in_model is None:
                registration.path_in_model = role.path

    def removing(self, handle: Any, frame: Optional[FrameType]) -> None:
        """Record that a hook is taken off; handles of tensors' hooks are left out."""
        registration = self._by_handle.get(handle.id)
        if registration is None or registration.removed_at is not None:
            return
        chain = self._frames.chain(frame)
        removal = Removal(self._tick(), chain, handle.id, registration.number)
        self._witness.removals.append(removal)
        registration.removed_at = removal.at
        registration.removed_chain = chain

    # --- entries --------------------------------------------------------------------------------------

    def entering(self, row: EntryPoint, arguments: dict[str, Any], frame: Optional[FrameType]) -> Any:
        """Record that an entry point is called, and which hooks it meets."""
        self._calls.go_on()
        chain = self._frames.chain(frame)
        if not (chain or self._keep) or len(self._witness.entries) >= _MOST_RECORDS:
            return None
        if row.world in fates.COPYING and not is_module(arguments.get(row.source)):
            return None
        entry = Entry(next(self._entry_numbers), self._tick(), row.api, row.world, chain)
        source = arguments.get(row.source)
        owner = getattr(source, "__self__", None)
        module = source if is_module(source) else owner if is_module(owner) else None
        entry.hold(source, self._keep)
        if self._keep:
            entry.arguments = dict(arguments)
        if row.file:
            entry.file = _file_key(arguments.get(row.file))
        if module is not None:
            entry.module_class = class_of(module)
        found = self._find(module) if module is not None else []
        entering = _Entering(entry, module, found)
        entry.hooks = [each.fate for each in found]
        for each in found:
            self._counting.count(each.fate, each.registration)
        entering.counts = {n: self._counting.called(r) or 0 for n, r in list(self._by_number.items())}
        self._witness.entries.append(entry)
        return entering

    def entered(self, entering: _Entering, result: Any, error: Optional[BaseException]) -> None:
        """Record what came of it."""
        entry = entering.entry
        entry.ended_at = self._tick()
        for each in entering.found:
            self._counting.count_during(each.fate, each.registration)
        if error is not None:
            entry.error = self._frames.error(error, entry.chain, self._keep)
            self._blame(entering, entry.error, error)
            return
        entry.hold_result(result, self._keep)
        entry.result_class = class_of(result) if result is not None else None
        is_compiled = is_module(result) and receiver_of(result) == "script-module"
        for each in entering.found:
            each.fate.fate = _fate(entry.world, each, is_compiled)
            if entry.world == "fx":
                is_root, is_shared = each.registration.module is entering.module, _is_part(each, result)
                each.fate.fate = fates.on_fx(each.kind, is_shared, is_root, each.fate.calls_during)
            if each.kind == "global" and leaves_parts(entering.module, result):
                each.fate.note = fates.PART
        if entry.world == "trace":
            self._add_called(entering)
        self._follow(entering, result)

    def _find(self, module: Any) -> list[_Found]:
        found = []
        seen: set[tuple[int, str]] = set()
        for path, part in parts(module):
            is_eager = receiver_of(part) == "module"
            for table, key, hook in hooks_of(part):
                registration = self._registration_of(key, hook, part, is_eager)
                if registration is not None:
                    kind = TABLES[table] if is_eager else "python"
                    found.append(_Found(registration, kind, HookFate(registration.number, path)))
                    if registration.path_in_model is None:
                        registration.path_in_model = path
            for number, inner in self._carried(part):
                whole = ".".join(name for name in (path, inner) if name)
                if (number, whole) not in seen:
                    seen.add((number, whole))
                    found.append(_Found(self._by_number[number], "compiled", HookFate(number, whole)))
        for registration in list(self._by_number.values()):
            if (
                registration.receiver == "global"
                and registration.removed_at is None
                and not registration.error
            ):
                found.append(_Found(registration, "global", HookFate(registration.number, None)))
        return found

    def _registration_of(self, key: int, hook: Any, module: Any, is_eager: bool) -> Optional[Registration]:
        """Return the record of a hook that is on a module; a new one where it got there unseen."""
        known = self._by_handle.get(key)
        if known is not None and known.hook.code is information(hook, False).code:
            return known
        if not is_eager:
            return None  # torch's own shims for compiled hooks
        registration = self._new_registration("found", (), hook, module, {})
        registration.handle = key
        self._by_handle.setdefault(key, registration)
        return registration

    def _carried(self, module: Any) -> list[tuple[int, str]]:
        return [each for role in self._roles.get(id(module), ()) for each in role.carried]

    def _blame(self, entering: _Entering, error: Error, raised: BaseException) -> None:
        hooks = [(each.registration.hook, each.kind) for each in entering.found]
        for number in fates.culprits(error, raised, hooks):
            entering.found[number].fate.fate = "refused"

    def _add_called(self, entering: _Entering) -> None:
        """Add hooks that ran while a function was traced, on whatever module they are."""
        met = {each.registration.number for each in entering.found}
        for registration in list(self._by_number.values()):
            before = entering.counts.get(registration.number)
            calls = self._counting.called(registration)
            if registration.number in met or before is None or not calls or calls <= before:
                continue
            fate = HookFate(registration.number, registration.path_in_model)
            fate.fate = "ran while tracing only"
            fate.calls_before, fate.calls_during = before, calls - before
            entering.entry.hooks.append(fate)

    def _follow(self, entering: _Entering, result: Any) -> None:
        """Remember what source and result are, for hooks that come or go later."""
        entry = entering.entry
        if entry.world == "compile":
            return  # whether a hook that comes later is compiled, its calls do not tell
        kept = [each for each in entering.found if each.fate.fate in ("compiled", "kept")]
        carried = [
            (each.registration.number, each.fate.path_in_model or "")
            for each in kept
            if each.kind in ("forward", "compiled")
        ]
        if entry.world == "save":
            self._saved[entry.file] = carried
        elif entry.world == "load":
            carried = self._saved.get(entry.file, [])
            for number, path in carried:
                fate = HookFate(number, path)
                fate.fate = "kept"
                self._counting.count(fate, self._by_number[number], during=0)
                entry.hooks.append(fate)
        if not is_module(result) or result is entering.module or entry.world in fates.COPYING:
            return
        if entering.module is not None and receiver_of(entering.module) == "module":
            for path, part in parts(entering.module):
                self._give_role(part, _Role(entry, True, path))
        for path, part in parts(result):
            role = _Role(entry, False, path)
            role.carried = [(n, p[len(path) :].lstrip(".")) for n, p in carried if is_under(p, path)]
            self._give_role(part, role)

    def _give_role(self, module: Any, role: _Role) -> None:
        roles = self._roles
        key = id(module)
        role.reference = weakref.ref(module, lambda _: roles.pop(key, None))
        roles.setdefault(key, []).append(role)

    def settle(self, entries: list[Entry]) -> None:
        """Write down what is known later of entries: calls after each, removals, hooks never called."""
        self._counting.settle(entries, self._witness.entries, self._by_number)

    def end(self) -> None:
        """Settle all, for good."""
        self.settle(self._witness.entries)
        self._is_ended = True
        self._roles.clear()
        self._saved.clear()
        self._witness.registrations.sort(key=lambda each: each.at)
        self._witness.removals.sort(key=lambda each: each.at)
        self._witness.entries.sort(key=lambda each: each.at)


def _is_part(found: _Found, result: Any) -> bool:
    """Tell whether what fx made calls the very module that a hook is on."""
    module = found.registration.module
    return is_module(result) and any(part is module for _, part in parts(result))


def _is_lost_to_fx(role: _Role, roles: Iterable[_Role]) -> bool:
    """Tell whether a graph never calls a module: it is inlined, or the root that the graph was made of."""
    is_shared = any(each.entry is role.entry and each.is_source != role.is_source for each in roles)
    return not is_shared and (role.is_source or bool(role.path))


def _fate(world: str, found: _Found, is_compiled: bool) -> str:
    if found.kind == "global":
        return "kept"
    if found.kind in ("compiled", "python"):
        return fates.on_script(world, found.kind)
    return fates.on_eager(world, found.kind, is_compiled, found.fate.calls_during)


def _file_key(file: Any) -> Any:
    name = file if isinstance(file, (str, os.PathLike)) else getattr(file, "name", None)
    return os.path.realpath(os.fspath(name)) if isinstance(name, (str, os.PathLike)) else id(file)
