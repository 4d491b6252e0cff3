"""What one run of torch came to: an error with its places, or values, in a form that crosses processes."""

from __future__ import annotations

import functools
import os
import re
import signal
import traceback
from typing import Any, Callable

from . import handover

# What an attempt was made with, as verdicts say it.
THE_PROGRAM, REDUCED, STAND_IN = "the program", "a reduced program", "a stand-in module"
_PLACE = re.compile(r'File "([^"]+)", line (\d+)')
_MAXIMAL_MESSAGE = 6000


class InconclusiveError(Exception):
    """An experiment that cannot be made, with a reason that a person can act on.

    `cause` describes the error of another cause that it ended in, where torch raised one.
    """

    def __init__(self, reason: str, cause: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.cause = cause


class NotReachedError(InconclusiveError):
    """The project's code ran, but not as far as the finding; `is_cut_short` where an error ended it.

    `passed` says where it went past the finding by a branch that nothing but what it was given decides,
    `needs_arguments` that it is a script which will not run without.
    """

    def __init__(
        self,
        reason: str,
        is_cut_short: bool = False,
        cause: dict[str, Any] | None = None,
        passed: str = "",
        needs_arguments: bool = False,
    ) -> None:
        super().__init__(reason, cause)
        self.is_cut_short = is_cut_short
        self.passed = passed
        self.needs_arguments = needs_arguments


def describe(error: BaseException) -> dict[str, Any]:
    """Return the names of the error's classes, its message, and every place it speaks of."""
    message = error_text(error)
    frames = [[frame.filename, frame.lineno] for frame in traceback.extract_tb(error.__traceback__)]
    return {
        "type": type(error).__name__,
        "bases": [cls.__name__ for cls in type(error).__mro__],
        "message": message[:_MAXIMAL_MESSAGE],
        "places": [[path, int(line)] for path, line in _PLACE.findall(message)],
        "frames": frames,
    }


def error_text(error: BaseException) -> str:
    """Return what an error says, which code of the project's may make fail."""
    try:
        return str.__str__(str(error))
    except BaseException:
        return "(its text cannot be had)"


def one_line(error: BaseException) -> str:
    """Return the error as a person would quote it, on one line."""
    lines = [line.strip() for line in error_text(error).splitlines() if line.strip()]
    return "{}: {}".format(type(error).__name__, lines[0] if lines else "")[:300]


def attempt(name: str, action: Callable[[], Any]) -> dict[str, Any]:
    """Run `action` and return what came of it; `InconclusiveError` passes through."""
    try:
        value = action()
    except InconclusiveError:
        raise
    except MemoryError:
        raise
    except BaseException as error:  # SystemExit and KeyboardInterrupt of the project's code are outcomes too
        return {"name": name, "error": describe(error)}
    return {"name": name, "error": None, "value": value}


def in_fork(action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run `action` in a process of its own, because torch remembers each type it has compiled.

    Its answer comes as an experiment's own does. Without fork it runs here.
    """
    if not hasattr(os, "fork"):
        return action()
    data, status = handover.run_in_child(functools.partial(_outcome, action))
    if data is None:
        how = signal.Signals(status & 0x7F).name if status & 0x7F else "exit status {}".format(status >> 8)
        raise InconclusiveError("the process crashed ({})".format(how))
    if "inconclusive" in data:
        raise (NotReachedError if data.get("not_reached") else InconclusiveError)(str(data["inconclusive"]))
    return data


def _outcome(action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return action()
    except InconclusiveError as error:
        return {"inconclusive": str(error), "not_reached": isinstance(error, NotReachedError)}
    except BaseException as error:
        return {"inconclusive": "the experiment itself failed: " + one_line(error)}
