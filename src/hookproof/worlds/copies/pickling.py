"""Which hooks the `pickle` of Python can't write: those that no module has under their names."""

from __future__ import annotations

from typing import Literal, TypeAlias

from hookproof.interpreter.domain import Value
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import State
from hookproof.interpreter.values import Hook
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.project import Project

Reason: TypeAlias = Literal["local", "lambda"]

# Methods by which a class says itself what is pickled, or copied.
OWN_WAYS = ("__getstate__", "__reduce__", "__reduce_ex__", "__deepcopy__", "__copy__")
_LAMBDA = "<lambda>"


def reason(hook: Hook) -> Reason | None:
    """Return why a hook can't be pickled, None where it can, or where nobody knows.

    A function is written as the name that its module has it under: a local one and a lambda have none. A
    decorated one may have taken over another's.
    """
    if hook.owner_class is not None:
        return "local" if hook.bound and hook.bound_self is not None and _is_local(hook.owner_class) else None
    if hook.function is None or hook.scope is None:
        return None
    is_inner = len(hook.scope.functions) > 1
    if hook.function.name == _LAMBDA:
        return "local" if is_inner else "lambda"
    return "local" if is_inner and not hook.function.decorators else None


def _is_local(cls: ClassDefinition) -> bool:
    return bool(cls.scope.functions)


def is_plain(value: Value, state: State, project: Project, *, is_pickled: bool) -> bool:
    """Whether the classes of an object and of what is in it leave pickling and copying to Python.

    What is pickled must not have a local class either: it fails for that.
    """
    members = state.members(value) if isinstance(value, ObjectValue) else []
    classes = [member.definition for member in members if member.definition is not None]
    return all(_is_plain(cls, project) and not (is_pickled and _is_local(cls)) for cls in classes)


def _is_plain(cls: ClassDefinition, project: Project) -> bool:
    own = (project.member(cls, name) for name in OWN_WAYS)
    return not any(isinstance(each, FunctionDefinition) for each in own)
