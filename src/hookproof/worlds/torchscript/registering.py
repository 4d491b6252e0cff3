"""What torch does when a program registers hooks on what is scripted or traced, or has such parts."""

from __future__ import annotations

from msgspec import Struct

from hookproof.finding import WorldName
from hookproof.interpreter.instances.current_class import parent_of
from hookproof.interpreter.instances.live_hooks import Steps, entry_of, is_copied, steps_made
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.semantic.definitions import External
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.torchscript.losses import Losses
from hookproof.worlds.torchscript.outcome_log import OutcomeLog

_SCRIPT_MODULE = "torch.jit.ScriptModule"
_REFUSED_BY_CLASSES = frozenset({"register_full_backward_hook", "register_backward_hook"})


class Registering(Struct):
    """Logs what becomes of the hooks that are registered."""

    progress: Progress
    log: OutcomeLog
    losses: Losses

    def _reach_script(self, live: LiveHook, child: ScriptValue) -> None:
        """Note what becomes of a hook on every module of a model that has a script or traced part."""
        steps = ((child.location, "a child is a ScriptModule from here on"),)
        entry = entry_of(child)
        if not child.is_traced:
            self.log.event(live, "registration", "loop reaches a ScriptModule", steps=steps, entry=entry)
        elif child.has_exports is False and child.source and self.progress.state.has_children(child.source):
            self._unheard(live, "traced", "registered on a traced child", steps, entry)

    def _unheard(self, live: LiveHook, world: WorldName, event: Event, steps: Steps, entry: Entry) -> None:
        """Log that a hook on a child is never called, where somebody notices."""
        confidence = self.losses.notices.weight(live)
        if confidence is not None:
            self.log.event(
                live, world, event, steps=steps, entry=entry, is_top_level=False, confidence=confidence
            )

    def on_eager(self, receiver: ObjectValue, live: LiveHook) -> None:
        """Note what becomes of a hook on an instance of a class that is written as a ScriptModule, or a part.

        Measured on torch 2.13.0: once the constructor is over a part is a ScriptModule that refuses hooks;
        the instance itself refuses only those that set its `_is_full_backward_hook`.
        """
        found = parent_of(self.progress.state, receiver)
        owner = receiver if found is None else found[0]
        written = _script_class(owner, self.progress.project)
        if written is None and found is not None:
            owner = receiver
            written = _script_class(owner, self.progress.project)
        if written is None or not owner.is_created or owner in self.progress.in_making:
            return
        if owner is not receiver or live.registration.api in _REFUSED_BY_CLASSES:
            entry = Entry(_SCRIPT_MODULE, written)
            steps = ((written, f"written as a `{_SCRIPT_MODULE}` here"),)
            self.log.event(live, "registration", "registered on a ScriptModule", steps=steps, entry=entry)

    def on_script(self, receiver: ScriptValue, live: LiveHook, *, is_unbound: bool) -> None:
        """Note what becomes of a hook on what an entry point returned."""
        if receiver in self.progress.looped and self.progress.turning:
            self._reach_script(live, receiver)
            return
        entry, steps = entry_of(receiver), steps_made(receiver)
        if is_unbound and receiver.parent is None:
            self.progress.state.add_hook(receiver, live)
            self.log.python_hook(live, receiver)
        elif is_unbound:
            self._unheard(live, "script-module", "unbound registration on a scripted child", steps, entry)
        elif receiver.is_traced and receiver.root.has_exports is False and not is_copied(receiver):
            if receiver.parent is not None:
                self._unheard(live, "traced", "registered on a traced child", steps, entry)
            else:
                self.progress.state.add_hook(receiver, live)
                self.log.python_hook(live, receiver)
        elif receiver.name in {ALL_MODULES, CHILDREN}:
            self.log.event(live, "registration", "loop reaches a ScriptModule", steps=steps, entry=entry)
        elif receiver.how == "trace" and receiver.root.has_exports is None and not is_copied(receiver):
            return
        elif receiver.how == "trace" and receiver.root.has_exports:
            self.log.event(
                live, "registration", "registered on a trace with exports", steps=steps, entry=entry
            )
        else:
            self.log.event(live, "registration", "registered on a ScriptModule", steps=steps, entry=entry)


def _script_class(value: ObjectValue, project: Project) -> Location | None:
    """Return the class of an instance where it derives from `torch.jit.ScriptModule`."""
    if value.definition is None:
        return None
    for base in project.mro(value.definition):
        if isinstance(base, External) and base.qualname == _SCRIPT_MODULE:
            return value.definition.location
    return None
