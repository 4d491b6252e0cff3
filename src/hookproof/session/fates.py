"""What becomes of a hook in every world: as the code shows, else as if its module were moved there.

What the code does not show comes from three places, the strongest first: what a rule says of the hook when
its module is taken to go to the world, what was probed of hooks of its kind and place in the version of torch
that is spoken of, and the data of the world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hookproof.interpreter.hook_effects import effects_of
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.interpreter.values import Hook
from hookproof.report import HookFate, WorldFate
from hookproof.rules.registry import rules
from hookproof.session.judge import findings_of
from hookproof.worlds import registry
from hookproof.worlds.fx.leaves import is_leaf
from hookproof.worlds.outcome import Outcome
from hookproof.worlds.torchscript.unfollowed import as_if_scripted
from hookproof.worlds.world import Fates, World, kind_of

_PLACES = ("root", "child", "leaf")
_WORDS: dict[str, HookFate] = {
    "kept": "survives",
    "compiled": "survives",
    "runs once": "runs once",
    "dropped": "dropped",
    "not called": "not called",
    "duplicated": "duplicated",
    "refused": "refused",
}


def fates_of(
    group: Sequence[Site], hooks: Sequence[Hook], outcomes: Iterable[Outcome]
) -> Iterator[WorldFate]:
    """Yield what becomes in each world of the hooks that the sites of a group, one registration, register."""
    known, found = list(outcomes), dict[str, WorldFate]()
    for world in registry.worlds():
        firm = [each for each in known if each.confidence != "possible" and mode_of(each) == world.name]
        assumed = [each for each in known if each.confidence == "possible" and _is_about(each, world)]
        if not (firm or assumed) and _usually(world, group) == {"compiled"}:
            # Where a hook was followed to another world nothing was guessed of this one.
            assumed = [each for site in group for each in as_if_scripted(site)]
        fate, codes = _told(firm or assumed)
        if fate is None or (fate == "survives" and not firm):
            fate = _usual(world, group, hooks)
        before = found.get(world.after)
        if before is not None and before.fate == "refused" and not firm:
            fate, codes = before.fate, before.codes
        found[world.name] = WorldFate(world.name, fate, codes)
        yield found[world.name]


def mode_of(outcome: Outcome) -> str | None:
    """Return the name of the world that an outcome is about, which may have no entry point at all."""
    if outcome.mode is not None:
        return outcome.mode
    worlds = [each.name for each in registry.worlds() if _stands_in(outcome, each)]
    return worlds[0] if len(worlds) == 1 else None


def _stands_in(outcome: Outcome, world: World) -> bool:
    return any(standing.name == outcome.world for standing in world.standings)


def _is_about(outcome: Outcome, world: World) -> bool:
    """Whether an outcome that is only assumed says what becomes of a hook in a world.

    When the hook is registered is not known there: it is taken to be before.
    """
    on_the_way = (world, *((registry.world(world.after),) if world.after else ()))
    is_there = any(_stands_in(outcome, each) for each in on_the_way)
    return is_there and outcome.world != "registration" and outcome.fate != "not called"


def _told(outcomes: Sequence[Outcome]) -> tuple[HookFate | None, tuple[str, ...]]:
    """Return what the outcomes come to together, with the codes of the rules that say so."""
    found = [(rule, finding) for outcome in outcomes for rule, finding in findings_of(outcome, rules())]
    raising = sorted({finding.code for rule, finding in found if rule.outcome == "raises"})
    silent = sorted({finding.code for rule, finding in found if rule.outcome == "silent"})
    if raising:
        return "refused", tuple(raising)
    fates = {_WORDS.get(outcome.fate or "", "unknown") for outcome in outcomes} - {"unknown"}
    worst = next((word for word in reversed(_WORDS.values()) if word in fates), None)
    if worst == "survives" and silent:
        return "differs", tuple(silent)
    return worst, tuple(silent)


def _usual(world: World, group: Sequence[Site], hooks: Sequence[Hook]) -> HookFate:
    """Return what a world does to hooks of this kind, at this place, that are registered before."""
    kind = kind_of(group[0].registration.api)
    fates = {_WORDS.get(fate, "unknown") for fate in _usually(world, group)}
    if fates == {"runs once"} and kind in {"forward", "forward-pre"}:
        return _once(world, group[0], hooks)
    return fates.pop() if len(fates) == 1 else "depends"


def _usually(world: World, group: Sequence[Site]) -> set[str]:
    """Return what a world does to hooks of this kind, wherever in the model these may be."""
    kind, project = kind_of(group[0].registration.api), group[0].project
    data = world.fates.get(kind, Fates()).before
    probed = project.facts.fates.get(world.probed or world.name, {}).get(kind, {}).get("before", data)
    return set(_at(probed, _places(group)))


def _once(world: World, site: Site, hooks: Sequence[Hook]) -> HookFate:
    """Return what it comes to that a hook runs once: its result stays, what else it leaves does not."""
    if not hooks or any(hook.function is None for hook in hooks):
        return "unknown"
    names = frozenset({world.name})
    effects = [each for hook in hooks for each in effects_of(hook, site.project, worlds=names)]
    return "runs once" if any(effect.kind != "result" for effect in effects) else "survives"


def _at(probed: Any, places: Iterable[str]) -> Iterator[str]:
    for place in places:
        yield probed[place] if isinstance(probed, dict) else probed


def _places(group: Sequence[Site]) -> tuple[str, ...]:
    """Return where the hook may be: a module of torch's own is a leaf, a part of another no root."""
    places: set[str] = set()
    for site in group:
        receiver = site.receiver
        if not isinstance(receiver, ObjectValue):
            return _PLACES
        if is_leaf(receiver.module_class):
            places.add("leaf")
        else:
            places.update(("child",) if receiver.form == "attribute" else _PLACES)
    return tuple(place for place in _PLACES if place in places)
