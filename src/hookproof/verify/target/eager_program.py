"""What stands for that which left eager mode where nothing leaves it: the module it was made from."""

from __future__ import annotations

import copy
from typing import Any

from .installed import nn, torch
from .witness import Entry
from .witness.hooked_modules import TABLES, parts

_OF_GRAPHS = ("graph", "inlined_graph", "graph_for", "code", "code_with_constants", "original_name", "_c")
_METHODS_OF_GRAPHS = ("recompile", "print_readable", "delete_all_unused_submodules")


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


def call_as_tracing_does(entry: Entry) -> None:
    """Call a module as `torch.jit.trace` calls it, for what its hooks do then."""
    inputs = (entry.arguments or {}).get("example_inputs", ())
    if isinstance(inputs, dict):  # of `torch.jit.trace_module`, by method
        inputs = inputs.get("forward", ())
    entry.source(*inputs if isinstance(inputs, tuple) else (inputs,))


def lend_graphs(made: list[tuple[Any, Any]]) -> None:
    """Let eager modules that are handed back show the graph and code of what they became.

    `made` has pairs of both, those to come included.
    """
    original = nn.Module.__getattr__

    def look_up(module: Any, name: str) -> Any:
        is_lent = name in _OF_GRAPHS or name in _METHODS_OF_GRAPHS
        became = [result for given, result in made if given is module] if is_lent else []
        return getattr(became[-1], name) if became else original(module, name)

    nn.Module.__getattr__ = look_up
