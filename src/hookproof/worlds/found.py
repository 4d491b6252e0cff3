"""What one root of a program found out that tells more about the hooks of others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.interpreter.sites import Entry
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.place import Place
from hookproof.semantic.project import Project
from hookproof.worlds import registry
from hookproof.worlds.case import Exposure, Order


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

    def towards(self, worlds: Collection[str]) -> Found:
        """Return the same as far as these worlds are concerned."""
        exposures = [each for each in self.exposures if registry.world_of_call(each.entry.api) in worlds]
        return self if len(exposures) == len(self.exposures) else replace(self, exposures=exposures)

    def class_of(self, site: Site) -> ModuleClass | None:
        """Return the class of the module that a site registers a hook on, as the module is in the end."""
        receiver = site.receiver
        if not isinstance(receiver, ObjectValue):
            return None
        return self.classes.get(receiver, receiver.module_class)


class Elsewhere(Struct, frozen=True):
    """What is known besides one root: where classes leave eager mode, and what the user says of modules.

    `exposed` are the entry points that module classes meet, `scripted` classes that are said to meet
    TorchScript, `assumed` the worlds that any module may go to.
    """

    project: Project
    exposed: Mapping[str, Entry]
    scripted: frozenset[str]
    assumed: frozenset[str]
