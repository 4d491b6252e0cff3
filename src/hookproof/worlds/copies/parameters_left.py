"""Hooks on parameters, which a copy has new ones of: whether the copy is trained without them.

`copy.deepcopy` makes new tensors, and autograd knows none of them (measured on torch 2.13.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from hookproof.finding import Confidence, weaker
from hookproof.interpreter.instances.live_hooks import is_loop_element, loop_root
from hookproof.interpreter.instances.modes import mode_of
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.state import State
from hookproof.interpreter.values import LiveHook
from hookproof.worlds.copies.kept_tensors import Call
from hookproof.worlds.copies.left import Copied
from hookproof.worlds.gradients import Backward, may_learn
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices


def hooks_left(progress: Progress, source: ObjectValue) -> list[LiveHook]:
    """Return the hooks on parameters of a module and its parts, of which a copy has none."""
    return [
        live
        for live in progress.parameter_hooks
        if live not in progress.state.removed
        and progress.is_possible(live)
        and _is_on_parts(progress.state, source, live)
    ]


def _is_on_parts(state: State, source: ObjectValue, live: LiveHook) -> bool:
    receiver = live.receiver
    if not isinstance(receiver, ObjectValue):
        return False
    root = loop_root(receiver) if is_loop_element(receiver) else receiver
    is_on_all = live.registration.receiver == "loop"
    return state.contains(source, root) or (is_on_all and state.contains(root, source))


class LeftBehind(Struct):
    """Judges the hooks on parameters in one program; `known` are the definitions of all its hooks."""

    notices: Notices
    calls: Sequence[Call]
    backwards: Sequence[Backward]
    known: frozenset[tuple[str, int]]

    def of(self, copied: Copied) -> Iterator[tuple[LiveHook, Confidence]]:
        """Yield the hooks that a copy is trained without, and how sure it is that this is noticed."""
        if copied.result is None or not copied.left:
            return
        moments, sure = self._training(copied, copied.result)
        for live in copied.left if moments else ():
            if self._is_put_on_anew(live, copied.result):
                continue
            missing = Missing(
                live, copied.source, copied.source.module_class, copied.entry.location, False, moments
            )
            weight = CONFIDENCE[self.notices.loss(missing, self.known)]
            # Who puts hooks on under a condition may mean one way of several, and copy on another.
            if weight is not None and not live.is_conditional:
                yield live, weaker(weight, sure)

    def _training(self, copied: Copied, result: ObjectValue) -> tuple[list[Moment], Confidence]:
        """Return when gradients of a copy are computed, certainly where it is seen of what they are.

        Where another model is called as well, as the original, a loss may be of that.
        """
        state = self.notices.progress.state
        if mode_of(state, result, "requires_grad") is False:
            return [], "likely"
        is_frozen = any(name == "requires_grad" for _, name in state.modes)
        own = [
            Moment(each.location, "called")
            for each in self.backwards
            if each.module is not None and copied.is_of(each.module, state)
        ]
        if own:
            return own, "likely" if is_frozen else "certain"
        after = [call for call in self.calls if call.order > copied.order and call.has_grad]
        called = [call for call in after if copied.is_of(call.module, state)]
        is_other_called = any(may_learn(call.module) for call in after if call not in called)
        if not called or is_other_called or is_frozen:
            return [], "likely"
        later = [each for each in self.backwards if each.order > called[0].order]
        return [Moment(each.location, "called") for each in later], "likely"

    def _is_put_on_anew(self, live: LiveHook, result: ObjectValue) -> bool:
        """Whether the parameters of the copy get the same hook."""
        progress, definitions = self.notices.progress, {hook.definition for hook in live.hooks}
        return any(
            _is_on_parts(progress.state, result, other)
            and not definitions.isdisjoint(hook.definition for hook in other.hooks)
            for other in progress.parameter_hooks
        )
