"""What may become in TorchScript of a hook whose module was not followed to an entry point."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Confidence
from hookproof.interpreter.instances.live_hooks import Steps, in_running_order, steps_of_class
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.semantic.project import Project
from hookproof.worlds.found import Elsewhere, Found
from hookproof.worlds.outcome import Outcome
from hookproof.worlds.torchscript.decorated_hooks import as_compiled
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.torchscript.handed_in import is_handed_in
from hookproof.worlds.torchscript.inner_hooks import inner_hooks
from hookproof.worlds.torchscript.siblings import NO_SIBLINGS, Siblings, siblings_by_receiver
from hookproof.worlds.world import World


def unfollowed(worlds: tuple[World, ...], site: Site, root: Found, elsewhere: Elsewhere) -> Iterator[Outcome]:
    """Yield what may become of a hook whose module was not followed to an entry point in this root."""
    project = elsewhere.project
    registration, receiver = site.registration, site.receiver
    steps: Steps = ((registration.location, "registered here"),)
    if receiver is None:
        if site.is_guarded or registration.location in root.removed:
            return
        if "forward" in registration.api and "backward" not in registration.api:
            for hook in site.hooks:
                yield Outcome("script-module", "possible", registration, project, hook, steps=steps)
        elif "backward" in registration.api:
            event: Event = "global backward hook"
            for hook in site.hooks[:1]:
                yield Outcome(
                    "script-module", "possible", registration, project, hook, event=event, steps=steps
                )
        return
    if not isinstance(receiver, ObjectValue):
        return
    if any(receiver.is_within(exposure.receiver) for exposure in root.exposures):
        return
    is_moved = any(world.name in elsewhere.moved for world in worlds)
    if receiver.origin.is_created and receiver.origin not in root.escaped and not is_moved:
        return
    # Even a hook that is removed at once has to be registered first.
    # What a condition may have put in its place keeps ScriptModules out as often as not.
    is_replaced = site.is_one_of_many and site.live is not None and not site.live.is_for_all
    is_method = registration.api in project.facts.hook_apis
    if is_method and is_handed_in(receiver, registration) and not site.is_guarded and not is_replaced:
        event = "unguarded registration"
        hook, cls = site.hooks[0], receiver.module_class
        yield Outcome("registration", "possible", registration, project, hook, cls, event=event, steps=steps)
    if registration.location in root.removed or not registration.is_forward:
        return
    cls = root.class_of(site)
    entry = elsewhere.exposed.get(cls.qualname) if cls is not None else None
    confidence: Confidence = "possible"
    if entry is not None and entry.api != "torch.jit.trace":
        confidence, steps = "likely", (*steps, *steps_of_class(entry))
    elif cls is not None and cls.qualname in elsewhere.scripted:
        confidence = "likely"
    siblings = _siblings(receiver, root, project)
    inner = inner_hooks(receiver, root.givers, lambda outer, part: part.is_within(outer))
    for hook in site.hooks:
        yield Outcome(
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


def as_if_scripted(site: Site) -> Iterator[Outcome]:
    """Yield what scripting would meet, whatever else becomes of the module that a site is about."""
    registration, receiver, project = site.registration, site.receiver, site.project
    cls = receiver.module_class if isinstance(receiver, ObjectValue) else None
    for hook in site.hooks if registration.is_forward else ():
        compiled = as_compiled(hook, project)
        yield Outcome("compiled", "possible", registration, project, compiled, cls)


def _siblings(receiver: ObjectValue, root: Found, project: Project) -> Siblings:
    """Return the forward hooks that a root puts on a module, asked once: there may be thousands."""
    if receiver not in root.siblings:
        on_it = in_running_order(root.by_receiver.get(id(receiver), ()))
        found = siblings_by_receiver(on_it, lambda hook: as_compiled(hook, project))
        root.siblings[receiver] = found.get(receiver, NO_SIBLINGS)
    return root.siblings[receiver]
