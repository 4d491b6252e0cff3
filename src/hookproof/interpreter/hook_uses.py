"""What a hook does to its hook parameter: reads, writes, calls, in the hook and in the functions it calls.

A use stands where the access itself is written, inside the helper where a helper makes it: that is the
code that breaks. The calls that carried the module there are in `Use.helpers`, and each of them is a use
of its own (`passed on`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domain import Frame
from hookproof.evaluator.objects import ObjectValue
from hookproof.evaluator.run import Run
from hookproof.evaluator.tracked import ModuleValue, known
from hookproof.evaluator.use import Use
from hookproof.evaluator.values import TupleValue
from hookproof.interpreter.values import Hook
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.scope import Scope

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project


class HookSummary(Struct, frozen=True):
    """What a hook does to its hook parameter; where it `is_cut_short`, it may do more than this."""

    uses: tuple[Use, ...] = ()
    is_cut_short: bool = False


def summary_of(hook: Hook, module_class: ModuleClass | None, project: Project) -> HookSummary:
    """Return what `hook` does to a hook parameter of class `module_class`, the hook's own uses first.

    Gives nothing where the hook has no body that is known or does not take the module by name or by `*args`.
    """
    function, scope = hook.function, hook.scope
    if function is None or scope is None or (hook.module_name is None and hook.star_name is None):
        return HookSummary()
    run = Run(project, partial(module_class_of, project=project))
    owner = _owner(hook, project)
    frame = Frame(Scope(scope.file, (*scope.functions, function)), None, function, owner)
    names = run.state.names
    names.update(((frame, parameter.name), None) for parameter in function.parameters)
    if owner is not None and hook.bound and function.parameters:
        own = ObjectValue(run.allocate(Entries({}, is_open=True)), owner)
        run.shared_objects.add(own.ref)
        names[frame, function.parameters[0].name] = own
    module = ModuleValue((), known(module_class))
    if hook.module_name is not None:
        names[frame, hook.module_name] = module
    elif hook.star_name is not None:
        names[frame, hook.star_name] = TupleValue(Items((module,), is_open=True))
    is_cut_short = not run.finishes(function, frame)
    return HookSummary(tuple(_unique(run.uses)), is_cut_short)


def _owner(hook: Hook, project: Project) -> ClassDefinition | None:
    """Return the class that a bound-method hook belongs to."""
    if hook.owner is None or hook.scope is None:
        return None
    scope = Scope(hook.scope.file, hook.scope.functions)
    found = project.lookup(scope, hook.owner.name)
    if isinstance(found, ClassDefinition) and found.node.at == hook.owner.at:
        return found
    return ClassDefinition(hook.owner, scope, hook.owner.name)


def _unique(uses: list[Use]) -> list[Use]:
    """Keep of a use that is met by several ways through the helpers the one of the shortest way."""
    kept: dict[object, Use] = {}
    for use in uses:
        location, is_guarded = use.location, use.is_guarded
        key = (location.path, location.at, use.operation, use.path, use.name, is_guarded)
        if key not in kept or len(use.helpers) < len(kept[key].helpers):
            kept[key] = use
    return list(kept.values())
