"""The classes that a module class derives from, in the order in which Python looks at them."""

from __future__ import annotations

from hookproof.semantic.bases import DEFINED_MODULE, Base
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.project import Project


def linearized(definition: ClassDefinition, project: Project) -> tuple[Base, ...]:
    """Return a class and its bases as `Project.mro` does, what is known of `nn.Module` for its source."""
    return tuple(
        DEFINED_MODULE
        if isinstance(base, ClassDefinition) and base.qualname == DEFINED_MODULE.qualname
        else base
        for base in project.mro(definition)
    )
