"""Hooks that a loop puts on what `torch.compile` gave and on the model inside: one call runs them twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hookproof.finding import Confidence
from hookproof.interpreter.instances.live_hooks import is_loop_element
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ALL_MODULES, ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.interpreter.values import LiveHook
from hookproof.worlds.compile.regions import Region
from hookproof.worlds.notices import CONFIDENCE, Missing, Notices, worst

# What is there once more for each call; what only is kept is the same again.
_COUNTED = frozenset({"adds", "says"})


def run_twice(
    sites: Iterable[Site], region: Region, notices: Notices, known: frozenset[tuple[str, int]]
) -> Iterator[tuple[LiveHook, Confidence]]:
    """Yield the hooks that a call of a wrapped module runs once more than one of the module inside."""
    if region.wrapper is None or region.root is None:
        return
    lives = [site.live for site in sites if site.live is not None and len(site.hooks) == 1]
    inside = {live.registration.location for live in lives if live.receiver is region.root}
    for live in lives:
        is_on_both = live.receiver is region.wrapper and live.registration.location in inside
        if not is_on_both and not _is_on_all(live, region):
            continue
        moments = [Moment(call.location, "called") for call in region.calls if call.order > live.order]
        cls = region.root.module_class
        missing = Missing(live, region.root, cls, region.entry.location, False, moments)
        effects = (effect for hook in live.hooks for effect in notices.effects(hook, live))
        counted = [each for each in effects if each.kind in _COUNTED and not each.on_module]
        confidence = CONFIDENCE[worst(notices.loss_of(effect, missing, known) for effect in counted)]
        if confidence is not None:
            yield live, confidence


def _is_on_all(live: LiveHook, region: Region) -> bool:
    """Whether a hook is on each of the modules of a wrapper, itself and the one inside among them."""
    receiver = live.receiver
    if not isinstance(receiver, ObjectValue) or not is_loop_element(receiver):
        return False
    return receiver.parent is region.wrapper and receiver.name == ALL_MODULES and not live.is_conditional
