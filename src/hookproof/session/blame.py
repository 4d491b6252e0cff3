"""Which file an analysis was busy with when an exception ended it: what the innermost frame knows of."""

from __future__ import annotations

from types import TracebackType

from hookproof.syntax.source_file import SourceFile

_OWNERS = ("file", "scope", "place", "definition", "registration", "frame")
_MAX_STEPS = 3


def file_of(traceback: TracebackType | None) -> str | None:
    """Return the path of the file that was looked at where a traceback ends, None where no frame tells."""
    found: str | None = None
    while traceback is not None:
        for value in list(traceback.tb_frame.f_locals.values()):
            path = _path(value, _MAX_STEPS)
            if path is not None:
                found = path
                break
        traceback = traceback.tb_next
    return found


def _path(value: object, steps: int) -> str | None:
    if isinstance(value, SourceFile):
        return value.path
    if steps:
        for name in _OWNERS:
            try:
                owner = getattr(value, name, None)
            except Exception:  # a property may fail for the very reason that ended the analysis
                continue
            if owner is not None and (path := _path(owner, steps - 1)) is not None:
                return path
    return None
