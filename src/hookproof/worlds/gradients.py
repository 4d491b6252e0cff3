"""Where a program computes gradients, and of which module."""

from __future__ import annotations

from msgspec import Struct

from hookproof.interpreter.objects import ObjectValue
from hookproof.semantic.location import Location


class Backward(Struct, frozen=True):
    """A call of `backward`, of what is known to come of the call of a `module`, or of anything."""

    module: ObjectValue | None
    location: Location
    order: int


def backward_of(value: ObjectValue, location: Location, order: int) -> Backward:
    """Return what `backward` was called of: what a module gave, or what a method made of that."""
    step = value
    while step.parent is not None:
        if step.name.startswith("()"):
            return Backward(step.parent, location, order)
        step = step.parent
    return Backward(None, location, order)


def may_learn(module: ObjectValue) -> bool:
    """Return whether what is called may have parameters: a loss of `torch.nn` has none."""
    cls = module.module_class
    return cls is None or cls.definition is not None or cls.learns is not False
