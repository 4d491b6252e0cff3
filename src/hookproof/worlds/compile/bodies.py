"""What the bodies of hooks come to where they are compiled: what is left out, what can't be in one graph."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.interpreter.effect import Effect
from hookproof.interpreter.graph_breaks import graph_breaks
from hookproof.interpreter.hook_conditions import inside
from hookproof.interpreter.hook_effects import effects_of
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.values import Hook, LiveHook
from hookproof.semantic.bindings import names_in
from hookproof.semantic.location import Location
from hookproof.worlds.compile.regions import Region, is_seen_by_compiler
from hookproof.worlds.world import kind_of

_NOWHERE: frozenset[str] = frozenset()


def left_out(live: LiveHook, progress: Progress, worlds: frozenset[str]) -> list[Effect]:
    """Return what a hook does in eager mode only, for it asks whether it is compiled."""
    found: list[Effect] = []
    for hook in live.hooks:
        in_eager, compiled = (
            effects_of(hook, progress.project, progress.decide, worlds=asked, receiver=live.receiver)
            for asked in (_NOWHERE, frozenset(map(inside, worlds)))
        )
        found += [effect for effect in in_eager if effect not in compiled]
    return found


def breaks_of(
    live: LiveHook, region: Region, progress: Progress, worlds: frozenset[str]
) -> Iterator[tuple[Location | None, bool]]:
    """Yield what of a hook can't be in the only graph, and whether that is sure to be met."""
    if region.options.get("fullgraph") is not True or not is_seen_by_compiler(live, region, progress):
        return
    kind = kind_of(live.registration.api)
    if kind in {"backward", "backward-pre"}:
        if live.receiver is not region.root:
            yield None, True
        return
    for hook in live.hooks if kind in {"forward", "forward-pre"} else ():
        for found in graph_breaks(hook, progress.project, frozenset(map(inside, worlds))):
            yield found.location, found.is_sure


def is_disabled(hook: Hook) -> bool:
    """Whether a hook says that it is not to be compiled."""
    decorators = hook.function.decorators if hook.function is not None else ()
    return any("disable" in names_in(each) or _ends_in_disable(each) for each in decorators)


def _ends_in_disable(decorator: object) -> bool:
    function = getattr(decorator, "func", decorator)
    return getattr(function, "attr", "") == "disable"


def goes_back(live: LiveHook, moments: list[Moment]) -> bool:
    """Whether gradients are asked for where the hook is registered or its module called."""
    files = {live.registration.location.path: live.registration.location.file}
    files.update((moment.location.path, moment.location.file) for moment in moments)
    return any(word in file.text for file in files.values() for word in (".backward(", "autograd.grad("))
