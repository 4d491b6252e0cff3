"""Runs a file as a person starts it, and makes up what a function needs to be called."""

from __future__ import annotations

import ast
import builtins
import inspect
import os
import sys
import types
import typing
from typing import Any

from . import masks
from .values import make_value


def run_script(
    path: str, roots: list[str], tree: ast.Module | None = None, names: dict[str, Any] | None = None
) -> Any:
    """Run a file as the script that a person starts, without arguments; return its names.

    `tree` is run in place of what the file says, with `names` given to it.
    """
    folder = os.path.dirname(path)
    package = _package_of(path, roots)
    for root in [*reversed(roots), *([] if package else [folder])]:
        if root in sys.path:
            sys.path.remove(root)
        sys.path.insert(0, root)
    sys.argv[:] = [path]
    module = types.ModuleType("__main__")
    module.__file__ = path
    module.__package__ = package or None
    vars(module)["__builtins__"] = builtins  # this file may have been loaded with a copy of them
    sys.modules["__main__"] = module
    vars(module).update(names or {})
    code = masks.compiled(path, tree)
    try:
        exec(code, vars(module))
    except SystemExit as ended:
        if ended.code not in (None, 0):
            raise
    return vars(module)


def _package_of(path: str, roots: list[str]) -> str:
    folder = os.path.dirname(path)
    if not os.path.isfile(os.path.join(folder, "__init__.py")):
        return ""
    root = next((r for r in roots if folder.startswith(r.rstrip(os.sep) + os.sep)), None)
    return "" if root is None else folder[len(root) :].strip(os.sep).replace(os.sep, ".")


def made_arguments(function: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return values for the required parameters: a module for what is called so, else by annotation.

    Those by name have a module too where the default is None, for much is done with one only.
    """
    try:
        hints = typing.get_type_hints(getattr(function, "func", function))  # of a partial, what it calls
    except Exception:
        hints = {}
    by_position: list[Any] = []
    by_name: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is parameter.empty and parameter.kind is not parameter.KEYWORD_ONLY:
            by_position.append(make_value(hints.get(name), name))
        elif parameter.default is parameter.empty:
            by_name[name] = make_value(hints.get(name), name)
        elif parameter.default is None and name in _MODULES:
            by_name[name] = make_value(None, "module")
    return by_position, by_name


_MODULES = ("model", "module", "net", "network", "layer", "backbone")
