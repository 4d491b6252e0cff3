"""What a witness tells: plain records, which hold the program's own objects only when they are to be kept."""

from __future__ import annotations

import weakref
from typing import Any, Callable, Iterator, Optional


class Place:
    """A frame in user code."""

    __slots__ = ("function", "line", "path")

    def __init__(self, path: str, line: int, function: str) -> None:
        self.path = path
        self.line = line
        self.function = function

    def __repr__(self) -> str:
        return "{}:{} in {}".format(self.path, self.line, self.function)

    @property
    def at(self) -> tuple[str, int]:
        """File and line."""
        return self.path, self.line

    def as_dict(self) -> dict[str, Any]:
        """Return it as in the report."""
        return {"path": self.path, "line": self.line, "function": self.function}


Chain = "tuple[Place, ...]"


class Held:
    """An object of the program: strongly if it is to be kept, else weakly, or not at all where that fails."""

    __slots__ = ("_get",)

    def __init__(self, value: Any, keep: bool) -> None:
        self._get: Callable[[], Any] = _strong(value) if keep or value is None else _weak(value)

    def get(self) -> Any:
        """Return the object, or None once it is gone."""
        return self._get()


def _strong(value: Any) -> Callable[[], Any]:
    return lambda: value


def _weak(value: Any) -> Callable[[], Any]:
    try:
        if hasattr(value, "__self__") and hasattr(value, "__func__"):
            return weakref.WeakMethod(value)
        return weakref.ref(value)
    except TypeError:
        return _gone


def _gone() -> None:
    return None


class Error:
    """An exception, in the form that `outcome.describe` gives it; `error` itself only when kept."""

    __slots__ = ("bases", "error", "frames", "message", "places", "type")

    def __init__(self, fields: dict[str, Any], error: Optional[BaseException]) -> None:
        self.type: str = fields["type"]
        self.bases: list[str] = fields["bases"]
        self.message: str = fields["message"]
        self.places: list[list[Any]] = fields["places"]
        self.frames: list[list[Any]] = fields["frames"]
        self.error = error

    def as_dict(self) -> dict[str, Any]:
        """Return it as in the report, and as `outcome.describe` does."""
        return {
            "type": self.type,
            "bases": self.bases,
            "message": self.message,
            "places": self.places,
            "frames": self.frames,
        }


class HookInfo:
    """A hook: how it is called, where its code stands (None for what Python has no code of), of what form.

    Forms: "function", "lambda", "method", "partial", "object", "builtin", "script function".
    """

    __slots__ = ("_held", "code", "form", "last_line", "line", "name", "path")

    def __init__(self, name: str, form: str, code: Any, held: Held) -> None:
        self.name = name
        self.form = form
        self.code = code
        self.path: Optional[str] = code.co_filename if code else None
        self.line: Optional[int] = code.co_firstlineno if code else None
        self.last_line = _last_line(code) if code else None
        self._held = held

    @property
    def callable(self) -> Any:
        """The hook itself, or None once it is gone."""
        return self._held.get()

    def as_dict(self) -> dict[str, Any]:
        """Return it as in the report."""
        return {"name": self.name, "form": self.form, "path": self.path, "line": self.line}


def _last_line(code: Any) -> int:
    """Return the last line of a function, those of functions in it included."""
    last: int = code.co_firstlineno
    for _, line in _line_starts(code):
        last = max(last, line)
    for constant in code.co_consts:
        if hasattr(constant, "co_firstlineno"):
            last = max(last, _last_line(constant))
    return last


def _line_starts(code: Any) -> Iterator[tuple[int, int]]:
    import dis

    for offset, line in dis.findlinestarts(code):
        if line is not None:  # newer Pythons have instructions without one
            yield offset, line


