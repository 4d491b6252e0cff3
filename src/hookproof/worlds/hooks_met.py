"""Which hooks a module has, with those of its parts, at the moment when it is taken out of eager mode."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.interpreter.instances.live_hooks import loop_root
from hookproof.interpreter.instances.loop_classes import has_left
from hookproof.interpreter.instances.narrowing import holds
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.values import LiveHook


def hooks_met(progress: Progress, module: ObjectValue) -> tuple[LiveHook, ...]:
    """Return the hooks on a module and its parts, in order; those of a loop around it are its own."""
    own = (
        replace(live, receiver=module, reaches_children=False, is_for_all=False)
        for live in progress.state.hooks_on_each(module)
    )
    hooks = filter(progress.is_possible, (*progress.state.hooks_within(module), *own))
    return tuple(sorted(hooks, key=lambda live: live.order))


def is_met(progress: Progress, live: LiveHook) -> bool | None:
    """Return whether a module that leaves eager mode has a hook: None where a condition may keep it off."""
    receiver = live.receiver
    if not isinstance(receiver, ObjectValue) or not live.reaches_children:
        return True
    if not has_left(progress.state, live, receiver):
        return False
    if receiver.narrowed:
        return holds(progress.state, loop_root(receiver), receiver, live.order)
    return True if live.is_for_all else None  # perhaps none of the modules meets the condition
