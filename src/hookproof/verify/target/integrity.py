"""Tells whether a program has replaced functions of these files, with which it could write its own answer.

What is compared is noted before any foreign code runs. A program that rewrites what the interpreter keeps in
memory, or the data that these functions work on, is not found so; what it could change is the answer about
itself.
"""

from __future__ import annotations

import sys
import types
from typing import Any, Callable

_PACKAGE = __name__.rpartition(".")[0]


def _parts(holder: Any) -> dict[str, Any]:
    """Return the functions of a module or a class by name, each with code and defaults, and the classes."""
    found: dict[str, Any] = {}
    for name, value in list(vars(holder).items()):
        value = getattr(value, "__func__", value)  # of a static or a class method
        if isinstance(value, types.FunctionType):
            found[name] = (value, value.__code__, value.__defaults__)
        elif isinstance(value, type) and value.__module__.startswith(_PACKAGE):
            found[name] = (value, None, None)
    return found


def note() -> Callable[[], bool]:
    """Return what tells, later, whether all functions of these files are those that they are now."""
    holders = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(_PACKAGE) and isinstance(module, types.ModuleType)
    ]
    noted: list[tuple[Any, dict[str, Any]]] = []
    for module in holders:
        parts = _parts(module)
        noted.append((vars(module), parts))
        for value, code, _ in parts.values():
            if code is None and value.__module__ == module.__name__:
                noted.append((value.__dict__, _parts(value)))

    def is_whole() -> bool:
        for namespace, parts in noted:
            for name, (value, code, defaults) in parts.items():
                there = namespace.get(name)
                there = getattr(there, "__func__", there)
                if there is not value:
                    return False
                if code is not None and (there.__code__ is not code or there.__defaults__ is not defaults):
                    return False
        return True

    return is_whole
