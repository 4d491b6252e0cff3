"""What somebody may have meant who wrote something else."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return ` (did you mean …?)` where something known is close to what was written, else nothing."""
    from difflib import get_close_matches  # nobody who writes no mistake needs it

    spelled = {each.lower().replace("_", "-"): each for each in known}
    close = get_close_matches(written.lower().replace("_", "-"), spelled, n=1)
    return f" (did you mean `{spelled[close[0]]}`?)" if close else ""
