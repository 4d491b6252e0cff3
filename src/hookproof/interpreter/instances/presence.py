"""Whether an object has an attribute, as `hasattr` tells it at one point of the program."""

from __future__ import annotations

from hookproof.facts.entries import SCRIPT_ATTRIBUTES
from hookproof.interpreter.domain import Value
from hookproof.interpreter.instances.current_class import current_class
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import ObjectState, State
from hookproof.interpreter.values import ScriptValue
from hookproof.interpreter.wrapped import INNER, WrappedModule
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.semantic.names import ANY_NAME
from hookproof.semantic.project import Project

_HOOKS_INTO_ATTRIBUTES = ("__getattr__", "__getattribute__", "__slots__")


def has_attribute(value: Value, name: str, state: State, project: Project) -> bool | None:
    """Return whether a value has an attribute, None where that is not known."""
    match value:
        case WrappedModule(inner=inner):
            return name == INNER or has_attribute(inner, name, state, project)
        case ScriptValue(is_traced=False, source=ObjectValue() as source) if value.how == "script":
            if name in SCRIPT_ATTRIBUTES:
                return True
            fact = value.module_class.attribute(name) if value.module_class is not None else None
            return fact.is_compiled if fact is not None else _has_no(current_class(state, source))
        case ScriptValue(is_traced=True, parent=None, source=ObjectValue() as source):
            # It has hardly any of what the class has, and nothing beyond that.
            fact = value.module_class.attribute(name) if value.module_class is not None else None
            is_beyond = fact is None and name not in SCRIPT_ATTRIBUTES
            return _has_no(current_class(state, source)) if is_beyond else None
        case ObjectValue(is_created=True, module_class=ModuleClass()):
            cls = current_class(state, value)
            fact = cls.attribute(name) if cls is not None else None
            if name in SCRIPT_ATTRIBUTES:
                return False
            if fact is None:
                given = [each for each, known in state.objects.items() if _gives(known, name)]
                return True if value in given else None if given else _has_no(cls)
            return True if fact.kind not in {"late value", "unknown"} and not fact.is_conditional else None
        case ObjectValue(is_created=True, definition=ClassDefinition() as definition):
            return _plain_object_has(value, name, definition, state, project)
    return None


def _gives(known: ObjectState, name: str) -> bool:
    """Whether an object has an attribute for what a utility has put on it, or on the element of a loop."""
    return any(name in live.registration.gives for live in known.hooks)


def _has_no(cls: ModuleClass | None) -> bool | None:
    return False if cls is not None and cls.is_complete else None


def _plain_object_has(
    value: ObjectValue, name: str, definition: ClassDefinition, state: State, project: Project
) -> bool | None:
    known = state.of(value)
    if ANY_NAME in known.changed or name in known.perhaps:
        return None
    if known.attributes.get(name) or project.member(definition, name) is not None:
        return True
    bases = project.mro(definition)
    is_known = all(isinstance(base, ClassDefinition) or _is_object(base) for base in bases)
    is_set = any(
        isinstance(base, ClassDefinition) and list(project.assigning_methods(base, name)) for base in bases
    )
    is_hooked = any(project.member(definition, hook) is not None for hook in _HOOKS_INTO_ATTRIBUTES)
    return None if is_set or is_hooked or not is_known or name in known.attributes else False


def _is_object(base: object) -> bool:
    return isinstance(base, External) and base.qualname == "builtins.object"
