"""What one root of a program found out that tells more about the hooks of others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import LiveHook
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.worlds import registry
from hookproof.worlds.outcome import Exposure, Order
from hookproof.worlds.torchscript.inner_hooks import result_givers
from hookproof.worlds.torchscript.siblings import Siblings


class Found(Struct, dict=True):
    """What one root found out that settles confidence across roots.

    `location` is the function that was run, None for a file's own statements; `entered` are those it called.
    `classes` are those of receivers on which something was set that their class knows nothing of.
    """

    order: Order
    location: Location | None
    entered: set[Location]
    sites: list[Site]
    exposures: list[Exposure]
    removed: set[Location]
    escaped: set[ObjectValue]
    is_cut_short: bool = False
    classes: dict[ObjectValue, ModuleClass | None] = field(default_factory=dict)

    @cached_property
    def registered(self) -> tuple[LiveHook, ...]:
        """The hooks that this root registers, in the order in which it comes upon them."""
        return tuple(site.live for site in self.sites if site.live is not None)

    @cached_property
    def givers(self) -> tuple[LiveHook, ...]:
        """Those of them on forward that return a value."""
        return result_givers(self.registered)

    @cached_property
    def by_receiver(self) -> Mapping[int, Sequence[LiveHook]]:
        """Those on each module, by its identity."""
        grouped: dict[int, list[LiveHook]] = {}
        for live in self.registered:
            grouped.setdefault(id(live.receiver), []).append(live)
        return grouped

    @cached_property
    def siblings(self) -> dict[ObjectValue, Siblings]:
        """The forward hooks on each module, as far as somebody asked for them."""
        return {}

    def towards(self, worlds: Collection[str]) -> Found:
        """Return the same as far as these worlds are concerned."""
        exposures = [each for each in self.exposures if registry.world_of_call(each.entry.api) in worlds]
        return self if len(exposures) == len(self.exposures) else replace(self, exposures=exposures)

    def leaves_to_others(self, site: Site) -> bool:
        """Whether the module that a site registers a hook on, with it, may come where this root does not."""
        receiver = site.receiver
        if not isinstance(receiver, ObjectValue):
            return False
        is_kept_here = receiver.origin.is_created and receiver.origin not in self.escaped
        return not is_kept_here and self.may_be_moved(site)

    def may_be_moved(self, site: Site) -> bool:
        """Whether that module has its hook in the end, and this root takes it nowhere itself."""
        receiver = site.receiver
        if not isinstance(receiver, ObjectValue) or site.registration.location in self.removed:
            return False
        return not any(receiver.is_within(each.receiver) for each in self.exposures)

    def class_of(self, site: Site) -> ModuleClass | None:
        """Return the class of the module that a site registers a hook on, as the module is in the end."""
        receiver = site.receiver
        if not isinstance(receiver, ObjectValue):
            return None
        return self.classes.get(receiver, receiver.module_class)


class Elsewhere(Struct, frozen=True):
    """What is known besides one root: where classes leave eager mode, and what the user says of modules.

    `exposed` are the entry points that module classes meet, `scripted` classes that are said to meet
    TorchScript, `assumed` the worlds that any module may go to that others get, `moved` those to which this
    very code is taken to move its modules.
    """

    project: Project
    exposed: Mapping[str, Entry]
    scripted: frozenset[str]
    assumed: frozenset[str]
    moved: frozenset[str] = frozenset()

    def reaches(self, world: str, site: Site, root: Found) -> bool:
        """Whether the module that a site registers a hook on is taken to go to a world."""
        if world in self.moved:
            return root.may_be_moved(site)
        return world in self.assumed and root.leaves_to_others(site)
