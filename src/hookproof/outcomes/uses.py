"""What the hook of an outcome does to its hook parameter."""

from __future__ import annotations

from hookproof.evaluator.use import Use
from hookproof.interpreter.hook_uses import HookSummary, summary_of
from hookproof.worlds.outcome import Outcome


def uses_of(outcome: Outcome) -> tuple[Use, ...]:
    """Return what the hook does to its hook parameter, in source order; worked out once for an outcome."""
    known: HookSummary | None = outcome.__dict__.get("summary")
    if known is None:
        known = outcome.__dict__["summary"] = _found(outcome)
    return known.uses


def is_cut_short(outcome: Outcome) -> bool:
    """Return whether somebody asked what the hook does, and it does more than was followed."""
    known: HookSummary | None = outcome.__dict__.get("summary")
    return known is not None and known.is_cut_short


def _found(outcome: Outcome) -> HookSummary:
    if outcome.hook is None:
        return HookSummary()
    # A compiled hook cannot have `*args`, so that nothing can be asked of torch about what it does.
    if outcome.world == "compiled" and outcome.hook.star_name is not None:
        return HookSummary()
    return summary_of(outcome.hook, outcome.module_class, outcome.project)
