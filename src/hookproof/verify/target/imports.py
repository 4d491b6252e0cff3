"""Imports the project's modules: under their own names, or under others where those can't be had."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import os
import re
import sys
import types
from typing import Any, Callable

from . import masks
from .installed import torch
from .outcome import InconclusiveError, one_line

_CLIMBS = 3
_renamed: dict[str, Any] = {}


def import_module(name: str, roots: list[str], stage: Callable[[str], None]) -> Any:
    """Import a module of the project."""
    for root in reversed(roots):
        if root not in sys.path:
            sys.path.insert(0, root)
    stage("importing {}".format(name))
    try:
        return _import(name, roots)
    except BaseException as error:
        reason = "importing {} failed: {}{}".format(name, one_line(error), advice_on(error))
        raise InconclusiveError(reason) from error
    finally:
        stage("")


def import_script(path: str, name: str, roots: list[str], stage: Callable[[str], None]) -> Any:
    """Run a script for the names that it defines, as far as it comes; global hooks are taken off again.

    Raises `InconclusiveError` where it defines nothing.
    """
    if name in _renamed:
        return _renamed[name]
    # The folder of a part of a package may hold files that go by the names of other packages.
    for root in reversed([*roots, *([] if "." in name else [os.path.dirname(path)])]):
        if root not in sys.path:
            sys.path.insert(0, root)
    stage("importing {}".format(name))
    module: Any = types.ModuleType("project_" + re.sub(r"\W", "_", name))
    module.__file__ = path
    vars(module)["__builtins__"] = builtins  # this file may have been loaded with a copy of them
    if "." in name:
        module.__package__ = name.rpartition(".")[0]
    _renamed[name] = sys.modules[module.__name__] = module
    reason = ""
    try:
        exec(masks.compiled(path), vars(module))
    except BaseException as error:
        reason = "importing {} failed: {}{}".format(name, one_line(error), advice_on(error))
    finally:
        stage("")
    _clear_global_hooks()
    _forget_types()
    if reason and not any(
        getattr(value, "__module__", None) == module.__name__ for value in vars(module).values()
    ):
        raise InconclusiveError(reason)
    return module


def _clear_global_hooks() -> None:
    for name, value in vars(torch.nn.modules.module).items():
        if name.startswith("_global_") and name.endswith("hooks") and hasattr(value, "clear"):
            value.clear()


def _forget_types() -> None:
    """Let classes be compiled anew: a type that torch has left unfinished can't be."""
    store = getattr(torch.jit._recursive, "concrete_type_store", None)
    if store is not None:
        store.__init__()


def imported(name: str) -> Any:
    """Return the module that was imported for this name, None where there is none so far."""
    return _renamed.get(name) or sys.modules.get(name)


def _import(name: str, roots: list[str]) -> Any:
    if name in _renamed:
        return _renamed[name]
    root, path = _find(name, roots)
    if path is not None and not all(part.isidentifier() for part in name.split(".")):
        # Torch writes the names of modules into what it compiles, and reads only identifiers there.
        _renamed[name] = _load("project_" + re.sub(r"\W", "_", name), path)
        return _renamed[name]
    if path is not None and _is_taken(name.partition(".")[0], roots):
        _renamed[name] = _load("project_" + name.replace(".", "_"), path)
        return _renamed[name]
    if path is None:
        folder, path = _find_dotted(name, roots)
        if path is not None:
            if folder:
                importlib.import_module(folder)
            own = "".join(c if c.isalnum() else "_" for c in os.path.basename(path)[:-3])
            _renamed[name] = _load(".".join(filter(None, (folder, own))), path)
            return _renamed[name]
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if root is None or "relative import" not in str(error):
            raise
        _renamed[name] = _import_as_part(name, root, error)
        return _renamed[name]


def _find(name: str, roots: list[str]) -> tuple[str | None, str | None]:
    """Return the root that has the module's file, and the file."""
    for root in roots:
        base = os.path.join(root, *name.split("."))
        for path in (base + ".py", os.path.join(base, "__init__.py")):
            if os.path.isfile(path):
                return root, path
    return None, None


def _find_dotted(name: str, roots: list[str]) -> tuple[str, str | None]:
    """Return the package and the path of a file whose own name has dots, as `net.v2.py` has."""
    parts = name.split(".")
    for root in roots:
        for size in range(len(parts) - 1):
            path = os.path.join(root, *parts[:size], ".".join(parts[size:]) + ".py")
            if os.path.isfile(path):
                return ".".join(parts[:size]), path
    return "", None


def _is_taken(top: str, roots: list[str]) -> bool:
    """Tell whether another module than the project's goes by a name already: one of Python's own, mostly."""
    module = sys.modules.get(top)
    if module is None:
        return False
    folders = list(getattr(module, "__path__", ()))
    places = [os.path.abspath(place) for place in [getattr(module, "__file__", None), *folders] if place]
    return not any(place.startswith(root.rstrip(os.sep) + os.sep) for place in places for root in roots)


def _load(name: str, path: str) -> Any:
    spec: Any = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _import_as_part(name: str, root: str, error: ImportError) -> Any:
    """Import what imports relatively as part of the folders it stands in, which have no `__init__`."""
    for _ in range(_CLIMBS):
        root, folder = os.path.split(root)
        name = "{}.{}".format(folder, name)
        if root not in sys.path:
            sys.path.append(root)
        try:
            return importlib.import_module(name)
        except ImportError as again:
            if "relative import" not in str(again):
                raise
    raise error


def needs_arguments(error: BaseException | None) -> bool:
    """Tell whether a program ended for want of arguments, as argparse and click end it."""
    return isinstance(error, SystemExit) and error.code == 2


def advice_on(error: BaseException) -> str:
    """Return what a person can do about it, where that is plain."""
    if needs_arguments(error):
        return '; it needs arguments: put what the file does under `if __name__ == "__main__":`'
    if isinstance(error, (SystemExit, EOFError)):
        return '; put what the file does under `if __name__ == "__main__":`'
    if isinstance(error, FileNotFoundError) and not os.path.isabs(str(error.filename or os.sep)):
        return "; experiments run in a folder of their own: let the path start from `__file__`"
    if isinstance(error, ModuleNotFoundError):
        return "; `--python` takes an interpreter that has it"
    return ""
