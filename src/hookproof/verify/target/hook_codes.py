"""Finds the code that a hook runs, whatever it is wrapped in."""

from __future__ import annotations

import dis
import functools
import types
from typing import Any

from .installed import nn

_MAXIMAL = 50  # values that are looked into


def codes_of(hook: Any) -> list[types.CodeType]:
    """Return the code of a hook, its own first, and of all that it wraps or keeps to be called."""
    found: list[types.CodeType] = []
    waiting = [hook]
    seen: set[int] = set()
    while waiting and len(seen) < _MAXIMAL:
        value = waiting.pop(0)
        if id(value) in seen:
            continue
        seen.add(id(value))
        code = getattr(value, "__code__", None)
        if isinstance(code, types.CodeType):
            found.append(code)
        waiting += [inner for inner in _within(value) if _may_be_called(inner)]
    return found


def is_hook_of(experiment: dict[str, Any], hook: Any) -> bool:
    """Tell whether `hook` runs the function that a finding names as its hook."""
    return any(is_code_of(experiment, code) for code in codes_of(hook))


def is_code_of(experiment: dict[str, Any], code: Any) -> bool:
    """Tell whether `code` is that of the function that a finding names as its hook."""
    wanted = experiment.get("hook")
    if not wanted or code.co_filename != wanted["path"]:
        return False
    return bool(wanted["line"] in (code.co_firstlineno, _line_of_def(code)))


def has_line(code: Any, path: str, line: int) -> bool:
    """Tell whether a line of a file belongs to `code`."""
    if code.co_filename != path:
        return False
    last = max([code.co_firstlineno, *(number or 0 for _, number in dis.findlinestarts(code))])
    return bool(code.co_firstlineno <= line <= last)


def _line_of_def(code: Any) -> int:
    """Return the line of a function's `def`, which follows its decorators."""
    lines = [line for line in getattr(code, "co_lines", lambda: ())() if line[2]]
    return int(lines[0][2]) if lines else int(code.co_firstlineno)


def _within(value: Any) -> list[Any]:
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, types.MethodType):
        return [value.__func__]
    found = [getattr(value, "__wrapped__", None)]
    if isinstance(value, types.FunctionType):
        for cell in value.__closure__ or ():
            try:
                found.append(cell.cell_contents)
            except ValueError:  # what is not bound yet
                continue
        return found
    if isinstance(value, (type, nn.Module, types.BuiltinFunctionType)):
        return found
    call = next((vars(cls)["__call__"] for cls in type(value).__mro__ if "__call__" in vars(cls)), None)
    return [*found, call, *getattr(value, "__dict__", {}).values()]


def _may_be_called(value: Any) -> bool:
    return value is not None and callable(value) and not isinstance(value, (type, nn.Module))
