"""What the hook of a case does to its hook parameter."""

from __future__ import annotations

from hookproof.evaluator.touch import Touch
from hookproof.interpreter.hook_touches import HookSummary, summary_of
from hookproof.worlds.case import Case


def touches_of(case: Case) -> tuple[Touch, ...]:
    """Return what the hook does to its hook parameter, in source order; worked out once for a case."""
    known: HookSummary | None = case.__dict__.get("summary")
    if known is None:
        known = case.__dict__["summary"] = _found(case)
    return known.touches


def is_cut_short(case: Case) -> bool:
    """Tell whether somebody asked what the hook does, and it does more than was followed."""
    known: HookSummary | None = case.__dict__.get("summary")
    return known is not None and known.is_cut_short


def _found(case: Case) -> HookSummary:
    if case.hook is None:
        return HookSummary()
    # A compiled hook cannot have `*args`, so that nothing can be asked of torch about what it does.
    if case.world == "compiled" and case.hook.star_name is not None:
        return HookSummary()
    return summary_of(case.hook, case.module_class, case.project)
