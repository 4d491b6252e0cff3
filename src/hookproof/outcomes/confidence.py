"""How sure an outcome is whose hook is not followed to the end: other roots may say what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import TypeAlias, get_args

from msgspec.structs import replace

from hookproof.finding import TRACED_ONLY
from hookproof.interpreter.progress import Site
from hookproof.interpreter.sites import Entry
from hookproof.modules.module_class import ModuleClass
from hookproof.outcomes.kept import Kept
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.source.failures import SECONDS_TO_END, begin, told_of
from hookproof.source.text import SourceError
from hookproof.worker_pool import WorkerPool
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.listeners import listening
from hookproof.worlds.outcome import Order, Outcome
from hookproof.worlds.world import Fate

# A place and an entry point as one process tells them to another.
_Spot: TypeAlias = tuple[str, int]
_Exposed: TypeAlias = dict[str, tuple[Order, str, _Spot]]


def settled(
    found: Sequence[Found],
    outcomes: Iterable[Outcome],
    project: Project,
    scripted: frozenset[str],
    assumed: frozenset[str],
    moved: frozenset[str],
    pool: WorkerPool,
    on_failure: Callable[[str, SourceError], None] = lambda path, error: None,
    kept: Kept | None = None,
) -> Iterator[Outcome]:
    """Yield what is not followed to the end: `likely` for exposed classes, `possible` for the rest.

    `outcomes` are those that were; `scripted` are classes that are said to meet TorchScript, `assumed` the
    worlds that any module may go to. Each listener settles its own worlds. A file that takes too much time is
    handed to `on_failure`. What is `kept` of an earlier run is not guessed again.
    """
    known = list(outcomes)
    gone = _removed_by_callers(found, pool)
    for number, (listener, worlds) in enumerate(listening()):
        names = {world.name for world in worlds}
        labels = {standing.name for world in worlds for standing in world.standings}
        own = [outcome for outcome in known if outcome.world in labels]
        roots = [root.towards(names) for root in found]
        exposed: Mapping[str, Entry] = _entries(pool.share(_exposed_classes(roots)), project)
        if kept is not None:
            exposed = kept.noting(exposed)
        elsewhere = Elsewhere(project, exposed, scripted, assumed, moved)
        make = partial(_guessed, partial(listener.unfollowed, worlds, elsewhere=elsewhere), on_failure)
        guess = make if kept is None else partial(kept.guess, (number, assumed, moved), make)
        for outcome in _settled(roots, own, guess, gone, pool):
            yield replace(outcome, order=(2 + number, *outcome.order))
    if kept is not None:
        kept.end((assumed, moved))


def _settled(
    found: Sequence[Found],
    outcomes: Iterable[Outcome],
    guess: Callable[[Site, Found], list[Outcome]],
    gone: set[_Spot],
    pool: WorkerPool,
) -> Iterator[Outcome]:
    """Yield what a listener guesses of the hooks that were not followed to one of its worlds.

    What the members of the pool found is taken together; of the same case from several of them, the best one
    is yielded by the first that has it.
    """
    judged = _judged(found, pool)
    # That a hook runs while tracing says nothing of what scripting would make of it.
    traced, told = set[_Spot](), set[_Spot]()
    for outcome in outcomes:
        (traced if outcome.event == "runs while tracing" else told).add(_spot(outcome.registration.location))
    followed = pool.share(told)
    only_traced = set[_Spot]().union(*pool.share(traced))
    # Where more is known than a guess.
    said = gone.union(*followed)
    best: dict[object, tuple[tuple[bool, bool], Order, Outcome]] = {}
    first: dict[object, Order] = {}
    for root in found:
        unfollowed = (
            outcome
            for site in root.sites
            if not judged.holds(root, root.class_of(site))
            for outcome in guess(site, root)
        )
        for number, outcome in enumerate(unfollowed):
            spot = _spot(outcome.registration.location)
            if _is_guess(outcome) and spot in (said if outcome.confidence == "possible" else gone):
                continue
            if outcome.event is None and spot in only_traced and outcome.confidence == "possible":
                outcome = replace(
                    outcome, steps=(*outcome.steps, (outcome.registration.location, TRACED_ONLY))
                )
            key, order = _key(outcome), (*root.order, number)
            first.setdefault(key, order)
            known = best.get(key)
            if known is None or _rank(outcome) > known[0]:
                best[key] = (_rank(outcome), order, outcome)
    offers = pool.share({key: (rank, order, first[key]) for key, (rank, order, _) in best.items()})
    for key, (rank, order, outcome) in best.items():
        same = [offer[key] for offer in offers if key in offer]
        highest = max(other[0] for other in same)
        if (rank, order) == (highest, min(other[1] for other in same if other[0] == highest)):
            yield replace(outcome, order=min(other[2] for other in same))


def _is_guess(outcome: Outcome) -> bool:
    """Whether an outcome says what becomes of the hook, and not what there is to say of its registration."""
    return outcome.event is None or outcome.event in get_args(Fate)


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
    return _spot(root.location) if root.location is not None else (str(root.order[0]), root.order[1])


def _spot(location: Location) -> _Spot:
    return location.path, location.at


def _key(outcome: Outcome) -> object:
    function = outcome.registration.function
    if outcome.event == "unguarded registration" and function is not None:
        # One guard at the head of a function does for all that it registers.
        return outcome.registration.location.path, function.at, outcome.world, outcome.event
    hook = None if outcome.hook is None else _spot(outcome.hook.definition)
    return (_spot(outcome.registration.location), hook, outcome.world, outcome.event)


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
            entries[qualname] = Entry(api, Location(file, at))
    return entries


def _rank(outcome: Outcome) -> tuple[bool, bool]:
    return outcome.confidence == "likely", outcome.module_class is not None


def _exposed_classes(found: Sequence[Found]) -> _Exposed:
    exposed: _Exposed = {}
    for root in found:
        for exposure in root.exposures:
            entry = (root.order, exposure.entry.api, _spot(exposure.entry.location))
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
            None if root.location is None else _spot(root.location),
            {_spot(location) for location in root.entered},
            {_spot(site.registration.location) for site in root.sites},
            {_spot(location) for location in root.removed},
        )
        for root in found
        if root.sites
    ]
    meeting: dict[_Spot, list[tuple[_Spot | None, set[_Spot], bool]]] = {}
    for location, entered, met, removed in chain.from_iterable(pool.share(told)):
        for spot in met:
            meeting.setdefault(spot, []).append((location, entered, spot in removed))
    gone = set()
    for spot, roots in meeting.items():
        called = set[_Spot]().union(*(entered for _, entered, _ in roots))
        outermost = [is_removed for location, _, is_removed in roots if location not in called]
        if outermost and all(outermost):
            gone.add(spot)
    return gone


def _guessed(
    guess: Callable[[Site, Found], Iterator[Outcome]],
    on_failure: Callable[[str, SourceError], None],
    site: Site,
    root: Found,
) -> list[Outcome]:
    """Return the outcomes up to one that rests on what does not parse, or takes too much time."""
    path, found = site.registration.location.path, list[Outcome]()
    try:
        begin(path, SECONDS_TO_END)
        with told_of(path):
            found.extend(guess(site, root))
    except SourceError as error:
        on_failure(error.path or path, error)
    return found
