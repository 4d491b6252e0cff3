"""Which frames are the program's own, and what an error tells."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any, Optional

from ..outcome import describe
from .records import Error, Place

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
# Up to the folder of all of hookproof, whose runners are no part of the program they run.
_OWN = os.path.dirname(os.path.dirname(os.path.dirname(_PACKAGE)))
_STANDARD = os.path.dirname(os.path.abspath(os.__file__))
_INSTALLED = ("site-packages", "dist-packages")
_WRAPPERS = ("typing_extensions.py",)  # its `deprecated` puts a frame of its own around functions of torch


class UserFrames:
    """Tells user code from torch's, Python's own and hookproof's, and reads chains of its frames."""

    def __init__(self) -> None:
        self.torch: Optional[str] = None
        self._known: dict[str, bool] = {}
        self._outermost: Optional[Any] = None

    def end_at(self, frame: Optional[FrameType]) -> None:
        """Let no chain go further out than this frame's code."""
        self._outermost = frame.f_code if frame else None

    def is_user(self, path: str) -> bool:
        """Whether a file is the program's, or of a package that is neither torch nor Python's own."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._look(path)
        return known

    def is_torchs(self, path: Optional[str]) -> bool:
        """Whether a file is part of torch."""
        return bool(path and self.torch and path.startswith(self.torch + os.sep))

    def found_torch(self, torch: Any) -> None:
        """Know which files are torch's."""
        if self.torch is None and getattr(torch, "__file__", None):
            self.torch = os.path.dirname(os.path.abspath(torch.__file__))
            self._known.clear()

    def _look(self, path: str) -> bool:
        if path.startswith("<frozen ") or os.path.basename(path) in _WRAPPERS:
            return False
        if self.is_torchs(path) or is_own(path):
            return False
        if path.startswith(_STANDARD + os.sep):
            return path[len(_STANDARD) + 1 :].partition(os.sep)[0] in _INSTALLED
        return True

    def chain(self, frame: Optional[FrameType]) -> tuple[Place, ...]:
        """Return the user frames from `frame` outward, innermost first."""
        places = []
        while frame is not None:
            code = frame.f_code
            if self.is_user(code.co_filename):
                places.append(Place(code.co_filename, frame.f_lineno, code.co_name))
            if code is self._outermost:
                break
            frame = frame.f_back
        return tuple(places)

    def error(self, error: BaseException, chain: tuple[Place, ...], keep: bool) -> Error:
        """Return what an error tells; its frames go on outward with those of the chain."""
        fields = describe(error)
        outer = [[place.path, place.line] for place in reversed(chain)]
        return Error(dict(fields, frames=outer + fields["frames"]), error if keep else None)


def is_own(path: str) -> bool:
    """Whether a file is hookproof's."""
    return path.startswith(_OWN + os.sep)


def caller(depth: int) -> Optional[FrameType]:
    """Return the frame that many calls out from whoever asks, or None."""
    try:
        return sys._getframe(depth + 1)
    except ValueError:
        return None
