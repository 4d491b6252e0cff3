"""What functions of other packages say of ScriptModules, and of what scripting says of their hooks."""

from __future__ import annotations

from collections.abc import Iterable

from hookproof.facts.installers import Refusal, installers_of
from hookproof.finding import Prediction


def refusal_of(api: str) -> Prediction | None:
    """Return what a function says of a ScriptModule, None for one that puts no hooks on models."""
    refusals = {refusal for each in installers_of(api) for refusal in (each.for_part, each.for_whole)}
    return _any_of(refusal for refusal in refusals if refusal is not None)


def scripting_of(api: str) -> Prediction | None:
    """Return what scripting says of the hooks that a function leaves, None where it leaves none."""
    refusals = {each.when_scripted for each in installers_of(api)}
    return _any_of(refusal for refusal in refusals if refusal is not None)


def _any_of(refusals: Iterable[Refusal]) -> Prediction | None:
    known = sorted(refusals, key=lambda refusal: (refusal.exception, refusal.message))
    if not known:
        return None
    names = {refusal.exception for refusal in known}
    exception = known[0].exception if len(names) == 1 else "Exception"
    return Prediction(exception, "|".join(refusal.message for refusal in known))
