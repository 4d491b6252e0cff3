"""Which hooks keep an output with its graph where it is copied with the module: `deepcopy` refuses those."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from hookproof.finding import Confidence
from hookproof.interpreter.domain import only
from hookproof.interpreter.effect import Effect
from hookproof.interpreter.instances.modes import mode_of
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import State
from hookproof.interpreter.values import Hook, LiveHook
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.copies.left import Copied
from hookproof.worlds.notices import Missing, Notices
from hookproof.worlds.owners import owner_of
from hookproof.worlds.world import kind_of


class Call(Struct, frozen=True, eq=False):
    """A call of a module: when, whether gradients were on, and whether no condition keeps it off."""

    module: ObjectValue
    call: ir.Call
    location: Location
    order: int
    has_grad: bool
    is_sure: bool


def keeps_tensor(
    live: LiveHook, copied: Copied, calls: Sequence[Call], notices: Notices, *, is_gone: bool
) -> Confidence | None:
    """Return how sure it is that what a hook keeps makes the copy fail, None where nothing says so."""
    state, receiver = copied.state, live.receiver
    if state is None or not isinstance(receiver, ObjectValue) or kind_of(live.registration.api) != "forward":
        return None
    call = _last_call(live, receiver, calls, state)
    if call is None or mode_of(state, receiver, "requires_grad") is False:
        return None
    cls = receiver.module_class
    is_frozen = any(name == "requires_grad" for _, name in state.modes)
    is_sure = call.is_sure and not is_frozen and cls is not None and cls.learns
    for hook in live.hooks:
        for effect in notices.effects(hook, live):
            if not effect.in_graph or effect.node is None or effect.node[0] != "attribute":
                continue
            owner = _owner(effect, hook, live, copied, notices, is_gone=is_gone)
            if owner is not None and not _is_reset(effect, owner, call, copied, live, notices):
                return "certain" if is_sure and effect.is_sure else "likely"
    return None


def _last_call(live: LiveHook, receiver: ObjectValue, calls: Sequence[Call], state: State) -> Call | None:
    """Return the last call while a hook was there that runs it; nothing where that has no gradients."""
    gone = state.removed.get(live)
    found = [
        call
        for call in calls
        if call.order > live.order
        and (gone is None or call.order < gone[0])
        and state.contains(call.module, receiver)
    ]
    return found[-1] if found and found[-1].has_grad else None


def _owner(
    effect: Effect, hook: Hook, live: LiveHook, copied: Copied, notices: Notices, *, is_gone: bool
) -> ObjectValue | None:
    """Return the object that keeps the tensor, where the copy has it too."""
    receiver = live.receiver
    if effect.on_module:
        return receiver if isinstance(receiver, ObjectValue) else None
    owner = only(owner_of(effect, hook, notices.progress.named))
    if not isinstance(owner, ObjectValue) or copied.state is None:
        return None
    if copied.state.contains(copied.source, owner):
        return owner
    return owner if owner is hook.bound_self and not is_gone else None


def _is_reset(
    effect: Effect, owner: ObjectValue, call: Call, copied: Copied, live: LiveHook, notices: Notices
) -> bool:
    """Whether the program may have thrown away what was kept before the copy is made."""
    name = str(effect.node[1]) if effect.node is not None else ""
    if copied.state is None or copied.state.of(owner).changed.get(name, 0) > call.order:
        return True
    source, moments = copied.source, [Moment(call.location, "called")]
    missing = Missing(live, source, source.module_class, copied.entry.location, False, moments)
    return notices.resets(missing, effect)
