"""What a hook does to its hook parameter: reads, writes, calls, in the hook and in the helpers it uses.

A touch stands where the access itself is written, inside the helper where a helper makes it: that is the
code that breaks. The calls that carried the module there are in `Touch.helpers`, and each of them is a touch
of its own (`passed on`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.interpreter.hook_bodies.touch import Touch
from hookproof.interpreter.hook_bodies.touch_values import ModuleValue, SelfValue, TupleValue, Value, known
from hookproof.interpreter.hook_bodies.touch_walk import TouchWalk
from hookproof.interpreter.values import Hook
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.scope import Scope

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project


def find_touches(hook: Hook, module_class: ModuleClass | None, project: Project) -> tuple[Touch, ...]:
    """Return what `hook` does to a hook parameter of class `module_class`, the hook's own touches first.

    Gives nothing where the hook has no body that is known or does not take the module by name or by `*args`.
    """
    function, scope = hook.function, hook.scope
    if function is None or scope is None or (hook.module_name is None and hook.star_name is None):
        return ()
    environment: dict[str, Value | None] = {}
    owner = _owner(hook, project)
    if owner is not None and hook.bound and function.parameters:
        environment[function.parameters[0].name] = SelfValue(owner)
    module = ModuleValue((), known(module_class))
    if hook.module_name is not None:
        environment[hook.module_name] = module
    elif hook.star_name is not None:
        environment[hook.star_name] = TupleValue((module,), is_open=True)
    walk = TouchWalk(project, Scope(scope.file, (*scope.functions, function)), environment, (function.at,))
    walk.body(function.body)
    return tuple(_unique(walk.touches))


def _owner(hook: Hook, project: Project) -> ClassDefinition | None:
    """Return the class that a bound-method hook belongs to."""
    if hook.owner is None or hook.scope is None:
        return None
    scope = Scope(hook.scope.file, hook.scope.functions)
    found = project.lookup(scope, hook.owner.name)
    if isinstance(found, ClassDefinition) and found.node.at == hook.owner.at:
        return found
    return ClassDefinition(hook.owner, scope, hook.owner.name)


def _unique(touches: list[Touch]) -> list[Touch]:
    """Leave out a touch that was met again by another way through the helpers."""
    seen: set[tuple[str, int, str, tuple[str, ...], str | None, bool]] = set()
    kept = []
    for touch in touches:
        place, is_guarded = touch.place, touch.is_guarded
        key = (place.path, place.at, touch.operation, touch.path, touch.name, is_guarded)
        if key not in seen:
            seen.add(key)
            kept.append(touch)
    return kept
