"""The bases of a class, in the order in which Python looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hookproof.link.definitions import ClassDefinition, External

if TYPE_CHECKING:
    from hookproof.link.project import Project

Base: TypeAlias = ClassDefinition | External | None
# Where `nn.Module` is defined: reading torch's own sources must not lose what is known of it.
DEFINED_MODULE = External("torch.nn.modules.module.Module")


def linearized(definition: ClassDefinition, project: Project) -> tuple[Base, ...]:
    """Return a class and its bases in method resolution order; None stands for an unknown base.

    Each base comes after everything derived from it, as Python's own order has it.
    """
    found: list[Base] = []
    pending: list[object] = [definition]
    while pending and len(found) < 200:
        base = pending.pop(0)
        if isinstance(base, ClassDefinition) and base.qualname == DEFINED_MODULE.qualname:
            found.append(DEFINED_MODULE)
        elif isinstance(base, ClassDefinition):
            found.append(base)
            pending[:0] = project.bases(base)
        else:
            found.append(base if isinstance(base, External) else None)
    last = {id(base) if base is None else base: index for index, base in enumerate(found)}
    return tuple(base for index, base in enumerate(found) if base is None or last[base] == index)
