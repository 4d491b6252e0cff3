"""What a compiled model does with one of its parts that hooks change: calls it, and needs a Tensor of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hookproof.classes.part_calls import ResultUse, part_calls, takes_tensor
from hookproof.interpreter.instances.current_class import current_class, parent_of
from hookproof.interpreter.instances.live_hooks import misses_arguments
from hookproof.interpreter.objects import ObjectValue
from hookproof.semantic.location import Location

if TYPE_CHECKING:
    from hookproof.interpreter.state import State
    from hookproof.interpreter.values import ScriptValue
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project

_SEQUENTIAL = "torch.nn.Sequential"


def result_uses(
    state: State, module: ObjectValue, receiver: ObjectValue, project: Project
) -> tuple[ResultUse, ...]:
    """Return where the compiled `module` needs a Tensor of what its part `receiver` returns."""
    found = parent_of(state, receiver) if receiver is not module else None
    if found is None or not state.contains(module, found[0]):
        return ()
    owner, name = current_class(state, found[0]), found[1]
    if owner is None:
        return ()
    if owner.qualname == _SEQUENTIAL and owner.definition is None:
        return (ResultUse("argument"),) if _has_tensor_layer_behind(owner, name) else ()
    return tuple(part_calls(owner, name, project).uses)


def short_calls(
    state: State, receiver: ObjectValue | ScriptValue | None, project: Project
) -> Iterator[Location]:
    """Yield the calls of a submodule by its parent that leave out arguments, or give them by keyword."""
    if not isinstance(receiver, ObjectValue):
        return
    found, cls = parent_of(state, receiver), receiver.module_class
    owner = found[0].module_class if found is not None else None
    if found is None or owner is None or cls is None or cls.is_overloaded:
        return
    for call, location in part_calls(owner, found[1], project).calls:
        if misses_arguments(cls, call):
            yield location


def _has_tensor_layer_behind(owner: ModuleClass, name: str) -> bool:
    layers = owner.elements or ()
    behind = layers[int(name) + 1] if name.isdecimal() and int(name) + 1 < len(layers) else None
    return behind is not None and takes_tensor(behind)
