"""The bases of a class, in the order in which Python looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from hookproof.semantic.definitions import ClassDefinition, External

Base: TypeAlias = ClassDefinition | External | None
# Where `nn.Module` is defined: reading torch's own sources must not lose what is known of it.
DEFINED_MODULE = External("torch.nn.modules.module.Module")


def merged(
    cls: ClassDefinition, bases: Sequence[Base], orders: Sequence[tuple[Base, ...]]
) -> tuple[Base, ...]:
    """Return the method resolution order of a class with these bases, whose own orders are `orders`.

    This is Python's merge: the first class that no order has further behind comes next. Where there is
    none, Python refuses the class, and it does not matter which.
    """
    known = [base for base in bases if base is not None]
    found, waiting = list[Base]((cls,)), [list(order) for order in (*orders, known) if order]
    while waiting:
        behind = {_key(base) for order in waiting for base in order[1:] if base is not None}
        fitting = (order[0] for order in waiting if order[0] is None or _key(order[0]) not in behind)
        base = next(fitting, waiting[0][0])
        found.append(base)
        if base is None:  # each stands for itself
            next(order for order in waiting if order[0] is None).pop(0)
        else:
            waiting = [[other for other in order if _key(other) != _key(base)] for order in waiting]
        waiting = [order for order in waiting if order]
    return tuple(found)


def _key(base: Base) -> object:
    return (base.scope.file.path, base.node.at) if isinstance(base, ClassDefinition) else base
