"""What would become of hooks in the worlds that are assumed, where nothing shows that modules go there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec.structs import replace

from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.outcomes.confidence import Found
from hookproof.semantic.project import Project
from hookproof.worker_pool import WorkerPool
from hookproof.worlds import registry
from hookproof.worlds.case import Case
from hookproof.worlds.world import Fates, World, kind_of


def guesses(
    found: Sequence[Found],
    cases: Iterable[Case],
    project: Project,
    assumed: Collection[str],
    pool: WorkerPool,
) -> Iterator[Case]:
    """Yield what every hook would come to in each assumed world, unless one of the `cases` says it.

    The worlds that are guessed anyway have been settled already.
    """
    wanted = [world for world in registry.worlds() if world.name in assumed and not world.is_guessed]
    known = list(cases) if wanted else []
    for world in wanted:
        label = world.standings[0].name
        followed = (case.registration.place for case in known if case.world == label)
        own = {(place.path, place.at) for place in followed}
        told = set[tuple[str, int]]().union(*pool.share(own))
        for root in found:
            number = 0
            for site in root.sites:
                place = site.registration.place
                if (place.path, place.at) in told or place in root.removed:
                    continue
                for case in _guesses(site, root, world, project):
                    number += 1
                    yield replace(case, order=(3, *root.order, number))


def _guesses(site: Site, root: Found, world: World, project: Project) -> Iterator[Case]:
    registration = site.registration
    fate = world.fates.get(kind_of(registration.api), Fates()).before
    cls = root.class_of(site) if isinstance(site.receiver, ObjectValue) else None
    for hook in site.hooks if fate != "unknown" else ():
        yield Case(
            world.standings[0].name,
            "possible",
            registration,
            project,
            hook,
            cls,
            event=fate,
            steps=((registration.place, "registered here"),),
        )
