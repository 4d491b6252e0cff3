"""Operators that put containers and strings together."""

from __future__ import annotations

from hookproof.interpreter.domain import Values
from hookproof.interpreter.models.containers import extend, repeated
from hookproof.interpreter.models.literal_values import computed
from hookproof.interpreter.plain import ConstantValue, ContainerValue
from hookproof.interpreter.running import Running


def concatenated(run: Running, op: str, values: list[Values]) -> Values:
    """Return what `a + b` or `a | b` gives of containers, `a + b` or `a % b` of a string."""
    containers = [value for group in values for value in group if isinstance(value, ContainerValue)]
    if not containers or op == "%":
        return computed(op, *values) if len(values) == 2 else ()
    if op == "*":
        times = next((v.value for group in values for v in group if isinstance(v, ConstantValue)), None)
        return (repeated(run, containers[0], times),)
    if op not in {"+", "|"}:
        return ()
    merged = ContainerValue(containers[0].kind, is_exact=all(len(group) == 1 for group in values))
    for group in values:
        extend(run, merged, group)
    return (merged,)
