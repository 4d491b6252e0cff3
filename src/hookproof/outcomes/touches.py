"""What the hook of a case does to its hook parameter."""

from __future__ import annotations

from hookproof.evaluator.touch import Touch
from hookproof.interpreter.hook_touches import find_touches
from hookproof.worlds.case import Case


def touches_of(case: Case) -> tuple[Touch, ...]:
    """Return what the hook does to its hook parameter, in source order; worked out once for a case."""
    known: tuple[Touch, ...] | None = case.__dict__.get("touches")
    if known is None:
        known = case.__dict__["touches"] = _found(case)
    return known


def _found(case: Case) -> tuple[Touch, ...]:
    if case.hook is None:
        return ()
    # A compiled hook cannot have `*args`, so that nothing can be asked of torch about what it does.
    if case.world == "compiled" and case.hook.star_name is not None:
        return ()
    return find_touches(case.hook, case.module_class, case.project)
