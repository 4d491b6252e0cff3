"""What one run of torch came to: an error with its places, or values, in a form that crosses processes."""

from __future__ import annotations

import json
import os
import re
import signal
import traceback
from typing import Any, Callable

_PLACE = re.compile(r'File "([^"]+)", line (\d+)')
_MAXIMAL_MESSAGE = 6000


class InconclusiveError(Exception):
    """An experiment that cannot be made, with a reason that a person can act on."""


class NotReachedError(InconclusiveError):
    """The project's code ran, but not as far as the finding."""


def describe(error: BaseException) -> dict[str, Any]:
    """Return the names of the error's classes, its message, and every place it speaks of."""
    message = str(error)
    frames = [[frame.filename, frame.lineno] for frame in traceback.extract_tb(error.__traceback__)]
    return {
        "type": type(error).__name__,
        "bases": [cls.__name__ for cls in type(error).__mro__],
        "message": message[:_MAXIMAL_MESSAGE],
        "places": [[path, int(line)] for path, line in _PLACE.findall(message)],
        "frames": frames,
    }


def one_line(error: BaseException) -> str:
    """Return the error as a person would quote it, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
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

    Without fork it runs here.
    """
    if not hasattr(os, "fork"):
        return action()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            try:
                fields = action()
            except InconclusiveError as error:
                fields = {"inconclusive": str(error), "not_reached": isinstance(error, NotReachedError)}
            except BaseException as error:
                fields = {"inconclusive": "the experiment itself failed: " + one_line(error)}
            data = json.dumps(fields).encode("utf-8")
            while data:
                data = data[os.write(write, data) :]
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(pid, 0)
    if not data:
        how = signal.Signals(status & 0x7F).name if status & 0x7F else "exit status {}".format(status >> 8)
        raise InconclusiveError("the process crashed ({})".format(how))
    result: dict[str, Any] = json.loads(data.decode("utf-8"))
    if "inconclusive" in result:
        raise (NotReachedError if result.get("not_reached") else InconclusiveError)(result["inconclusive"])
    return result
