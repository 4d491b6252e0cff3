"""Objects: modules and what else has attributes, and the conditions that stand on one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from hookproof.interpreter.sites import ReceiverForm
from hookproof.semantic.definitions import ClassDefinition

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass

ALL_MODULES = "*"
CHILDREN = "*children"


class ObjectValue(Struct, frozen=True, eq=False):
    """One object: a module, an instance of another class, or something unknown that may be either.

    `is_created` tells that its construction was followed. `parent` and `name` tell where it was reached
    from: an attribute name, `ALL_MODULES` or `CHILDREN` for an element of a loop over the parent's modules or
    children, `[]` for an element, `()` for the result of a call. `narrowed` are the classes that a test has
    shown it to have one of. `is_numbered` tells of a container of modules that it was given modules by
    position, so that it names them by number; `is_class` that it is the class itself, as
    a class method is given it.
    """

    form: ReceiverForm
    module_class: ModuleClass | None = None
    definition: ClassDefinition | None = None
    parent: ObjectValue | None = None
    name: str = ""
    is_guarded: bool = False
    is_root_self: bool = False
    is_created: bool = False
    narrowed: tuple[str, ...] = ()
    is_narrowed_exactly: bool = False
    is_numbered: bool = False
    is_class: bool = False

    @property
    def origin(self) -> ObjectValue:
        """The object that this one was first reached from."""
        return self if self.parent is None else self.parent.origin

    def is_within(self, other: ObjectValue) -> bool:
        """Whether this object is `other` or was reached from it."""
        value: ObjectValue | None = self
        while value is not None:
            if value is other:
                return True
            value = value.parent
        return False


def is_step(value: ObjectValue) -> bool:
    """Tell whether an object is an attribute or item of its parent, not the parent by another name."""
    return value.form in {"attribute", "subscript"} and not (value.narrowed or value.is_guarded)


class Asked(Struct, frozen=True):
    """A condition on one unknown value: that it is true, or that it is a constant, given with its type."""

    value: ObjectValue
    known: tuple[object, type] | None = None
    is_so: bool = True

    @property
    def negated(self) -> Asked:
        """The opposite condition."""
        return Asked(self.value, self.known, not self.is_so)

    def contradicts(self, other: Asked) -> bool:
        """Whether both cannot hold."""
        if self.value is not other.value:
            return False
        if self.known == other.known:
            return self.is_so != other.is_so
        return None not in (self.known, other.known) and self.is_so and other.is_so
