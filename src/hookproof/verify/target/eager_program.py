"""What stands for that which left eager mode where nothing leaves it: the module it was made from."""

from __future__ import annotations

import copy
from typing import Any

from .installed import torch
from .witness.hooked_modules import TABLES, parts


class EagerProgram:
    """What `torch.export.export(module, …)` gives had it exported nothing."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def module(self, *_: Any, **__: Any) -> Any:
        """Return the eager module, the same one each time."""
        return self._source

    def run_decompositions(self, *_: Any, **__: Any) -> EagerProgram:
        """Return the program."""
        return self

    @property
    def state_dict(self) -> Any:
        """The parameters and buffers by their names."""
        return self._source.state_dict()


def not_compiled(api: str, source: Any) -> Any:
    """Return what `torch.compile` gives, called or above a function, had it compiled nothing."""
    if api != "torch.compile":
        return None  # `module.compile()`
    return source if source is not None else lambda function: function


def compile_without_compiler() -> None:
    """Let `torch.compile` make its graphs and run them in eager mode, where it would call a compiler."""
    wrapper = getattr(torch, "_TorchCompileWrapper", None)
    if wrapper is None or not hasattr(torch, "_TorchCompileInductorWrapper"):
        return

    def graphs_only(mode: Any = None, options: Any = None, dynamic: Any = None, *_: Any) -> Any:
        return wrapper("aot_eager", None, None, dynamic)

    torch._TorchCompileInductorWrapper = graphs_only


def copy_with_the_same_weights(module: Any) -> Any:
    """Return a copy as TorchScript makes one: tensors are shared, other attributes are not."""
    tensors = [*module.parameters(), *module.buffers()]
    try:
        return copy.deepcopy(module, {id(tensor): tensor for tensor in tensors})
    except Exception:
        return module


def hooks_put_by(module: Any) -> list[tuple[Any, dict[Any, Any]]]:
    """Empty the tables in which a module and its parts keep hooks; return each with what it held."""
    found = []
    for _, part in parts(module):
        for name in TABLES:
            table = part.__dict__.get(name)
            if isinstance(table, dict) and table:
                found.append((table, dict(table)))
                table.clear()
    return found
