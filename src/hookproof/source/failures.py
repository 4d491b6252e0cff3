"""Whatever goes wrong with a file, as the failure of that file: one line that says where and why."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hookproof.exit_status import NO_MEMORY, is_of_memory
from hookproof.source.text import SourceError

SECONDS_FOR_A_FILE = 12.0
"""Processor time after which what is left of a file is given up."""

SECONDS_FOR_A_RUN = 600.0
"""Processor time of a run, in each of its processes, after which no further file is begun."""

SECONDS_TO_END = 60.0
"""Processor time that a run has on top of that to say what it found until then."""

# Then each look at it has a moment, so that what was found is shown, and after so much more there is no look.
_SECONDS_TO_SHOW = 3.0
_LEFT_OUT = "takes more than {:g} s, the rest of it is left out"
_RECURSION_LIMIT = 10_000  # some ten calls for each of `nesting.MAX_DEPTH` levels


class OutOfTimeError(BaseException):
    """A file, or the run, takes more time than it is worth; no `except Exception` may take it for its own."""

    def __init__(self, *, is_of_run: bool = False) -> None:
        super().__init__()
        self.is_of_run = is_of_run


def failure_of(error: BaseException, path: str, line: int | None = None) -> SourceError:
    """Return what to tell of a file that an exception ended the look at."""
    at = f"{path}: line {line}" if line else path
    if isinstance(error, SourceError):
        return error
    if isinstance(error, OutOfTimeError):
        reason = left_out() if error.is_of_run else _LEFT_OUT.format(SECONDS_FOR_A_FILE)
    elif isinstance(error, RecursionError):
        reason = "too deeply nested"
    elif is_of_memory(error):
        reason = NO_MEMORY
    else:
        import traceback  # takes longer than most runs, in which nothing is wrong

        frames = traceback.extract_tb(error.__traceback__)
        where = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
        said = " ".join(str(error).split())[:100]
        reason = f"internal error: {type(error).__name__}{said and f': {said}'}{where}; please report it"
    found = SourceError(f"cannot analyse {at}: {reason}")
    found.path = path
    return found


def begin(path: str, more: float = 0.0) -> None:
    """Raise `SourceError` where the run has taken all its time and so much `more`: this file is left out."""
    if _clock.is_wanted and _clock.used() > SECONDS_FOR_A_RUN + more:
        raise failure_of(OutOfTimeError(is_of_run=True), path)


def left_out() -> str:
    """Return what is told of each file that a run had no time for."""
    return f"left out, for the run takes more than {SECONDS_FOR_A_RUN:g} s"


def cut_short() -> str:
    """Return what is told of a run that ends before all is shown."""
    return f"the run takes more than {SECONDS_FOR_A_RUN:g} s, and ends here"


def is_of_this_run(reason: str) -> bool:
    """Whether another run may not fail so, for it has more time or memory."""
    return reason.endswith((_LEFT_OUT.format(SECONDS_FOR_A_FILE), left_out(), NO_MEMORY))


class _Clock:
    """The processor time that a run and each file took, and whether an end can be told amid anything."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._process, self._began = 0, 0.0
        self.is_wanted = self.is_set_up = False
        self.can_interrupt = False
        self.is_running = self.is_within_run = False

    def begin_run(self) -> None:
        """Count from here on."""
        self._process, self._began = os.getpid(), time.process_time()

    def used(self) -> float:
        """Return the processor time that the run took in this process."""
        # One that was forked has a clock of its own.
        return time.process_time() - (self._began if os.getpid() == self._process else 0.0)

    def set_up(self) -> None:
        """Have signals tell of the end, where nobody else wants them."""
        import signal  # most runs meet no file that is worth bounding

        self.is_set_up = True
        self.can_interrupt = hasattr(signal, "SIGVTALRM") and all(
            signal.getsignal(number) == signal.SIG_DFL for number in (signal.SIGVTALRM, signal.SIGPROF)
        )
        if self.can_interrupt:
            signal.signal(signal.SIGVTALRM, _ring)
            signal.signal(signal.SIGPROF, _ring_for_all)

    def take_down(self) -> None:
        """Leave signals as they were."""
        self.is_wanted = self.is_set_up = self.is_running = self.is_within_run = False
        if self.can_interrupt:
            self.can_interrupt = False
            self.stop()
            self.stop_run()
            import signal

            signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)

    def start(self, seconds: float) -> None:
        """Tell the end of a file after so much processor time."""
        import signal

        self.is_running = True
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)

    def start_run(self) -> None:
        """Tell the end of the run, which has some time to say what it found even where it has none left."""
        import signal

        left = max(SECONDS_FOR_A_RUN - self.used(), 0.0) + SECONDS_TO_END
        # More than once, for a file may take it for its own.
        signal.setitimer(signal.ITIMER_PROF, max(left, 0.01), 1.0)

    def stop_run(self) -> None:
        """Tell nothing of the run."""
        import signal

        signal.setitimer(signal.ITIMER_PROF, 0)

    def stop(self) -> None:
        """Tell nothing of a file."""
        import signal

        self.is_running = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


_clock = _Clock()


@contextmanager
def bounded() -> Iterator[None]:
    """Let calls nest deeply enough meanwhile, and give the run, unless it has begun, and each file its time.

    Only the main thread has a stack of known size, and only it gets signals.
    """
    threading = sys.modules.get("threading")  # without which there is but one
    if threading is not None and threading.current_thread() is not threading.main_thread():
        yield
        return
    _clock.spent.clear()
    if _clock.is_wanted:
        yield
        return
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    _clock.begin_run()
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


def _ring_for_all(number: int, frame: FrameType | None) -> None:
    if _clock.is_wanted:
        _clock.is_running = False
        raise OutOfTimeError(is_of_run=True)


def begin_again() -> None:
    """Give the run its time anew: what others did of it is lost."""
    _clock.begin_run()


@contextmanager
def within_run() -> Iterator[None]:
    """Raise `OutOfTimeError` where what is done meanwhile, for any file or none, takes too long for a run.

    It has some time to end even where the run has none left, and so has what comes after it.
    """
    if _clock.is_wanted and not _clock.is_set_up:
        _clock.set_up()
    if not _clock.can_interrupt:
        yield
        return
    was, _clock.is_within_run = _clock.is_within_run, True
    try:
        _clock.start_run()
        yield
    finally:
        _clock.is_within_run = was
        if was:
            _clock.start_run()
        else:
            _clock.stop_run()


@contextmanager
def told_of(path: str, line: int | None = None) -> Iterator[None]:
    """Make whatever goes wrong meanwhile, and the end of the file's time, a `SourceError` of this file."""
    if _clock.is_wanted and not _clock.is_set_up:
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
    left = SECONDS_FOR_A_FILE - _clock.spent.get(path, 0.0)
    if left < -_SECONDS_TO_SHOW:
        raise failure_of(OutOfTimeError(), path, line)
    left = max(left, 0.01)
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
