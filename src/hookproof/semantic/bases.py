"""The bases of a class, in the order in which Python looks at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from hookproof.semantic.definitions import ClassDefinition, External

Base: TypeAlias = ClassDefinition | External | None
# Where `nn.Module` is defined: reading torch's own sources must not lose what is known of it.
DEFINED_MODULE = External("torch.nn.modules.module.Module")
# In the orders of all bases, a hundred times what people write; what is behind that is unknown.
_MAX_BASES = 2_000


def merged(
    cls: ClassDefinition, bases: Sequence[Base], orders: Sequence[tuple[Base, ...]]
) -> tuple[Base, ...]:
    """Return the method resolution order of a class with these bases, whose own orders are `orders`.

    This is Python's merge: the first class that no order has further behind comes next. Where there is
    none, Python refuses the class, and it does not matter which.
    """
    if sum(map(len, orders)) > _MAX_BASES:
        return (cls, None)
    known = tuple(base for base in bases if base is not None)
    waiting = [order for order in (*orders, known) if order]
    if len(bases) == 1 and waiting:
        return (cls, *waiting[0])
    return (cls, *_merge(waiting))


def _merge(orders: Sequence[tuple[Base, ...]]) -> Iterator[Base]:
    keys = [tuple(map(_key, order)) for order in orders]
    behind = Counter(key for order in keys for key in order[1:] if key is not None)
    at, gone = [0] * len(orders), set[object]()

    def is_over(number: int) -> bool:
        """Go past what has come already; tell whether nothing is left of this order."""
        order = keys[number]
        while at[number] < len(order) and order[at[number]] in gone:
            go_on(number)
        return at[number] == len(order)

    def go_on(number: int) -> None:
        at[number] += 1
        if at[number] < len(keys[number]) and (key := keys[number][at[number]]) is not None:
            behind[key] -= 1

    while left := [number for number in range(len(orders)) if not is_over(number)]:
        chosen = next((number for number in left if not behind[keys[number][at[number]]]), left[0])
        base = orders[chosen][at[chosen]]
        yield base
        if base is None:  # each stands for itself
            go_on(chosen)
        else:
            gone.add(keys[chosen][at[chosen]])


def _key(base: Base) -> object:
    return (base.scope.file.path, base.node.at) if isinstance(base, ClassDefinition) else base
