"""Watches a program run: registrations and removals of hooks, entry points, and uses of what these gave.

Hooks, modules and results are the program's own, never wrapped. Nothing is restored: a watched program has
its process to itself.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import itertools
import os
import re
import sys
from typing import Any, Callable, Iterator

from .installed import nn, torch
from .outcome import describe

_ENTRY_POINTS = ("script", "trace", "trace_module", "freeze", "optimize_for_inference")
_TORCH_MODULES = frozenset(
    ["torch.jit", "torch.jit._script", "torch.jit._trace", "torch.jit._freeze", "torch.nn.modules.module"]
)
VERIFIERS_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_TORCH = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_MAXIMAL_DEPTH = 200

Chain = "list[tuple[str, int]]"  # file and line of each frame of the project, innermost first


class Registration:
    """One hook put on a module (or, without `module`, on all), and taken off again at `removed_at`."""

    def __init__(self, at: int, api: str, module: Any, hook: Any, options: dict[str, Any]) -> None:
        self.at = at
        self.api = api
        self.module = module
        self.hook = hook
        self.options = options
        self.chain = chain_of(sys._getframe(2))
        self.handle: Any = None
        self.removed_at: int | None = None
        self.removed_chain: list[tuple[str, int]] = []
        self.error: dict[str, Any] | None = None


class Entry:
    """One call of an entry point with a module."""

    def __init__(self, at: int, api: str, source: Any, arguments: Any) -> None:
        self.at = at
        self.api = api
        self.source = source
        self.arguments = arguments  # of a trace: what the module is called with
        self.chain = chain_of(sys._getframe(2))
        self.again: Callable[[], Any] = lambda: None
        self.result: Any = None
        self.error: dict[str, Any] | None = None


class Watch:
    """What a program did so far; `used` is called with each use of a module that left eager mode.

    `used(kind, module, arguments, options)`, with the kinds `call`, `state_dict` and `load_state_dict`.
    `raised(error)` is called with each error of a registration or an entry point, caught later or not.
    """

    def __init__(self) -> None:
        self.registrations: list[Registration] = []
        self.entries: list[Entry] = []
        self.saved: dict[Any, Any] = {}
        self.count = 0
        self.depth = 0
        self.used: Callable[[str, Any, Any, Any], None] = lambda *_: None
        self.entering: Callable[[Entry], None] = lambda _: None
        self.raised: Callable[[dict[str, Any]], None] = lambda _: None
        self.replaced: Callable[[Registration], Any] | None = None  # gives another hook for each
        self.hands_back = False  # whether entry points do their work and give back the eager module
        self.left_out: Callable[[list[tuple[str, int]]], bool] = lambda _: False

    def next(self) -> int:
        """Return the number of the next event."""
        self.count += 1
        return self.count

    @contextlib.contextmanager
    def within(self) -> Iterator[None]:
        """Take what happens inside for torch's own doing."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def start(self) -> None:
        """Put the watch on torch."""
        for name in _hook_methods():
            setattr(nn.Module, name, self._registering(getattr(nn.Module, name), name, True))
        # What was scripted has methods of its own, which refuse.
        for cls in (
            torch.jit.ScriptModule,
            getattr(torch.jit, "RecursiveScriptModule", torch.jit.ScriptModule),
        ):
            for name in [n for n in _hook_methods() if n in vars(cls)]:
                setattr(cls, name, self._registering(getattr(cls, name), name, True))
        shared = torch.nn.modules.module
        names = [n for n in vars(shared) if n.startswith("register_module_") and n.endswith("_hook")]
        replaced = [(getattr(shared, n), self._registering(getattr(shared, n), n, False)) for n in names]
        names = [name for name in _ENTRY_POINTS if hasattr(torch.jit, name)]
        replaced += [(getattr(torch.jit, n), self._entering(getattr(torch.jit, n), n)) for n in names]
        replaced += [(torch.jit.save, self._saving(torch.jit.save)), (torch.jit.load, self._loading())]
        replace_everywhere(replaced)
        self._watch_handles()
        self._watch_uses()

    def _registering(self, original: Callable[..., Any], name: str, is_method: bool) -> Callable[..., Any]:
        def register(*arguments: Any, **options: Any) -> Any:
            values = list(arguments)
            module = values.pop(0) if is_method and values else None
            hook = values.pop(0) if values else options.get("hook")
            if self.depth or hook is None:
                return original(*arguments, **options)
            kept = {key: value for key, value in options.items() if key != "hook"}
            event = Registration(self.next(), name, module, hook, kept)
            if self.left_out(event.chain):
                return torch.utils.hooks.RemovableHandle(collections.OrderedDict())
            try:
                with self.within():
                    if self.replaced is not None:
                        first = (module,) if is_method else ()
                        arguments, options = (*first, self.replaced(event), *values), kept
                    event.handle = original(*arguments, **options)
            except Exception as error:
                event.error = describe(error)
                event.error["frames"] += event.chain
                self.registrations.append(event)
                self.raised(event.error)
                raise
            self.registrations.append(event)
            return event.handle

        return register

    def _entering(self, original: Callable[..., Any], name: str) -> Callable[..., Any]:
        def enter(*arguments: Any, **options: Any) -> Any:
            source = arguments[0] if arguments else options.get(_FIRST.get(name, "mod"))
            if self.depth or not isinstance(source, nn.Module):
                if name == "script":
                    options["_frames_up"] = options.get("_frames_up", 0) + 1
                return original(*arguments, **options)
            event = Entry(self.next(), name, source, _inputs_of(name, arguments, options))
            event.again = lambda: original(*arguments, **options)
            self.entries.append(event)
            self.entering(event)
            try:
                with self.within():
                    event.result = original(*arguments, **options)
            except Exception as error:
                event.error = describe(error)
                event.error["frames"] += event.chain
                self.raised(event.error)
                raise
            if self.hands_back:
                event.result = source
            return event.result

        return enter

    def _saving(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def save(module: Any, file: Any, *arguments: Any, **options: Any) -> Any:
            self.saved[file_key(file)] = module
            self.used("save", module, (), {})
            return original(module, file, *arguments, **options)

        real = torch.jit.ScriptModule.save if hasattr(torch.jit.ScriptModule, "save") else None
        script = getattr(torch.jit, "RecursiveScriptModule", torch.jit.ScriptModule)
        method = getattr(script, "save", real)
        if method is not None:

            def save_method(module: Any, file: Any, *arguments: Any, **options: Any) -> Any:
                self.saved[file_key(file)] = module
                self.used("save", module, (), {})
                return method(module, file, *arguments, **options)

            script.save = save_method
        return save

    def _loading(self) -> Callable[..., Any]:
        original = torch.jit.load

        def load(file: Any, *arguments: Any, **options: Any) -> Any:
            event = Entry(self.next(), "load", self.saved.get(file_key(file)), None)
            with self.within():
                event.result = original(file, *arguments, **options)
            if event.source is not None:
                self.entries.append(event)
            return event.result

        return load

    def _watch_handles(self) -> None:
        watch, handle = self, torch.utils.hooks.RemovableHandle
        original = handle.remove

        def remove(self: Any) -> None:
            for event in watch.registrations:
                if event.handle is self and event.removed_at is None:
                    event.removed_at = watch.next()
                    event.removed_chain = chain_of(sys._getframe(1))
            original(self)

        handle.remove = remove

    def _watch_uses(self) -> None:
        cls = torch.jit.ScriptModule

        def watched(kind: str, original: Callable[..., Any]) -> Callable[..., Any]:
            def use(module: Any, *arguments: Any, **options: Any) -> Any:
                if not self.depth:
                    self.used(kind, module, arguments, options)
                return original(module, *arguments, **options)

            return use

        for kind, name in (("call", "__call__"), ("state_dict", "state_dict"), ("load_state_dict",) * 2):
            setattr(cls, name, watched(kind, getattr(cls, name)))

    def eager_source(self, module: Any) -> Any:
        """Return the eager module that `module` was made from, None where that is not known."""
        for _ in range(10):
            made_by = next((e for e in self.entries if e.result is module and e.source is not module), None)
            if made_by is None:
                break
            module = made_by.source
        return None if module is None or isinstance(module, torch.jit.ScriptModule) else module


@functools.lru_cache(maxsize=None)
def _hook_methods() -> list[str]:
    """Return the names of the methods that register hooks."""
    return [name for name in dir(nn.Module) if re.fullmatch(r"_?register_\w*hook", name)]


_FIRST = {"script": "obj", "trace": "func"}


def _inputs_of(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...] | None:
    """Return what a trace calls its module with."""
    if name not in ("trace", "trace_module"):
        return None
    keyword = options.get("example_kwarg_inputs")
    given = arguments[1] if len(arguments) > 1 else options.get("example_inputs", options.get("inputs"))
    if keyword or given is None:
        return None
    if name == "trace_module":
        given = given.get("forward") if isinstance(given, dict) else None
    return None if given is None else tuple(given) if isinstance(given, (tuple, list)) else (given,)


_last_of_others: list[str] = []  # the module that was imported last before any of the project's


def note_modules() -> None:
    """Take the modules that are there, but for torch's own, for ones without names of what is watched.

    To look through thousands in every fork, whose pages are then copied, would take longer than to script.
    """
    _last_of_others[:] = [next(reversed(sys.modules))]
    _hook_methods()


def _modules() -> Iterator[Any]:
    """Yield the modules that may have a name of what is watched."""
    new = list(itertools.takewhile(lambda key: key not in _last_of_others, reversed(sys.modules)))
    for key in dict.fromkeys(["__main__", *_TORCH_MODULES, *new]):
        if key in _TORCH_MODULES or key.partition(".")[0] not in ("torch", "numpy", "sympy"):
            yield sys.modules.get(key)


def replace_everywhere(replacements: list[tuple[Any, Any]]) -> None:
    """Put each new value wherever a module has the old one in its namespace, `from … import` included.

    Of torch only the modules that define entry points and hooks are looked at.
    """
    new = {id(old): value for old, value in replacements}
    for module in _modules():
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict):
            for name in [n for n, value in list(names.items()) if id(value) in new]:
                names[name] = new[id(names[name])]


def file_key(file: Any) -> Any:
    """Return what tells one file that a model is saved to from another."""
    return os.path.abspath(os.fspath(file)) if isinstance(file, (str, os.PathLike)) else id(file)


def chain_of(frame: Any) -> list[tuple[str, int]]:
    """Return the frames of the project's code from `frame` outward, the innermost first."""
    chain = []
    for _ in range(_MAXIMAL_DEPTH):
        if frame is None:
            break
        path = frame.f_code.co_filename
        if not path.startswith((VERIFIERS_OWN, _TORCH, "<frozen")):
            chain.append((path, frame.f_lineno))
        frame = frame.f_back
    return chain
