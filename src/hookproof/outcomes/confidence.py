"""How sure a case is whose hook could not be followed to the end: other roots may tell what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.finding import TRACED_ONLY, Confidence
from hookproof.interpreter.instances.live_hooks import Steps, in_running_order
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.interpreter.sites import Entry
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.place import Place
from hookproof.semantic.project import Project
from hookproof.source.text import SourceError
from hookproof.worker_pool import WorkerPool
from hookproof.worlds import registry
from hookproof.worlds.case import Case, Exposure, Order
from hookproof.worlds.torchscript.decorated_hooks import as_compiled
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.torchscript.inner_hooks import inner_hooks, result_givers
from hookproof.worlds.torchscript.siblings import NO_SIBLINGS, siblings_by_receiver


class Found(Struct):
    """What one root found out that settles confidence across roots.

    `place` is the function that was run, None for a file's own statements; `entered` are those it called.
    `classes` are those of receivers on which something was set that their class knows nothing of.
    """

    order: Order
    place: Place | None
    entered: set[Place]
    sites: list[Site]
    exposures: list[Exposure]
    removed: set[Place]
    escaped: set[ObjectValue]
    is_cut_short: bool = False
    classes: dict[ObjectValue, ModuleClass | None] = field(default_factory=dict)

    def class_of(self, site: Site) -> ModuleClass | None:
        """Return the class of the module that a site registers a hook on, as the module is in the end."""
        receiver = site.receiver
        if not isinstance(receiver, ObjectValue):
            return None
        return self.classes.get(receiver, receiver.module_class)


# A place and an entry point as one process tells them to another.
_Spot: TypeAlias = tuple[str, int]
_Exposed: TypeAlias = dict[str, tuple[Order, str, _Spot]]


def settled(
    found: Sequence[Found],
    cases: Iterable[Case],
    project: Project,
    scripted: frozenset[str],
    pool: WorkerPool,
) -> Iterator[Case]:
    """Yield what could not be followed to the end: `likely` for scripted classes, `possible` for the rest.

    `cases` are those that were followed. What the members of the pool found is taken together; of the same
    case from several of them, the best one is yielded by the first that has it.
    """
    exposed = _entries(pool.share(_exposed_classes(found)), project)
    judged = _judged(found, pool)
    # That a hook runs while tracing says nothing of what scripting would make of it.
    traced, told = set[_Spot](), set[_Spot]()
    own = {standing.name for world in registry.worlds() if world.is_guessed for standing in world.standings}
    for case in (case for case in cases if case.world in own):
        (traced if case.event == "runs while tracing" else told).add(_spot(case.registration.place))
    followed = pool.share(told)
    only_traced = set[_Spot]().union(*pool.share(traced))
    gone = _removed_by_callers(found, pool)
    # Where more is known than a guess.
    said = gone.union(*followed)
    best: dict[object, tuple[tuple[bool, bool], Order, Case]] = {}
    first: dict[object, Order] = {}
    for root in found:
        unfollowed = (
            case
            for site in root.sites
            if not judged.holds(root, root.class_of(site))
            for case in _parsed(_unfollowed(site, root, exposed, scripted, project))
        )
        for number, case in enumerate(unfollowed):
            spot = _spot(case.registration.place)
            if case.event is None and spot in (said if case.confidence == "possible" else gone):
                continue
            if case.event is None and spot in only_traced and case.confidence == "possible":
                case = replace(case, steps=(*case.steps, (case.registration.place, TRACED_ONLY)))
            key, order = _key(case), (*root.order, number)
            first.setdefault(key, order)
            known = best.get(key)
            if known is None or _rank(case) > known[0]:
                best[key] = (_rank(case), order, case)
    offers = pool.share({key: (rank, order, first[key]) for key, (rank, order, _) in best.items()})
    for key, (rank, order, case) in best.items():
        same = [offer[key] for offer in offers if key in offer]
        highest = max(other[0] for other in same)
        if (rank, order) == (highest, min(other[1] for other in same if other[0] == highest)):
            yield replace(case, order=(2, *min(other[2] for other in same)))


class _Judged:
    """Which roots are called by others that also bring a module class to its entry points.

    What comes of a hook that such a root puts on a module of that class is known from these others.
    `exposing` are the roots that bring a class there, `together` the functions that one root ran.
    """

    def __init__(self, exposing: Mapping[str, set[_Spot]], together: Sequence[frozenset[_Spot]]) -> None:
        self._exposing, self._together = exposing, together
        self._around: dict[_Spot, list[int]] = {}
        for number, spots in enumerate(together):
            for spot in spots:
                self._around.setdefault(spot, []).append(number)
        self._known: dict[tuple[str, tuple[int, ...]], bool] = {}

    def holds(self, root: Found, cls: ModuleClass | None) -> bool:
        """Whether the caller of `root` was followed to wherever a class is known to leave eager mode."""
        exposing = self._exposing.get(cls.qualname) if cls is not None else None
        if cls is None or not exposing:
            return False
        numbers = tuple(self._around.get(_root_spot(root), ()))
        key = (cls.qualname, numbers)
        if key not in self._known:
            beside = frozenset[_Spot]().union(*(self._together[number] for number in numbers))
            self._known[key] = exposing <= beside
        return self._known[key]


def _judged(found: Sequence[Found], pool: WorkerPool) -> _Judged:
    own: dict[str, set[_Spot]] = {}
    for root in found:
        for qualname in _exposed_classes([root]):
            own.setdefault(qualname, set()).add(_root_spot(root))
    exposing: dict[str, set[_Spot]] = {}
    for one in pool.share(own):
        for qualname, spots in one.items():
            exposing.setdefault(qualname, set()).update(spots)
    wanted = set[_Spot]().union(*exposing.values())
    together = [
        spots
        for root in found
        if not root.is_cut_short
        and not wanted.isdisjoint(spots := {_root_spot(root), *map(_spot, root.entered)})
    ]
    return _Judged(exposing, [frozenset(spots) for one in pool.share(together) for spots in one])


def _root_spot(root: Found) -> _Spot:
    """Return what tells a root from others: its function, or the file whose own statements it runs."""
    return _spot(root.place) if root.place is not None else (str(root.order[0]), root.order[1])


def _spot(place: Place) -> _Spot:
    return place.path, place.at


def _key(case: Case) -> object:
    hook = None if case.hook is None else _spot(case.hook.definition)
    return (_spot(case.registration.place), hook, case.world, case.event)


def _entries(exposed: Iterable[_Exposed], project: Project) -> dict[str, Entry]:
    """Return the entry point that each class meets first."""
    earliest: _Exposed = {}
    for one in exposed:
        for qualname, entry in one.items():
            if qualname not in earliest or entry[0] < earliest[qualname][0]:
                earliest[qualname] = entry
    entries = {}
    for qualname, (_, api, (path, at)) in earliest.items():
        file = project.file(path)
        if file is not None:
            entries[qualname] = Entry(api, Place(file, at))
    return entries


def _rank(case: Case) -> tuple[bool, bool]:
    return case.confidence == "likely", case.module_class is not None


def _exposed_classes(found: Sequence[Found]) -> _Exposed:
    exposed: _Exposed = {}
    for root in found:
        for exposure in root.exposures:
            entry = (root.order, exposure.entry.api, _spot(exposure.entry.place))
            pending = [exposure.receiver.module_class]
            while pending:
                cls = pending.pop()
                if (
                    cls is not None
                    and cls.qualname not in exposed
                    and not cls.qualname.startswith("torch.nn.")
                ):
                    exposed[cls.qualname] = entry
                    with suppress(SourceError):  # a class that does not parse has no parts that are known
                        pending.extend(cls.submodules().values())
    return exposed


def _removed_by_callers(found: Sequence[Found], pool: WorkerPool) -> set[_Spot]:
    """Return the registrations that are taken off again in every root that meets them uncalled.

    Of the roots that meet a registration, those that others of them enter say less than these.
    """
    told = [
        (
            None if root.place is None else _spot(root.place),
            {_spot(place) for place in root.entered},
            {_spot(site.registration.place) for site in root.sites},
            {_spot(place) for place in root.removed},
        )
        for root in found
        if root.sites
    ]
    meeting: dict[_Spot, list[tuple[_Spot | None, set[_Spot], bool]]] = {}
    for place, entered, met, removed in chain.from_iterable(pool.share(told)):
        for spot in met:
            meeting.setdefault(spot, []).append((place, entered, spot in removed))
    gone = set()
    for spot, roots in meeting.items():
        called = set[_Spot]().union(*(entered for _, entered, _ in roots))
        outermost = [is_removed for place, _, is_removed in roots if place not in called]
        if outermost and all(outermost):
            gone.add(spot)
    return gone


def _unfollowed(
    site: Site, root: Found, exposed: Mapping[str, Entry], scripted: frozenset[str], project: Project
) -> Iterator[Case]:
    registration, receiver = site.registration, site.receiver
    steps: Steps = ((registration.place, "registered here"),)
    if receiver is None:
        if site.is_guarded or registration.place in root.removed:
            return
        if "forward" in registration.api and "backward" not in registration.api:
            for hook in site.hooks:
                yield Case("script-module", "possible", registration, project, hook, steps=steps)
        return
    if not isinstance(receiver, ObjectValue) or not registration.is_forward:
        return
    if any(receiver.is_within(exposure.receiver) for exposure in root.exposures):
        return
    if receiver.origin.is_created and receiver.origin not in root.escaped:
        return
    # Even a hook that is removed at once has to be registered first.
    # What a condition may have put in its place keeps ScriptModules out as often as not.
    is_replaced = site.is_one_of_many and site.live is not None and not site.live.is_for_all
    if _is_handed_in(receiver) and not site.is_guarded and not is_replaced:
        event: Event = "unguarded registration"
        hook, cls = site.hooks[0], receiver.module_class
        yield Case("registration", "possible", registration, project, hook, cls, event=event, steps=steps)
    if registration.place in root.removed:
        return
    cls = root.class_of(site)
    entry = exposed.get(cls.qualname) if cls is not None else None
    confidence: Confidence = "possible"
    if entry is not None and entry.api != "torch.jit.trace":
        confidence, steps = (
            "likely",
            (*steps, (entry.place, f"this class leaves eager mode here (`{entry.api}`)")),
        )
    elif cls is not None and cls.qualname in scripted:
        confidence = "likely"
    registered = [other.live for other in root.sites if other.live is not None]
    on_it = in_running_order(live for live in registered if live.receiver is receiver)
    siblings = siblings_by_receiver(on_it, lambda hook: as_compiled(hook, project)).get(receiver, NO_SIBLINGS)
    inner = inner_hooks(receiver, result_givers(registered), lambda outer, part: part.is_within(outer))
    for hook in site.hooks:
        yield Case(
            "compiled",
            confidence,
            registration,
            project,
            as_compiled(hook, project),
            cls,
            entry=entry,
            steps=steps,
            siblings=siblings,
            inner=inner,
        )


def _parsed(cases: Iterator[Case]) -> Iterator[Case]:
    """Yield the cases up to one that rests on what does not parse, of which the file tells."""
    with suppress(SourceError):
        yield from cases


def _is_handed_in(receiver: ObjectValue) -> bool:
    """Whether the receiver is every module of a model that came from outside."""
    value: ObjectValue | None = receiver
    if receiver.form not in {"loop", "apply"}:
        return False
    while value is not None:
        if value.name.startswith("as ") or value.is_guarded:
            return False
        if value.parent is None:
            cls = value.module_class
            is_any = cls is None or cls.qualname == "torch.nn.Module"
            return is_any and value.form in {"parameter", "self", "global"}
        value = value.parent
    return False
