"""The parts of values: what is in a container, and what an object has that nobody was seen to set."""

from __future__ import annotations

from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import ReceiverForm
from hookproof.interpreter.values import (
    ContainerValue,
    HooksValue,
    RegisteredValue,
    ScriptValue,
    Value,
    Values,
    union,
)
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition


class Parts:
    """Gives the same part each time it is reached by the same path, so that what is done to it adds up."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
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

    def of_class(self, definition: ClassDefinition) -> ObjectValue:
        """Return the object that keeps what is set on a class."""
        return self.element(definition, "", "global")

    def elements(self, values: Values) -> Values:
        """Return what iterating over values gives."""
        found: list[Values] = []
        for value in values:
            match value:
                case HooksValue():
                    hooks = self.progress.hooks_in(value)
                    found.append(tuple(RegisteredValue(live) for live in hooks) or (value,))
                case ContainerValue():
                    found.extend(self.iterated(value).items)
                case ObjectValue():
                    found.append((self.element(value, CHILDREN, "loop"),))
                case ScriptValue():
                    found.append((self.progress.child(value, ALL_MODULES),))
        return union(*found)

    def iterated(self, container: ContainerValue) -> ContainerValue:
        """Return what a loop over a container meets, as that is now."""
        held = self.progress.state.now(container)
        return held.shown("iter") if held.kind == "dict" else held

    def child(self, owner: ObjectValue, name: str) -> ObjectValue:
        """Return the object behind an attribute nobody set: the same one each time, its class if known."""
        cls = None
        if owner.module_class is not None:
            fact = owner.module_class.attribute(name)
            cls = fact.module_class if fact is not None and fact.kind == "submodule" else None
        definition = cls.definition if cls is not None else None
        child = ObjectValue("attribute", cls, definition, owner, name)
        self.progress.state.set_attribute(owner, name, (child,))
        return child

    def part(self, value: Value, index: int) -> Values:
        """Return what stands at a fixed place of what is iterated over, empty where that is unknown."""
        parts = self._parts(value)
        return parts[index] if -len(parts) <= index < len(parts) else ()

    def _parts(self, value: Value) -> list[Values]:
        if isinstance(value, ContainerValue):
            value = self.iterated(value)
        match value:
            case ContainerValue(items=items, is_exact=True):
                return items
            case ObjectValue(is_created=True):
                held = self.progress.state.of(value).attributes
                return [held[key] for key in sorted((key for key in held if key.isdecimal()), key=int)]
            case ContainerValue(
                items=[(ObjectValue(form="loop", name=reached, parent=ObjectValue() as owner),)]
            ):
                return [(owner,)] if reached == ALL_MODULES else self._parts(owner)
        return []
