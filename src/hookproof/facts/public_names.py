"""Names of torch that stand for themselves where torch's own sources are read."""

from __future__ import annotations

from hookproof.facts.atlas import Facts
from hookproof.worlds import registry

_PUBLIC = frozenset(
    {
        "torch.jit.ScriptModule",
        "torch.jit.RecursiveScriptModule",
        "torch.jit.TopLevelTracedModule",
        "torch.jit.export",
        "torch.jit.ignore",
        "torch.jit.unused",
        "torch.nn.Module",
    }
)


def is_public_torch(qualname: str, facts: Facts) -> bool:
    """Return whether a name means the same when torch itself is the project that is read."""
    return qualname in _PUBLIC or registry.is_named(qualname) or registers_in_torch(qualname, facts)


def registers_in_torch(qualname: str, facts: Facts) -> bool:
    """Return whether it is a function of torch that puts hooks on modules."""
    return qualname.startswith("torch.nn.") and (
        qualname in facts.global_hook_apis or qualname in facts.legacy_utilities
    )
