"""Whom the hook of a copy writes to: the original that it closes over, or a recorder copied along with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.finding import Confidence
from hookproof.interpreter.domain import only
from hookproof.interpreter.effect import Effect
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.values import Hook, LiveHook
from hookproof.syntax import ir
from hookproof.worlds.copies.kept_tensors import Call
from hookproof.worlds.copies.left import Copied
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices
from hookproof.worlds.owners import given_to, owner_of

_Event: TypeAlias = Literal["writes to the original", "writes to a copy of its recorder"]


class Sharing(Struct):
    """Judges the hooks of copies in one program; `known` are the definitions of all its hooks."""

    notices: Notices
    calls: Sequence[Call]
    known: frozenset[tuple[str, int]]

    def of(self, live: LiveHook, copied: Copied) -> Iterator[tuple[_Event, Confidence]]:
        """Yield what a hook does elsewhere once a copy is called, and how sure it is that this is noticed."""
        if copied.state is None or not copied.uses:
            return
        for hook in live.hooks:
            for effect in self.notices.effects(hook, live):
                if effect.kind not in {"keeps", "adds"} or effect.node is None or effect.on_module:
                    continue
                event = self._event(effect, hook, copied)
                weight = self._weight(effect, live, copied, event) if event is not None else None
                if event is not None and weight is not None:
                    yield event, weight

    def _event(self, effect: Effect, hook: Hook, copied: Copied) -> _Event | None:
        owner = only(owner_of(effect, hook, self.notices.progress.named))
        if not isinstance(owner, ObjectValue) or copied.state is None:
            return None
        is_copied_too = copied.state.contains(copied.source, owner)
        if owner is hook.bound_self or given_to(effect, hook) is not None:
            return None if is_copied_too else "writes to a copy of its recorder"
        return "writes to the original" if is_copied_too and hook.bound_self is None else None

    def _weight(self, effect: Effect, live: LiveHook, copied: Copied, event: _Event) -> Confidence | None:
        source = copied.source
        missing = Missing(live, source, source.module_class, copied.entry.location, False, copied.uses)
        weight = CONFIDENCE[self.notices.loss_of(effect, missing, self.known)]
        if weight != "certain":
            return weight
        own = self._own_calls(live, copied)
        if effect.kind == "keeps":
            # What both were given alike both have kept alike.
            others = [call.call for call in own]
            is_alike = all(_is_alike(one, other) for one in copied.calls_of_copy for other in others)
            return None if own and is_alike else "likely" if own else weight
        is_extra = event == "writes to a copy of its recorder"
        return "likely" if is_extra and own else weight

    def _own_calls(self, live: LiveHook, copied: Copied) -> list[Call]:
        """Return the calls that run the hook of the original."""
        receiver = live.receiver
        state = copied.state
        if state is None or not isinstance(receiver, ObjectValue):
            return []
        return [
            call for call in self.calls if call.order > live.order and state.contains(call.module, receiver)
        ]


def _is_alike(one: ir.Call, other: ir.Call) -> bool:
    """Whether two calls are given the same variables."""
    names = [
        [each.value.id if isinstance(each.value, ir.Name) else None for each in call.args]
        for call in (one, other)
    ]
    return None not in names[0] and names[0] == names[1]
