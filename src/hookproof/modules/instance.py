"""What an attribute is an instance of where that is no module class."""

from __future__ import annotations

from msgspec import Struct

from hookproof.semantic.definitions import ClassDefinition, External


class Instance(Struct, frozen=True):
    """An instance of a class, or perhaps of a subclass where only an annotation says so (`is_declared`)."""

    definition: ClassDefinition | External
    is_declared: bool = False
