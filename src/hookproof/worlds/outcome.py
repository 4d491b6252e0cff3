"""Outcomes: one hook that reaches one world once. Worlds make them, rules judge them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from hookproof.evaluator.errors import Catch
from hookproof.finding import Confidence, Evidence, Subject, WorldName
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.sites import Entry, Registration
from hookproof.interpreter.values import Hook
from hookproof.semantic.location import Location
from hookproof.worlds import registry
from hookproof.worlds.torchscript.siblings import NO_SIBLINGS, Siblings

if TYPE_CHECKING:
    from hookproof.classes.part_calls import ResultUse
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project

Order: TypeAlias = tuple[int, ...]
"""When something was found by a process that works alone: pass, file, root, number."""


class Exposure(Struct, frozen=True):
    """A module value given to an entry point: its class is known to meet TorchScript."""

    receiver: ObjectValue
    entry: Entry


class Outcome(Struct, frozen=True, dict=True):
    """(hook, receiver, world, evidence, confidence): what a rule judges.

    `event` names what becomes of the hook, for the rules that ask for its fate: one of TorchScript's events
    (`worlds.torchscript.events`), else a fate; the other rules look at outcomes without one. `is_top_level`
    tells whether the receiver itself is what was scripted or traced, rather than one of its children.
    `first_type` is where another TorchScript type than the receiver's got the name of its class (see
    `worlds.torchscript.first_types`). `uses` are the places around the receiver that need a Tensor of it (see
    `worlds.torchscript.result_uses`), `inner` the forward hooks on its parts that may change the type of what
    its own forward returns. `was_scripted` tells of a frozen module that scripting made it. `known_types` are
    the module classes that compiled code knows there, None where that cannot be said. `caught` is what
    catches its errors and goes on; a compiled hook that freezing drops before any call is not `is_called`.
    `steps` is the evidence before its lines are known; `project` resolves names for the rules; `order` tells
    which case was found first.
    """

    world: WorldName
    confidence: Confidence
    registration: Registration
    project: Project
    hook: Hook | None = None
    module_class: ModuleClass | None = None
    is_top_level: bool = True
    is_frozen: bool = False
    is_reloaded: bool = False
    entry: Entry | None = None
    event: str | None = None
    location: Location | None = None
    steps: tuple[tuple[Location, str], ...] = ()
    siblings: Siblings = NO_SIBLINGS
    first_type: Location | None = None
    uses: tuple[ResultUse, ...] = ()
    inner: tuple[Hook, ...] = ()
    was_scripted: bool = False
    known_types: frozenset[str] | None = None
    caught: tuple[Catch, ...] = ()
    is_called: bool = True
    order: Order = ()

    @property
    def mode(self) -> str | None:
        """The name of the world that the hook reaches, None where no entry point is known."""
        return registry.world_of_call(self.entry.api) if self.entry is not None else None

    @property
    def fate(self) -> str | None:
        """What becomes of the hook there, None where the outcome does not say."""
        return registry.fate_of(self.world, self.event)

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """The chain of places that makes the outcome true; lines are looked up when a finding asks."""
        return tuple(location.evidence(note) for location, note in self.steps)

    @property
    def paths(self) -> frozenset[str]:
        """The files that the chain leads through, those of the hook and of the module's class among them."""
        hook, cls = self.hook, self.module_class
        scopes = (hook and hook.scope, cls and cls.definition and cls.definition.scope)
        places = [self.registration.location.file, *(location.file for location, _ in self.steps)]
        return frozenset(file.path for file in (*places, *(scope.file for scope in scopes if scope)))

    def subject(self, expression: str | None) -> Subject:
        """Return what an experiment needs to know of a finding made from this outcome."""
        registration, entry = self.registration.location, self.entry
        return Subject(
            api=self.registration.api,
            form=self.hook.form if self.hook else "unknown",
            hook=self.hook.qualname if self.hook else None,
            module_class=self.module_class.qualname if self.module_class else None,
            entry=entry.api if entry else None,
            expression=expression,
            registration_path=registration.path,
            registration_line=registration.line,
            entry_path=entry.location.path if entry else None,
            entry_line=entry.location.line if entry else 0,
        )
