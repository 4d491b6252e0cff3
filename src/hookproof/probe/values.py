"""The types of torch's values and of what its functions return."""

from __future__ import annotations

import inspect
import math
from typing import Any

import torch
from torch.nn import functional

from .outcome import attempt, spelled

# nonzero returns a tuple for as_tuple=True, which its operator does not know.
_OTHERWISE = frozenset({"nonzero", "to_dense", "unflatten"})


def probe_functions() -> dict[str, list[str]]:
    """Return type -> the functions and tensor methods that always return it; of numbers only methods."""
    tensors = []
    for owner, prefix in (
        (torch, "torch"),
        (torch.Tensor, "torch.Tensor"),
        (functional, "torch.nn.functional"),
    ):
        names = [name for name in sorted(set(dir(owner))) if not name.startswith("__")]
        names = [name for name in names if name not in _OTHERWISE and _returns_tensor(owner, name)]
        tensors += [f"{prefix}.{name}" for name in names]
    return {"Tensor": tensors, **{kind.__name__: _methods_returning(kind) for kind in (bool, int)}}


def _methods_returning(kind: type) -> list[str]:
    """Return the tensor methods that give such a value without arguments, in eager and in compiled code."""
    found = []
    for name in sorted(dir(torch.Tensor)):
        schemas = torch._C._jit_get_schemas_for_operator(f"aten::{name}")
        if name.startswith("_") or not any(_takes_tensor(schema) for schema in schemas):
            continue
        if {str(result.type) for schema in schemas for result in schema.returns} != {kind.__name__}:
            continue
        value, _ = attempt(lambda name=name: getattr(torch.ones(1), name)())
        if type(value) is kind:
            found.append(f"torch.Tensor.{name}")
    return found


def _returns_tensor(owner: Any, name: str) -> bool:
    value, error = attempt(lambda: getattr(owner, name))
    if error is not None or not callable(value) or isinstance(value, type):
        return False
    if inspect.isfunction(value) and owner is functional:
        return value.__annotations__.get("return") in (torch.Tensor, "Tensor")
    schemas = torch._C._jit_get_schemas_for_operator(f"aten::{name}")
    # `aten::sum` also sums a list of numbers, which no Python function of that name does.
    public = [schema for schema in schemas if _takes_tensor(schema)] or schemas
    if name == "tensor" and owner is torch:
        return True
    return bool(public) and all(
        len(schema.returns) == 1 and str(schema.returns[0].type) == "Tensor" for schema in public
    )


def _takes_tensor(schema: Any) -> bool:
    return bool(schema.arguments) and str(schema.arguments[0].type) == "Tensor"


def probe_values() -> dict[str, list[str]]:
    """Return type -> the values of torch and math that have it; `!name` for those without one."""
    found: dict[str, list[str]] = {}
    for module, prefix in ((torch, "torch"), (math, "math")):
        for name in sorted(dir(module)):
            value = getattr(module, name)
            if isinstance(value, (torch.dtype, torch.layout, torch.memory_format, torch.qscheme, float)):
                inferred = torch._C._jit_try_infer_type(value)
                kind = spelled(inferred.type()) if inferred.success() else f"!{type(value).__name__}"
                found.setdefault(kind, []).append(f"{prefix}.{name}")
    return found
