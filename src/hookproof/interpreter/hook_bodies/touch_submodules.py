"""The modules below a module, as its methods hand them out: in their order, or by their names."""

from __future__ import annotations

from typing import Literal

from hookproof.interpreter.hook_bodies.touch_values import (
    ELEMENT,
    Elements,
    ModuleValue,
    Submodules,
    SubmoduleTable,
    Text,
    TupleValue,
    Value,
    child,
)
from hookproof.syntax import ir

# How the methods of nn.Module and its containers hand out child modules.
METHODS: dict[str, Literal["modules", "pairs"]] = {
    "children": "modules",
    "modules": "modules",
    "values": "modules",
    "named_children": "pairs",
    "named_modules": "pairs",
    "items": "pairs",
}


def handed_out(module: ModuleValue, method: str, given: tuple[ir.Argument, ...]) -> Value:
    """Return what one of these methods gives; what it is given may be a prefix for the names."""
    is_view = method in {"items", "values"}
    value = Submodules(module, METHODS[method], method.endswith("modules"), is_iterator=not is_view)
    return Elements(each(value)) if given else value


def iterated(module: ModuleValue) -> Submodules | None:
    """Return what iterating over a container of modules gives, None for one that gives names."""
    is_dict = module.owner is not None and module.owner.is_a("torch.nn.ModuleDict")
    return None if is_dict else Submodules(module.under("original"), "modules")


def each(value: Submodules) -> Value:
    """Return what stands for any of them, alone or with its name."""
    module = value.module.inner(ELEMENT) if value.is_deep else child(value.module, ELEMENT)
    return TupleValue((None, module)) if value.shape == "pairs" else module


def first(value: Submodules) -> tuple[Value, ...]:
    """Return those that certainly come first, in order, alone or with their names."""
    owner = value.module.owner
    names = owner.first_submodules() if owner is not None else ()
    if value.is_deep:
        names = ("", *names[:1])
    left = [(Text(name), _below(value.module, name)) for name in names[value.taken :]]
    return tuple(TupleValue(pair) if value.shape == "pairs" else pair[1] for pair in left)


def at(value: Submodules, position: str | None) -> Value:
    """Return the one at a position, known or not."""
    if position is None or not position.isdecimal():
        return each(value)
    known = first(value)
    return known[int(position)] if int(position) < len(known) else each(value)


def named(value: SubmoduleTable, path: str | None) -> Value:
    """Return the one of that name, known or not."""
    if path is None:
        return each(Submodules(value.module, "modules", value.is_deep))
    return _below(value.module, path)


def _below(module: ModuleValue, path: str) -> ModuleValue:
    for name in path.split(".") if path else ():
        module = child(module, name)
    return module