class Registration:
    """One call of a `register_*hook`, or a hook that was found on a module (`api` is then "found")."""

    __slots__ = (
        "_module",
        "api",
        "at",
        "chain",
        "error",
        "handle",
        "hook",
        "is_torchs",
        "module_class",
        "number",
        "options",
        "path_in_model",
        "receiver",
        "removed_at",
        "removed_chain",
        "tensor",
    )

    def __init__(self, number: int, at: int, api: str, chain: Any, hook: HookInfo) -> None:
        self.number = number
        self.at = at
        self.api = api
        self.chain: tuple[Place, ...] = chain
        self.hook = hook
        self.is_torchs = False
        self.receiver = "global"
        self.module_class: Optional[str] = None
        self.path_in_model: Optional[str] = None
        self.handle: Optional[int] = None
        self.removed_at: Optional[int] = None
        self.removed_chain: tuple[Place, ...] = ()
        self.error: Optional[Error] = None
        self.options: dict[str, Any] = {}
        self._module = Held(None, keep=True)
        self.tensor: Any = None  # the parameter that it is on, where the program's own objects are kept

    @property
    def module(self) -> Any:
        """The module, or None once it is gone; None for global hooks and those on parameters."""
        return self._module.get()

    def hold(self, module: Any, keep: bool) -> None:
        """Remember the module."""
        self._module = Held(module, keep)

    def as_dict(self) -> dict[str, Any]:
        """Return it as in the report."""
        return {
            "number": self.number,
            "at": self.at,
            "api": self.api,
            "hook": self.hook.as_dict(),
            "chain": [place.as_dict() for place in self.chain],
            "receiver": self.receiver,
            "module_class": self.module_class,
            "path_in_model": self.path_in_model,
            "options": self.options,
            "is_torchs": self.is_torchs,
            "lost": self.error is not None,
            "removed_at": self.removed_at,
            "removed_chain": [place.as_dict() for place in self.removed_chain],
            "error": self.error and self.error.as_dict(),
        }


class Removal:
    """One call of a handle's `remove`; `registration` is its number, None for a hook of no module."""

    __slots__ = ("at", "chain", "handle", "registration")

    def __init__(self, at: int, chain: Any, handle: int, registration: Optional[int]) -> None:
        self.at = at
        self.chain: tuple[Place, ...] = chain
        self.handle = handle
        self.registration = registration

    def as_dict(self) -> dict[str, Any]:
        """Return it as in the report."""
        return {
            "at": self.at,
            "chain": [place.as_dict() for place in self.chain],
            "registration": self.registration,
        }


class HookFate:
    """What one entry point made of one hook, and how often the hook's code was called around it.

    `lost` says that it no longer does what it did in eager mode, as far as its calls tell. Calls are None for
    a hook without Python code. `note` says more in words, or is empty.
    """

    __slots__ = (
        "calls_after",
        "calls_before",
        "calls_during",
        "fate",
        "lost",
        "note",
        "path_in_model",
        "registration",
    )

    def __init__(self, registration: int, path_in_model: Optional[str]) -> None:
        self.registration = registration
        self.path_in_model = path_in_model
        self.fate = "not reached"
        self.lost = False
        self.note = ""
        self.calls_before: Optional[int] = None
        self.calls_during: Optional[int] = None
        self.calls_after: Optional[int] = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as in the report."""
        return {
            "registration": self.registration,
            "path_in_model": self.path_in_model,
            "fate": self.fate,
            "lost": self.lost,
            "note": self.note,
            "calls_before": self.calls_before,
            "calls_during": self.calls_during,
            "calls_after": self.calls_after,
        }


class Entry:
    """One call of an entry point, with the real module, and what came of it."""

    __slots__ = (
        "_result",
        "_source",
        "api",
        "arguments",
        "at",
        "chain",
        "ended_at",
        "error",
        "file",
        "hooks",
        "module_class",
        "number",
        "result_class",
        "world",
    )

    def __init__(self, number: int, at: int, api: str, world: str, chain: Any) -> None:
        self.number = number
        self.at = at
        self.api = api
        self.world = world
        self.chain: tuple[Place, ...] = chain
        self.module_class: Optional[str] = None
        self.result_class: Optional[str] = None
        self.arguments: Optional[dict[str, Any]] = None
        self.file: Any = None  # what tells the file of `save` and `load` from others
        self.ended_at: Optional[int] = None
        self.error: Optional[Error] = None
        self.hooks: list[HookFate] = []
        self._source = Held(None, keep=True)
        self._result = Held(None, keep=True)

    @property
    def source(self) -> Any:
        """What the entry point was given, or None once it is gone."""
        return self._source.get()

    @property
    def result(self) -> Any:
        """What the entry point returned, or None once it is gone."""
        return self._result.get()

    def has_passed(self, place: tuple[Any, Any]) -> bool:
        """Tell whether the call came through a line of a file."""
        return any(each.at == place for each in self.chain)

    def hold(self, source: Any, keep: bool) -> None:
        """Remember what the entry point was given."""
        self._source = Held(source, keep)

    def hold_result(self, result: Any, keep: bool) -> None:
        """Remember what the entry point returned."""
        self._result = Held(result, keep)

    def as_dict(self) -> dict[str, Any]:
        """Return it as in the report."""
        return {
            "number": self.number,
            "at": self.at,
            "ended_at": self.ended_at,
            "api": self.api,
            "world": self.world,
            "chain": [place.as_dict() for place in self.chain],
            "module_class": self.module_class,
            "result_class": self.result_class,
            "error": self.error and self.error.as_dict(),
            "hooks": [fate.as_dict() for fate in self.hooks],
        }
