"""Which TorchScript types an attribute of a compiled module accepts."""

from __future__ import annotations

from hookproof.torch_types.annotations import split_items
from hookproof.torch_types.operations import NUMBER

_SIMPLE = frozenset({"int", "float", "bool", "str", "complex", "NoneType", "Tensor", NUMBER})


def is_assignable(found: str, expected: str) -> bool:
    """Return whether a value of type `found` may be assigned to an attribute of type `expected`.

    Measured: types must be equal, but for Optional and Union, which accept their members; numbers are not
    converted. What is not understood is taken to be accepted.
    """
    if found == expected:
        return True
    generic, _, inner = expected.partition("[")
    if generic == "Optional":
        return found == "NoneType" or is_assignable(found, inner[:-1])
    if generic == "Union":
        return any(is_assignable(found, item.strip()) for item in split_items(inner[:-1]))
    return not (_is_plain(found) and _is_plain(expected))


def _is_plain(name: str) -> bool:
    """Return whether a type is a simple one, or a list of simple ones."""
    return name in _SIMPLE or (name.startswith("List[") and name[5:-1] in _SIMPLE)
