"""Whether a loop over the modules of a model meets one of the classes that it registers hooks on."""

from __future__ import annotations

from collections.abc import Mapping

from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import State
from hookproof.interpreter.values import ScriptValue
from hookproof.modules.module_class import AttributeFact, ModuleClass
from hookproof.semantic.names import ANY_NAME

_MAX_CLASSES = 64


def holds(state: State, model: ObjectValue, receiver: ObjectValue, order: int) -> bool | None:
    """Return whether `model` or a module in it is what the receiver was narrowed to; None where unknown.

    What was put in later than `order` does not count.
    """
    known, is_complete = _classes_within(state, model, order)
    if any(fits(cls, receiver) for cls in known):
        return True
    return False if is_complete or state.has_new_parts(model, order) else None


def fits(cls: ModuleClass, receiver: ObjectValue) -> bool:
    """Return whether modules of a class pass the test that the receiver has passed."""
    if not receiver.is_narrowed_exactly:
        return any(cls.is_a(name) for name in receiver.narrowed)
    # What is asked for its name alone has no dot in it.
    return not {cls.qualname, cls.qualname.rpartition(".")[2]}.isdisjoint(receiver.narrowed)


def _classes_within(state: State, model: ObjectValue, order: int) -> tuple[list[ModuleClass], bool]:
    """Return the classes of the modules in a model, and whether these are all there are."""
    found: dict[str, ModuleClass] = {}
    is_complete = True
    objects: list[ObjectValue | ScriptValue] = [model]
    pending: list[ModuleClass | None] = []
    for value in objects:
        # An attribute that was only read (`model.modules`) says nothing that its owner's class does not.
        if value.module_class is not None or not (
            isinstance(value, ObjectValue) and value.form == "attribute"
        ):
            pending.append(_as_written(state, value))
        is_no_holder = value.module_class is not None and _holds_parameters(value.module_class)
        late = state.of(value).changed
        members = [
            member
            for name, values in (() if is_no_holder else state.of(value).attributes.items())
            for member in (
                values if late.get(name, 0) <= order and not _is_no_part(value, name, late) else ()
            )
        ]
        objects += [v for v in members if isinstance(v, ObjectValue) and v not in objects]
        is_made_here = isinstance(value, ObjectValue) and value.is_created and bool(members)
        if value.module_class is not None and _is_open(value.module_class) and not is_made_here:
            is_complete = False
    own = {value.module_class.qualname for value in objects if value.module_class is not None}
    while pending and len(found) < _MAX_CLASSES:
        cls = pending.pop()
        if cls is None or not (cls.is_complete or (cls.is_container and _is_known(cls, own))):
            is_complete = False
        if cls is not None and (cls.qualname not in found or cls.elements):
            found.setdefault(cls.qualname, cls)
            pending += cls.submodules().values()
    return list(found.values()), is_complete and not pending


def _is_no_part(value: ObjectValue | ScriptValue, name: str, late: Mapping[str, int]) -> bool:
    """Return whether an attribute is certainly no module, by what the class of its owner sets it to."""
    fact = value.module_class.attribute(name) if value.module_class is not None and name not in late else None
    return fact is not None and fact.kind in ("parameter", "buffer", "constant", "value")


def _as_written(state: State, value: ObjectValue | ScriptValue) -> ModuleClass | None:
    """Return the class of an object without the parts that are no longer those that the class makes."""
    cls = value.module_class
    changed = {name: AttributeFact(name, "unknown") for name in state.of(value).changed}
    return cls.changed_by(changed, is_open=ANY_NAME in changed) if cls is not None and changed else cls


def _is_open(cls: ModuleClass) -> bool:
    """Return whether a class is a container of modules that are not known from where it was written."""
    return cls.is_container and cls.elements is None and not _holds_parameters(cls)


def _holds_parameters(cls: ModuleClass) -> bool:
    return cls.qualname.endswith((".ParameterList", ".ParameterDict"))


def _is_known(cls: ModuleClass, own: set[str]) -> bool:
    return cls.elements is not None or cls.qualname in own or _holds_parameters(cls)
