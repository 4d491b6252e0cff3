"""How hooks are registered: methods, global functions, and the utilities that install hook objects."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.utils import prune

from .outcome import attempt


def probe_hook_methods() -> list[dict[str, Any]]:
    """Return every method of `nn.Module` that registers a hook."""
    names = [name for name in dir(nn.Module) if re.fullmatch(r"_?register_.*hook", name)]
    return [_api(name, getattr(nn.Module, name), 1) for name in names]


def probe_global_hooks() -> list[dict[str, Any]]:
    """Return the functions that register a hook on every module."""
    module = torch.nn.modules.module
    names = [name for name in dir(module) if re.fullmatch(r"register_module_\w+_hook", name)]
    return [_api(f"torch.nn.modules.module.{name}", getattr(module, name), 0) for name in names]


def _api(name: str, function: Callable[..., Any], skip: int) -> dict[str, Any]:
    parameters = list(inspect.signature(function).parameters)[skip:]
    index = parameters.index("hook")
    return {
        "name": name,
        "parameters": parameters,
        "hook_index": index,
        "options": [parameter for parameter in parameters if parameter != "hook"],
    }


def probe_utilities() -> list[dict[str, Any]]:
    """Return the functions under torch.nn.utils whose call changes a module's hooks or parametrizations."""
    by_function: dict[int, tuple[Callable[..., Any], list[str]]] = {}
    for path, function in _public_functions():
        by_function.setdefault(id(function), (function, []))[1].append(path)
    found = []
    for function, paths in by_function.values():
        installs = _installed_by(function)
        if installs is None:
            continue
        paths = sorted(set(paths), key=lambda path: (path.count("."), path))
        parameters = list(inspect.signature(function).parameters)
        found.append(
            {
                "qualname": paths[0],
                "aliases": paths[1:],
                "installs": installs,
                "module_index": parameters.index("module" if "module" in parameters else "parameters"),
                **({} if "module" in parameters else {"takes_pairs": True}),
            }
        )
    return sorted(found, key=lambda entry: str(entry["qualname"]))


def _public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    modules = [nn.utils]
    for info in pkgutil.iter_modules(nn.utils.__path__, "torch.nn.utils."):
        imported, _ = attempt(lambda name=info.name: __import__(name, fromlist=["_"]))
        if imported is not None and not info.name.rpartition(".")[2].startswith("_"):
            modules.append(imported)
    for module in modules:
        for name, value in vars(module).items():
            if inspect.isfunction(value) and not name.startswith("_"):
                yield f"{module.__name__}.{name}", value


def _installed_by(function: Callable[..., Any]) -> str | None:
    """Run a utility on small modules; return what it left there, None where it left nothing."""
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:
        return None
    if "module" not in names and "parameters" not in names:
        return None
    known = {
        "name": "weight",
        "amount": 0.5,
        "n": 2,
        "dim": 0,
        "mask": torch.ones(3, 3),
        "tensor_name": "weight",
    }
    known["parametrization"] = nn.Identity()
    known["pruning_method"] = prune.L1Unstructured
    for make in (lambda: nn.Linear(3, 3), lambda: nn.Conv2d(3, 3, 1)):
        module = make()
        given: dict[str, Any] = {"module": module}
        if "module" not in names:  # what is pruned at once, as pairs of a module and a name
            given = {"parameters": [(module, "weight")], "amount": 0.5}
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name in known and parameter.default is inspect.Parameter.empty:
                given[parameter.name] = known[parameter.name]
        attempt(lambda given=given: function(**given))
        if any(not hasattr(hook, "__name__") for hook in module._forward_pre_hooks.values()):
            return "hook object"
        if hasattr(module, "parametrizations"):
            return "parametrization"
    return None
