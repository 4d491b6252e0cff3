"""Tells of each use of a module that left eager mode, and of what such a module was made from."""

from __future__ import annotations

from typing import Any, Callable, Iterable

from .installed import nn, torch
from .witness import Entry, Registration, Witness

_NAMES = {"call": "__call__", "state_dict": "state_dict", "load_state_dict": "load_state_dict"}
_MAXIMAL_STEPS = 10


def watch_uses(witness: Witness, used: Callable[[str, Any, Any, Any], None]) -> None:
    """Call `used(kind, module, arguments, options)` before each use that is the program's own, from now on.

    The kinds are `call`, `state_dict` and `load_state_dict`. Nothing is restored: the program has its process
    to itself.
    """

    def telling(kind: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def use(module: Any, *arguments: Any, **options: Any) -> Any:
            if witness.is_idle():
                used(kind, module, arguments, options)
            return original(module, *arguments, **options)

        return use

    for kind, name in _NAMES.items():
        setattr(torch.jit.ScriptModule, name, telling(kind, getattr(torch.jit.ScriptModule, name)))


def of_modules(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that were given a module, or loaded one."""
    return [entry for entry in entries if entry.world == "load" or isinstance(entry.source, nn.Module)]


def eager_source(entries: list[Entry], module: Any) -> Any:
    """Return the eager module that `module` was made from, by whatever steps; None if it is not known."""
    for _ in range(_MAXIMAL_STEPS):
        made_by = next((e for e in entries if e.result is module and e.source is not module), None)
        if made_by is None:
            break
        module = made_from(entries, made_by)
    is_eager = isinstance(module, nn.Module) and not isinstance(module, torch.jit.ScriptModule)
    return module if is_eager else None


def made_from(entries: list[Entry], entry: Entry) -> Any:
    """Return what an entry point was given; of one that loads, the module that was last saved to its file."""
    if entry.world != "load":
        return entry.source
    earlier = [e for e in entries if e.world == "save" and e.file == entry.file and e.at < entry.at]
    return earlier[-1].source if earlier else None


def traced_with(entry: Entry) -> tuple[Any, ...] | None:
    """Return what a trace calls its module with, None where it is no trace or that is not plain."""
    given = entry.arguments or {}
    if entry.world != "trace" or given.get("example_kwarg_inputs"):
        return None
    inputs = given.get("example_inputs", given.get("inputs"))
    if entry.api == "torch.jit.trace_module":
        inputs = inputs.get("forward") if isinstance(inputs, dict) else None
    return None if inputs is None else tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)


def is_compiled(entries: list[Entry], registration: Registration) -> bool:
    """Tell whether a hook was compiled, so that no other can take its place."""
    if registration.module is None or "forward" not in registration.api:
        return False
    return any(
        entry.world == "script" and any(part is registration.module for part in entry.source.modules())
        for entry in of_modules(entries)
        if registration.at < entry.at
    )
