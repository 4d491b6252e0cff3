"""The classes of the receivers of hooks as they are now, whatever hooks have set on them by then."""

from __future__ import annotations

from contextlib import suppress

from hookproof.interpreter.instances.current_class import current_class
from hookproof.interpreter.instances.live_hooks import (
    changed_within_by,
    is_loop_element,
    loop_root,
    written_by,
)
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress, Site
from hookproof.interpreter.values import Hook, ScriptValue
from hookproof.modules.instance import Instance
from hookproof.modules.module_class import AttributeFact, ModuleClass
from hookproof.source.text import SourceError


def class_now(progress: Progress, receiver: ObjectValue | ScriptValue | None) -> ModuleClass | None:
    """Return the class of a receiver as it is now, None where the class itself was changed."""
    cls = current_class(progress.state, receiver) if isinstance(receiver, ObjectValue) else None
    is_patched = cls is not None and any(cls.is_a(name) for name in progress.patched)
    if is_patched or cls is None or not isinstance(receiver, ObjectValue):
        return None
    return class_after_running(progress, cls, receiver)


def class_after_running(progress: Progress, cls: ModuleClass, receiver: ObjectValue) -> ModuleClass:
    """Return the class of a module with what hooks have set on it that ran while it was eager."""
    module = loop_root(receiver) if is_loop_element(receiver) else receiver
    runs = [order for called, order in progress.called.items() if progress.state.contains(called, module)]
    written = {
        name: AttributeFact(name, "unknown", instance=_instance_still(cls, hook, name))
        for site in (progress.sites if runs else ())
        if site.live is not None and site.live.order <= max(runs) and _may_be_on(progress, site, module)
        for hook in site.hooks
        for name in written_by(hook)
        if not name.startswith("__")
    }
    return cls.changed_by(written) if written else cls


def _instance_still(cls: ModuleClass, hook: Hook, name: str) -> Instance | None:
    """Return what an attribute is an instance of after a hook that has only called its methods."""
    fact = cls.attribute(name) if name in changed_within_by(hook) else None
    return fact.instance if fact is not None else None


def _may_be_on(progress: Progress, site: Site, module: ObjectValue) -> bool:
    """Whether a site puts its hook on a module, or on each of a model that the module is in or is."""
    receiver = site.receiver
    if not isinstance(receiver, ObjectValue):
        return receiver is None
    root = loop_root(receiver) if is_loop_element(receiver) else receiver
    return root is module or (root is not receiver and progress.state.contains(root, module))


def classes_now(progress: Progress) -> dict[ObjectValue, ModuleClass | None]:
    """Return the classes of those receivers of hooks on which something was set, as far as they parse."""
    receivers = {site.receiver: None for site in progress.sites if isinstance(site.receiver, ObjectValue)}
    now: dict[ObjectValue, ModuleClass | None] = {}
    for receiver in receivers:
        with suppress(SourceError):
            now[receiver] = class_now(progress, receiver)
    return {receiver: cls for receiver, cls in now.items() if cls is not receiver.module_class}
