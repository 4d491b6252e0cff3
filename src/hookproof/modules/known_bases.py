"""Bases of classes as far as they are known: those of the project, and those that the atlas has."""

from __future__ import annotations

from hookproof.facts.atlas import AtlasClass, Facts
from hookproof.semantic.bases import Base
from hookproof.semantic.definitions import ClassDefinition, External

# Bases from outside torch.nn that add nothing a hook could ask for.
_HARMLESS_BASES = frozenset(
    {"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"}
)


def first_atlas(mro: tuple[Base, ...], facts: Facts) -> AtlasClass | None:
    """Return the first class of torch among the bases of a class."""
    for base in mro:
        atlas = facts.nn_class(base.qualname) if isinstance(base, External) else None
        if atlas is not None:
            return atlas
    return None


def is_known_base(base: Base, facts: Facts) -> bool:
    """Return whether all that a base adds to a class is known."""
    if isinstance(base, ClassDefinition):
        return True
    if base is None:
        return False
    return base.qualname in _HARMLESS_BASES or facts.nn_class(base.qualname) is not None


def external_names(base: External, facts: Facts) -> set[str]:
    """Return the names of a base from outside the project, and of its own bases."""
    atlas = facts.nn_class(base.qualname)
    return {base.qualname} if atlas is None else {atlas.qualname, *atlas.bases}


def canonical(qualname: str, facts: Facts) -> str:
    """Return the name that the atlas has a class of torch under."""
    atlas = facts.nn_class(qualname) if qualname.startswith("torch.") else None
    return qualname if atlas is None else atlas.qualname
