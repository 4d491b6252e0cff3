"""What stands for that which left eager mode where nothing leaves it: the module it was made from."""

from __future__ import annotations

import copy
from typing import Any

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
