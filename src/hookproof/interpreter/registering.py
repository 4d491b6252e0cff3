"""What a registration does: the hook is on its receiver from then on, and the worlds hear of it."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.interpreter.instances.live_hooks import is_kept_out, is_loop_element, loop_element
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.sites import Registration
from hookproof.interpreter.values import HandleValue, Hook, LiveHook, ScriptValue


def register(
    listener: Listener,
    receiver: ObjectValue | ScriptValue | None,
    registration: Registration,
    hooks: tuple[Hook, ...],
    *,
    is_unbound: bool = False,
) -> HandleValue:
    """Put a hook on a receiver (None: on every module), tell the worlds, and return its handle."""
    progress = listener.progress
    is_guarded = progress.guards > 0 or (isinstance(receiver, ObjectValue) and is_kept_out(receiver))
    registration = replace(registration, guarded=is_guarded)
    live = LiveHook(
        registration,
        hooks,
        receiver,
        progress.tick(),
        is_loop_element(receiver),
        tuple(filter(progress.is_possible, progress.state.copies)),
        isinstance(receiver, ObjectValue) and progress.loops.get(loop_element(receiver)) == progress.choices,
        progress.assumed,
        progress.choices > 0,
    )
    if isinstance(receiver, ScriptValue) and not progress.is_possible(receiver):
        return HandleValue(live)
    if progress.misnamed is not None and progress.is_passing_over:
        progress.misnamed.append(live)
        return HandleValue(live)
    again = None if progress.is_again else live
    is_one = progress.callees > 1
    progress.sites.append(Site(registration, hooks, receiver, is_guarded, progress.project, again, is_one))
    if receiver is None and progress.misnamed is None:
        progress.state.global_hooks = (*progress.state.global_hooks, live)
    if progress.misnamed is not None:
        progress.misnamed.append(live)
        return HandleValue(live)
    listener.registered(live, is_unbound=is_unbound)
    if isinstance(receiver, ObjectValue):
        progress.state.add_hook(receiver, live)
    return HandleValue(live)


def register_on_parameter(
    progress: Progress,
    module: ObjectValue,
    registration: Registration,
    hooks: tuple[Hook, ...],
    parameter: str | None,
) -> HandleValue:
    """Put a hook on parameters of a module, of which no call tells anybody; return its handle."""
    order, is_choice = progress.tick(), progress.choices > 0
    live = LiveHook(
        registration,
        hooks,
        module,
        order,
        assumed=progress.assumed,
        is_conditional=is_choice,
        parameter=parameter,
    )
    again = None if progress.is_again else live
    progress.sites.append(Site(registration, hooks, module, progress.guards > 0, progress.project, again))
    progress.parameter_hooks.append(live)
    return HandleValue(live)
