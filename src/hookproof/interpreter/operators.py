"""Operators that put containers and strings together."""

from __future__ import annotations

from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.strings import computed
from hookproof.interpreter.domain import Access, Values
from hookproof.interpreter.models.container_methods import call_container_method
from hookproof.interpreter.models.containers import repeated
from hookproof.interpreter.plain import ConstantValue, ContainerValue
from hookproof.interpreter.running import Running


def concatenated(run: Running, op: str, values: list[Values], access: Access) -> Values:
    """Return what `a + b` or `a | b` gives of containers, `a + b` or `a % b` of a string."""
    containers = [value for group in values for value in group if isinstance(value, ContainerValue)]
    if not containers or op == "%":
        return computed(run.containers, op, *values) if len(values) == 2 else ()
    if op == "*":
        times = next((v.value for group in values for v in group if isinstance(v, ConstantValue)), None)
        return (repeated(run, containers[0], times),)
    if op not in {"+", "|"}:
        return ()
    owner = containers[0]
    empty: Items[Values] | Entries[Values] = Entries() if owner.kind == "dict" else Items()
    merged = ContainerValue(owner.kind, empty if all(len(group) == 1 for group in values) else empty.opened())
    for group in values:
        extend(run, merged, group, access)
    return (merged,)


def extend(run: Running, owner: ContainerValue, values: Values, access: Access) -> None:
    """Carry out `owner += values`, or `|=`."""
    call_container_method(run, owner, "update" if owner.kind == "dict" else "extend", access.calling(values))
