"""Whatever goes wrong with a file, as the failure of that file: one line that says where and why."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hookproof.source.text import SourceError

SECONDS_FOR_A_FILE = 12.0
"""Processor time after which what is left of a file is given up."""

SECONDS_FOR_A_RUN = 600.0
"""Processor time of all files together, in one process, after which no further file is begun."""

_LEFT_OUT, _NO_MEMORY = "takes more than {:g} s, the rest of it is left out", "not enough memory"
_RECURSION_LIMIT = 10_000  # some ten calls for each of `nesting.MAX_DEPTH` levels


class OutOfTimeError(BaseException):
    """A file takes more time than it is worth; no `except Exception` on the way may take it for its own."""


def failure_of(error: BaseException, path: str, line: int | None = None) -> SourceError:
    """Return what to tell of a file that an exception ended the look at."""
    at = f"{path}: line {line}" if line else path
    if isinstance(error, SourceError):
        return error
    if isinstance(error, OutOfTimeError):
        reason = _LEFT_OUT.format(SECONDS_FOR_A_FILE)
    elif isinstance(error, RecursionError):
        reason = "too deeply nested"
    elif isinstance(error, MemoryError):
        reason = _NO_MEMORY
    else:
        import traceback  # takes longer than most runs, in which nothing is wrong

        frames = traceback.extract_tb(error.__traceback__)
        where = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
        said = " ".join(str(error).split())[:100]
        reason = f"internal error: {type(error).__name__}{said and f': {said}'}{where}; please report it"
    found = SourceError(f"cannot analyse {at}: {reason}")
    found.path = path
    return found


def begin(path: str) -> None:
    """Raise `SourceError` where the run has taken all its time, so that this file is left out."""
    if sum(_clock.spent.values()) > SECONDS_FOR_A_RUN:
        found = SourceError(f"cannot analyse {path}: {left_out()}")
        found.path = path
        raise found


def left_out() -> str:
    """Return what is told of each file that a run had no time for."""
    return f"left out, for the run takes more than {SECONDS_FOR_A_RUN:g} s"


def is_of_this_run(reason: str) -> bool:
    """Whether another run may not fail so, for it has more time or memory."""
    return reason.endswith((_LEFT_OUT.format(SECONDS_FOR_A_FILE), left_out(), _NO_MEMORY))


class _Clock:
    """The processor time that each file took, and whether its end can be told in the middle of anything."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.is_wanted = False
        self.can_interrupt = False
        self.is_running = False

    def set_up(self) -> None:
        """Have signals tell of the end, where nobody else wants them."""
        import signal  # most runs meet no file that is worth bounding

        self.is_wanted = False
        if hasattr(signal, "SIGVTALRM") and signal.getsignal(signal.SIGVTALRM) == signal.SIG_DFL:
            signal.signal(signal.SIGVTALRM, _ring)
            self.can_interrupt = True

    def take_down(self) -> None:
        """Leave signals as they were."""
        self.is_wanted = self.is_running = False
        if self.can_interrupt:
            self.can_interrupt = False
            self.stop()
            import signal

            signal.signal(signal.SIGVTALRM, signal.SIG_DFL)

    def start(self, seconds: float) -> None:
        """Tell the end after so much processor time."""
        import signal

        self.is_running = True
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)

    def stop(self) -> None:
        """Tell nothing."""
        import signal

        self.is_running = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


_clock = _Clock()


@contextmanager
def bounded() -> Iterator[None]:
    """Let calls nest deeply enough meanwhile, and give each file its time anew.

    Only the main thread has a stack of known size, and only it gets signals.
    """
    threading = sys.modules.get("threading")  # without which there is but one
    if threading is not None and threading.current_thread() is not threading.main_thread():
        yield
        return
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    _clock.spent.clear()
    _clock.is_wanted = True
    try:
        yield
    finally:
        _clock.take_down()
        sys.setrecursionlimit(limit)


def _ring(number: int, frame: FrameType | None) -> None:
    if _clock.is_running:
        _clock.is_running = False
        raise OutOfTimeError


@contextmanager
def told_of(path: str, line: int | None = None) -> Iterator[None]:
    """Make whatever goes wrong meanwhile, and the end of the file's time, a `SourceError` of this file."""
    if _clock.is_wanted:
        _clock.set_up()
    if not _clock.can_interrupt or _clock.is_running:  # a file that is read on behalf of another one
        try:
            yield
        except SourceError:
            raise
        except Exception as error:
            raise failure_of(error, path, line) from None
        return
    start = time.process_time()
    left = max(SECONDS_FOR_A_FILE - _clock.spent.get(path, 0.0), 0.01)
    try:
        _clock.start(left)
        yield
    except SourceError:
        raise
    except (Exception, OutOfTimeError) as error:
        raise failure_of(error, path, line) from None
    finally:
        _clock.stop()
        _clock.spent[path] = _clock.spent.get(path, 0.0) + time.process_time() - start
