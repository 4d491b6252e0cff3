"""Tensors that are made of literal sizes: two of one size and kind are the same to a compiler."""

from __future__ import annotations

from hookproof.interpreter.domain import Arguments
from hookproof.interpreter.plain import exact_items, literal_of
from hookproof.interpreter.running import Running
from hookproof.syntax import ir

_MAKERS = frozenset({"empty", "ones", "rand", "randn", "zeros"})


def size_made(run: Running, qualname: str, args: Arguments) -> str | None:
    """Return the size of the tensor that a call makes, with the options that matter, as a text."""
    package, _, name = qualname.rpartition(".")
    if package != "torch" or name not in _MAKERS:
        return None
    sizes = [*args.positional] or [args.named.get("size", ())]
    items = exact_items(run, sizes[0]) if len(sizes) == 1 else None
    numbers = [literal_of(size) for size in (sizes if items is None else items)]
    if not all(isinstance(number, int) for number in numbers):
        return None
    options = []
    for argument in args.node.args:
        if argument.keyword in {None, "size"}:
            continue
        match argument.value:
            case ir.Constant(value=value) | ir.Attribute(attr=value):
                options.append(f"{argument.keyword}={value}")
            case _:
                return None
    return f"{numbers} {sorted(options)}"
