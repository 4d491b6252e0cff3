"""Decides what an entry point made of a hook; what torch does with each kind of hook stands in two tables."""

from __future__ import annotations

import functools
import os
from typing import Any, Optional

from .records import Error, HookFate, HookInfo, Registration

# (world, kind of hook) -> fate, where the entry point succeeded on an eager module. What is not here is kept.
_ON_EAGER = {
    ("script", "forward"): "compiled",
    ("script", "backward"): "dropped",
    ("script", "state dict"): "dropped",
    ("trace", "backward"): "dropped",
    ("trace", "state dict"): "dropped",
    ("export", "backward"): "dropped",
    ("export", "state dict"): "dropped",
    ("onnx", "backward"): "dropped",
    ("onnx", "state dict"): "dropped",
}
# What becomes of hooks that a script module has already: compiled ones, and those that Python calls.
_ON_SCRIPT = {
    ("freeze", "compiled"): "dropped",
    ("freeze", "python"): "dropped",
    ("save", "python"): "dropped",
}
_RUN_ONCE = frozenset(["trace", "export", "onnx"])  # by running the module, with its hooks
COPYING = frozenset(["copy", "pickle"])  # what other things go through as well
_LOSSES = frozenset(["refused", "dropped", "ran while tracing only"])
_LOSSES_UNLESS_CALLED = frozenset(["too late", "not called"])
PART = "for the module as a whole, not for those in it"  # what is kept of a hook on all modules
_COMPILER = os.path.join("torch", "jit")
_BACKWARD = "Modules that have backward hooks assigned"


def on_eager(world: str, kind: str, is_compiled: bool, calls: Optional[int]) -> str:
    """Return the fate of a hook on an eager module; `is_compiled` says that a trace compiled its hooks."""
    if world in _RUN_ONCE and kind == "forward":
        if is_compiled:
            return "compiled"
        return "not called" if calls == 0 else "ran while tracing only"
    return _ON_EAGER.get((world, kind), "kept")


def on_fx(kind: str, is_shared: bool, is_root: bool, calls: Optional[int]) -> str:
    """Return the fate of a hook on a module that fx traced: leaves are shared, other parts are inlined."""
    if kind == "global" or (is_shared and not is_root):
        return "kept"
    if is_root or kind != "forward":
        return "dropped"
    return "not called" if calls == 0 else "ran while tracing only"


def on_script(world: str, kind: str) -> str:
    """Return the fate of a hook that a script module has: `kind` is "compiled" or "python"."""
    return _ON_SCRIPT.get((world, kind), "kept")


def is_loss(fate: HookFate, registration: Registration) -> bool:
    """Whether a hook no longer does what it did in eager mode, as far as its calls tell.

    Hooks of torch's own count only where they are refused: modules of torch drop theirs by design.
    """
    if registration.is_torchs:
        return fate.fate == "refused"
    if fate.fate == "kept" and registration.receiver == "global":
        return fate.note == PART
    if fate.fate in _LOSSES_UNLESS_CALLED:
        return not fate.calls_after and registration.receiver != "traced"
    return fate.fate in _LOSSES


def culprits(error: Error, raised: BaseException, hooks: list[tuple[HookInfo, str]]) -> list[int]:
    """Return which of the hooks (each with its kind) an error is about; none if it is about something else.

    In turn: a place in a hook that torch's message names, a frame of a hook, the hook that torch was looking
    at in its innermost frame, a hook named in quotes, and all backward hooks where it speaks of those.
    """
    for places in (error.places, error.frames):
        found = [n for n, (hook, _) in enumerate(hooks) if any(_is_in(hook, *place) for place in places)]
        if found:
            return found
    looked_at = _hook_in_frames(raised, [hook.callable for hook, _ in hooks])
    if looked_at is not None:
        return [n for n, (hook, _) in enumerate(hooks) if hook.callable is looked_at]
    # torch calls a hook by the last of its names.
    names = ["'{}'".format(hook.name.rpartition(".")[2]) for hook, _ in hooks]
    named = [n for n, name in enumerate(names) if name in error.message]
    if not named and "pickle" in error.message:
        spelled = [getattr(_function(hook.callable), "__qualname__", None) for hook, _ in hooks]
        told = [("'{}'".format(name), "<function {} at".format(name)) if name else () for name in spelled]
        named = [n for n, forms in enumerate(told) if any(form in error.message for form in forms)]
    if not named and _BACKWARD in error.message:
        named = [n for n, (_, kind) in enumerate(hooks) if kind == "backward"]
    return named


def _function(hook: Any) -> Any:
    """Return the function that partials of it are called."""
    while isinstance(hook, functools.partial):
        hook = hook.func
    return hook


def _is_in(hook: HookInfo, path: Any, line: Any) -> bool:
    return path == hook.path and hook.line is not None and hook.line <= line <= (hook.last_line or hook.line)


def _hook_in_frames(raised: BaseException, hooks: list[Any]) -> Any:
    """Return the hook that a variable of the innermost possible frame holds: torch takes them in turn."""
    frames = []
    traceback = raised.__traceback__
    while traceback is not None:
        frames.append(traceback.tb_frame)
        traceback = traceback.tb_next
    for frame in reversed(frames[1:]):  # the first is the entry point itself
        if _COMPILER not in frame.f_code.co_filename:
            continue  # where torch calls hooks, a variable may hold one that has done its work
        values = list(frame.f_locals.values())
        if frame is frames[-1]:  # torch keeps hooks that it is about to compile in lists of stubs
            stubs = [stub for value in values if isinstance(value, list) for stub in value]
            values += [getattr(stub, "original_method", None) for stub in stubs]
        for value in values:
            if value is not None and any(value is hook for hook in hooks):
                return value
    return None
