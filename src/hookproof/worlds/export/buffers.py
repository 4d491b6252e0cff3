"""What export puts back: the attributes that a hook sets on modules while these are exported.

Measured on torch 2.13.0. Lists and dicts that such an attribute holds are put back with what was in them.
"""

from __future__ import annotations

from hookproof.interpreter.domain import only
from hookproof.interpreter.effect import Effect
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.values import Hook, LiveHook
from hookproof.worlds.export.exported import Exported
from hookproof.worlds.owners import owner_of


def owner_of_buffer(effect: Effect, hook: Hook, live: LiveHook) -> ObjectValue | None:
    """Return the module whose buffer a hook binds anew: the hooked one, or the one that it is a method of."""
    name = effect.node[1] if effect.node is not None else None
    own = hook.function.parameters[0].name if hook.function is not None and hook.bound_self else None
    owner = live.receiver if effect.on_module else hook.bound_self if effect.owner == own else None
    cls = owner.module_class if isinstance(owner, ObjectValue) else None
    fact = cls.attribute(name) if cls is not None and isinstance(name, str) else None
    is_bound = fact is not None and fact.kind == "buffer" and not (effect.is_inside or effect.in_place)
    return owner if is_bound and isinstance(owner, ObjectValue) else None


def is_put_back(effect: Effect, hook: Hook, live: LiveHook, exported: Exported, progress: Progress) -> bool:
    """Whether export puts back what a hook sets: an attribute of a module in it that was there before."""
    if effect.node is None or effect.node[0] != "attribute":
        return False
    owner = live.receiver if effect.on_module else only(owner_of(effect, hook, progress.named))
    if not isinstance(owner, ObjectValue):
        return effect.on_module
    cls, name = owner.module_class, effect.node[1]
    if not effect.on_module and (cls is None or not progress.state.contains(exported.source, owner)):
        return False
    if cls is None:
        return True
    fact = cls.attribute(effect.part or str(name))
    if effect.part is not None:
        return fact is None or fact.kind in {"submodule", "unknown"}
    if effect.is_inside and fact is not None and fact.type.python == "set":
        return False  # a set is kept as it is
    return exported.was_called or (fact is not None and fact.kind not in {"late value", "class value"})
