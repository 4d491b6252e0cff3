"""Which hooks `torch.jit.trace` refuses, why, and which it drops.

Measured on torch 2.13.0: full-backward and legacy backward hooks are refused up front. Overlooked there are
full-backward-pre hooks, and full-backward hooks on a module that exports a method, or within one; these fail
the trace's own check (`check_trace`, true unless said otherwise). A module that exports a method is compiled
before its `forward` exists, and with it the forward hooks on it and in it: that fails. A backward hook that
is not refused never runs on the traced module.
"""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.interpreter.instances.live_hooks import loop_root
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import State
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.syntax import ir
from hookproof.worlds.torchscript.events import Event

_MAX_CLASSES = 64


def trace_event(state: State, model: ObjectValue, live: LiveHook, call: ir.Call) -> Event | None:
    """Return why tracing `model` by `call` fails with this hook or drops it; None where it does neither."""
    api = live.registration.api
    if "backward" in api:
        is_exported = exporting_class(state, model, live) is not None
        if not is_exported and not api.endswith("full_backward_pre_hook"):
            return "backward hook before trace"
        is_seen = "full_backward" in api and _is_checked(call) and _learns(live.receiver)
        return "backward hook fails the trace's check" if is_seen else "backward hook dropped"
    if live.registration.is_forward and exporting_class(state, model, live) is not None:
        return "hook before trace with exports"
    return None


def _is_checked(call: ir.Call) -> bool:
    """Return whether the call leaves the trace's own check on."""
    return not any(argument.star == "**" or argument.keyword == "check_trace" for argument in call.args)


def _learns(receiver: ObjectValue | ScriptValue | None) -> bool:
    """Return whether a module uses parameters: without them nothing makes the hook show in the graph."""
    return isinstance(receiver, ObjectValue) and bool(receiver.module_class and receiver.module_class.learns)


def exporting_class(state: State, model: ObjectValue, live: LiveHook) -> ModuleClass | None:
    """Return the class with an exported method that, within `model`, holds the hook; None where none does."""
    receiver = live.receiver
    if not isinstance(receiver, ObjectValue):
        return None
    for holder in _holders(state, model, receiver):
        if holder.module_class is not None and holder.module_class.exports:
            return holder.module_class
    if live.reaches_children and not receiver.narrowed:
        return next((cls for cls in _classes_below(loop_root(receiver)) if cls.exports), None)
    return None


def _holders(state: State, model: ObjectValue, receiver: ObjectValue) -> Iterator[ObjectValue]:
    """Yield the objects that hold the receiver, itself included, and are held by the model or are it."""
    value: ObjectValue | None = receiver
    while value is not None:
        if state.contains(model, value):
            yield value
        value = value.parent
    for member in state.members(model):
        if state.contains(member, receiver):
            yield member


def _classes_below(model: ObjectValue) -> Iterator[ModuleClass]:
    """Yield the classes of a model and of the submodules that its class is known to have."""
    pending = [model.module_class]
    seen: set[str] = set()
    while pending and len(seen) < _MAX_CLASSES:
        cls = pending.pop()
        if cls is not None and cls.qualname not in seen:
            seen.add(cls.qualname)
            yield cls
            pending += cls.submodules().values()
