"""Hooks on parameters that are no longer those of their module, which is trained without them.

Autograd keeps a hook with its tensor. What gives a module other tensors leaves it behind: an assignment, and
`load_state_dict(assign=True)`; what changes the numbers of a tensor does not (measured on torch 2.13.0).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct, field

from hookproof.finding import Confidence, weaker
from hookproof.interpreter.domain import Values, only
from hookproof.interpreter.instances.live_hooks import is_loop_element, loop_root
from hookproof.interpreter.instances.modes import mode_of
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.values import LiveHook
from hookproof.semantic.location import Location
from hookproof.worlds.gradients import Backward, may_learn
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices

Cause: TypeAlias = Literal["on a parameter that is replaced", "on a parameter that loading replaces"]


class Replaced(Struct, eq=False):
    """A hook whose parameter is not its module's any more: why, when, and how sure that is.

    `location` is where that came about, None where it is not known. Gradients are computed of that module at
    `own` moments, and at `others` of nobody knows what.
    """

    live: LiveHook
    module: ObjectValue
    cause: Cause
    order: int
    sure: Confidence
    location: Location | None = None
    is_put_on_anew: bool = False
    own: list[Moment] = field(default_factory=list)
    others: list[Moment] = field(default_factory=list)


class Replacements(Struct):
    """The hooks on parameters that one program leaves behind."""

    progress: Progress
    found: list[Replaced] = field(default_factory=list)
    calls: list[tuple[int, ObjectValue]] = field(default_factory=list)  # with gradients

    def set(self, owner: ObjectValue, name: str, values: Values) -> None:
        """Hear of an attribute that is set, perhaps a parameter."""
        if not self.progress.parameter_hooks or not values:
            return
        for live in self.progress.parameter_hooks:
            if live.receiver is not owner or live.parameter != name:
                continue
            new = only(values)
            is_back = isinstance(new, ObjectValue) and new.parent is owner and new.name == name
            self.found = [each for each in self.found if each.live is not live]
            if not is_back:
                self._leave(live, owner, "on a parameter that is replaced")

    def assigned(self, module: ObjectValue, location: Location) -> None:
        """Hear of a module, and all its parts, that is given other tensors as its parameters."""
        state = self.progress.state
        for live in self.progress.parameter_hooks:
            receiver = live.receiver
            if not isinstance(receiver, ObjectValue):
                continue
            root = loop_root(receiver) if is_loop_element(receiver) else receiver
            if state.contains(module, root):
                self._leave(live, receiver, "on a parameter that loading replaces", location)

    def _leave(
        self, live: LiveHook, module: ObjectValue, cause: Cause, location: Location | None = None
    ) -> None:
        progress = self.progress
        is_there = live not in progress.state.removed and progress.is_possible(live)
        if not is_there or live.is_conditional or progress.expected:
            return
        sure: Confidence = "likely" if progress.choices or len(live.hooks) != 1 else "certain"
        self.found.append(Replaced(live, module, cause, progress.tick(), sure, location))

    def computed(self, backward: Backward) -> None:
        """Hear of gradients that are computed, perhaps without the hooks that were left behind."""
        moment = Moment(backward.location, "called")
        for each in self.found:
            if each.live in self.progress.state.removed or each.is_put_on_anew:
                continue
            each.is_put_on_anew = any(
                other.order > each.order and self._is_near(each.module, other.receiver)
                for other in self.progress.parameter_hooks
            )
            if self._is_near(each.module, backward.module):
                each.own.append(moment)
            elif backward.module is None and self._is_called(each):
                each.others.append(moment)

    def _is_called(self, each: Replaced) -> bool:
        """Whether a module was called, and no other that may learn, since a hook of it was left behind."""
        called = [module for order, module in self.calls if order > each.order]
        return bool(called) and all(
            self._is_near(each.module, module) or not may_learn(module) for module in called
        )

    def _is_near(self, one: ObjectValue, other: object) -> bool:
        if not isinstance(other, ObjectValue):
            return False
        roots = [loop_root(each) if is_loop_element(each) else each for each in (one, other)]
        contains = self.progress.state.contains
        return contains(roots[0], roots[1]) or contains(roots[1], roots[0])

    def missed(
        self, notices: Notices, known: frozenset[tuple[str, int]]
    ) -> Iterator[tuple[Replaced, Location, Confidence]]:
        """Yield what gradients are computed without, where first, and how sure it is that this is noticed."""
        for each in self.found:
            moments = each.own or each.others
            is_frozen = mode_of(self.progress.state, each.module, "requires_grad") is False
            if not moments or each.is_put_on_anew or is_frozen:
                continue
            made = each.location or each.live.registration.location
            missing = Missing(each.live, each.module, each.module.module_class, made, False, moments)
            weight = CONFIDENCE[notices.loss(missing, known)]
            if weight is not None:
                sure = each.sure if each.own else "likely"
                yield each, moments[0].location, weaker(weight, sure)
