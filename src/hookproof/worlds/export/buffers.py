"""What export puts back: the attributes that a hook sets on modules while these are exported.

Measured on torch 2.13.0.
"""

from __future__ import annotations

from hookproof.interpreter.effect import Effect
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.values import Hook, LiveHook
from hookproof.semantic.names import Node
from hookproof.worlds.export.exported import Exported


def owner_of_buffer(effect: Effect, hook: Hook, live: LiveHook) -> ObjectValue | None:
    """Return the module whose buffer a hook binds anew: the hooked one, or the one that it is a method of."""
    name = effect.node[1] if effect.node is not None else None
    own = hook.function.parameters[0].name if hook.function is not None and hook.bound_self else None
    owner = live.receiver if effect.on_module else hook.bound_self if effect.owner == own else None
    cls = owner.module_class if isinstance(owner, ObjectValue) else None
    fact = cls.attribute(name) if cls is not None and isinstance(name, str) else None
    is_bound = fact is not None and fact.kind == "buffer" and not (effect.is_inside or effect.in_place)
    return owner if is_bound and isinstance(owner, ObjectValue) else None


def is_put_back(live: LiveHook, exported: Exported, node: Node | None) -> bool:
    """Whether export puts back what a hook sets on its module: an attribute that was there before."""
    receiver, name = live.receiver, node[1] if node is not None else None
    cls = receiver.module_class if isinstance(receiver, ObjectValue) else None
    return exported.was_called or cls is None or (isinstance(name, str) and cls.attribute(name) is not None)
