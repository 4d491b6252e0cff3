"""The unknown parts of values, and what an object has that nobody was seen to set."""

from __future__ import annotations

from hookproof.interpreter.domain import Value
from hookproof.interpreter.instances.parts_in_order import Named, all_in_order
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import ReceiverForm
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition


class Parts:
    """Gives the same part each time it is reached by the same path, so that what is done to it adds up."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._elements: dict[tuple[object, str], ObjectValue] = {}

    def element(
        self, owner: Value | FunctionDefinition | ClassDefinition, name: str, form: ReceiverForm
    ) -> ObjectValue:
        """Return the unknown element of a value, the same one each time it is reached that way."""
        key = (owner, f"{form}{name}")
        if key not in self._elements:
            parent = owner if isinstance(owner, ObjectValue) else None
            self._elements[key] = ObjectValue(form, parent=parent, name=name)
        return self._elements[key]

    def in_order(self, owner: ObjectValue, reached: str) -> list[Named] | None:
        """Return the modules in a model that is known as a whole, for turns of their own."""
        found = all_in_order(self._progress.state, owner, reached)
        self._progress.come_upon([part for _, part in found or ()], reached, "loop")
        return found

    def child(self, owner: ObjectValue, name: str) -> ObjectValue:
        """Return the object behind an attribute nobody set: the same one each time, its class if known."""
        cls = None
        if owner.module_class is not None:
            fact = owner.module_class.attribute(name)
            cls = fact.module_class if fact is not None and fact.kind == "submodule" else None
        definition = cls.definition if cls is not None else None
        child = ObjectValue("attribute", cls, definition, owner, name)
        self._progress.state.set_attribute(owner, name, (child,))
        return child
