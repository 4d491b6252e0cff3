"""Calls of what lies outside the project: a row by the dotted name, else by what the name belongs to."""

from __future__ import annotations

from hookproof.facts.entries import PRUNING
from hookproof.facts.installers import NAMES as INSTALLERS
from hookproof.interpreter.domain import Arguments, Values
from hookproof.interpreter.members import set_named
from hookproof.interpreter.models.builtin_calls import BUILTINS
from hookproof.interpreter.models.containers import give_away
from hookproof.interpreter.models.copies import COPIES
from hookproof.interpreter.models.installers import install
from hookproof.interpreter.models.iterators import ITERATORS
from hookproof.interpreter.models.library_calls import LIBRARY
from hookproof.interpreter.models.processes import PROCESSES
from hookproof.interpreter.models.rows import Model, hand_over, lose_removals
from hookproof.interpreter.models.tensors import size_made
from hookproof.interpreter.models.torch_calls import (
    entered,
    pruned,
    registered,
    registered_unbound,
    torch_module,
    utility_called,
    utility_removed,
)
from hookproof.interpreter.plain import ExternalValue
from hookproof.interpreter.running import Running
from hookproof.worlds import registry

# External functions that change nothing that they are given.
_HARMLESS = ("builtins.", "logging.", "math.", "numpy.", "operator.", "os.", "torch.", "warnings.")

MODELS: dict[str, Model] = {**BUILTINS, **ITERATORS, **LIBRARY, **COPIES, **PROCESSES}


def call_external(run: Running, qualname: str, args: Arguments) -> Values:
    """Carry out a call of an external function; of an unknown one the result is an object of its own."""
    entry = registry.function(qualname)
    found = entered(run, entry, args) if entry is not None else None
    if found is None:
        row = MODELS.get(qualname)
        found = row(run, args) if row is not None else _by_kind(run, qualname, args)
    return _unknown(run, qualname, args) if found is None else found


def _by_kind(run: Running, qualname: str, args: Arguments) -> Values | None:
    """Carry out a call of which there is no row, but many like it."""
    owner, _, name = qualname.rpartition(".")
    facts = run.project.facts
    if name == "object" and owner.endswith("patch") and len(args.positional) > 1:
        set_named(run, args.positional[0], args.positional[1], args.value(2))
        return None
    if not owner.startswith("torch."):
        if qualname in INSTALLERS:
            return install(run, qualname, args)
        return None
    if qualname in facts.global_hook_apis:
        return registered(run, None, name, args)
    if name in facts.hook_apis:
        return registered_unbound(run, name, args)
    if owner.startswith("torch.nn.utils") and "remove" in name:
        return utility_removed(run, args)
    if qualname in facts.legacy_utilities:
        return utility_called(run, qualname, args)
    if owner.startswith(PRUNING) and name == "apply":
        return pruned(run, args)
    return torch_module(run, qualname, args) if qualname.startswith("torch.nn.") else None


def _unknown(run: Running, qualname: str, args: Arguments) -> Values:
    hand_over(run, args)
    if not qualname.startswith(_HARMLESS):
        give_away(run, *args.each())
    for values in args.each() if qualname != "atexit.register" else ():
        lose_removals(run, values)
    made = run.element(ExternalValue(qualname), f"{args.location.path}:{args.node.at}", "call")
    run.later.made_by[made] = qualname
    size = size_made(run, qualname, args)
    if size is not None:
        run.progress.sizes[made] = size
    return (made,)
