"""The forward hooks on the parts of a hooked module, which may change what type its forward returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hookproof.interpreter.instances.live_hooks import gives_result, is_loop_element
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.values import Hook, LiveHook, ScriptValue


def result_givers(registered: Iterable[LiveHook]) -> tuple[LiveHook, ...]:
    """Return the forward hooks on modules that return a value on some way."""
    return tuple(
        live
        for live in registered
        if live.registration.is_forward
        and not live.registration.is_pre
        and any(map(gives_result, live.hooks))
    )


def inner_hooks(
    receiver: ObjectValue | ScriptValue | None,
    givers: Iterable[LiveHook],
    contains: Callable[[ObjectValue, ObjectValue], bool],
) -> tuple[Hook, ...]:
    """Return those of the `givers` that are on a part of `receiver`.

    What a loop puts on every module of a model may be on a part of each of them.
    """
    if not isinstance(receiver, ObjectValue):
        return ()
    return tuple(
        hook
        for live in givers
        if is_loop_element(live.receiver)
        or (
            isinstance(live.receiver, ObjectValue)
            and live.receiver is not receiver
            and contains(receiver, live.receiver)
        )
        for hook in live.hooks
    )
