"""`Witness`: watches this process while a program runs in it, and tells what became of its hooks."""

from __future__ import annotations

import platform
import sys
import threading
from types import CodeType, FrameType, FunctionType, TracebackType
from typing import Any, Collection, ContextManager, Optional

from .arrival import Arrival
from .calls import NoCalls, call_counter
from .frames import UserFrames, caller
from .interceptor import Interceptor
from .probes import EntryProbe, RegistrationProbe, RemovalProbe, is_inside
from .records import Entry, Place, Registration, Removal
from .story import Story
from .watched import entry_functions, modules_to_wait_for, registering_functions, removing_functions
from .watched_function import NotWatchableError, watched_code

COUNTED_IN_PART = (
    "calls are counted in part: not those of threads that ran before the first registration, "
    "nor those under a profile function of the program"
)

_at_work = threading.Lock()


class WitnessError(RuntimeError):
    """A witness was asked for while another is at work in this process."""


class Witness:
    """Watches from `with` to the end of its block; torch may be imported before, within, or never.

    With `keep` the records hold the program's own objects: hooks, modules, arguments, results and errors; and
    what no user frame has led to is recorded too. `only` names the entry points to watch
    (`"torch.jit.script"`), all of them if it is None. The `interceptor` is told of each event as it happens.
    Without `counts` no calls of hooks are counted. With `copies`, modules that are copied or pickled count as
    entries, and hooks on parameters as registrations.

    Registrations, removals and entries are in order of `at`, one running number of all events.
    """

    def __init__(
        self,
        keep: bool = False,
        only: Optional[Collection[str]] = None,
        interceptor: Optional[Interceptor] = None,
        counts: bool = True,
        copies: bool = False,
    ) -> None:
        self.registrations: list[Registration] = []
        self.removals: list[Removal] = []
        self.entries: list[Entry] = []
        self.notes: list[str] = []
        self._copies = copies
        self._only = None if only is None else frozenset(only)
        self._frames = UserFrames()
        self._calls = call_counter() if counts else NoCalls()
        self._story = Story(self, self._frames, self._calls, keep, interceptor)
        self._arrival = Arrival(modules_to_wait_for(), self._attach)
        self._replaced: list[tuple[FunctionType, CodeType]] = []
        self._torch: Optional[str] = None

    def __enter__(self) -> Witness:
        """Start to watch. Raises `WitnessError` while another witness is at work."""
        self._start(caller(1))
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        """Put back all that was torch's, and settle what is only known at the end."""
        self.stop()

    def start(self) -> None:
        """Start to watch, where the end is not that of a block. Raises `WitnessError` as `with` does."""
        self._start(caller(1))

    def _start(self, frame: Optional[FrameType]) -> None:
        if not _at_work.acquire(False):
            raise WitnessError("another witness is at work in this process")
        self._frames.end_at(frame)
        self._arrival.start()
        self._attach()

    def stop(self) -> None:
        """Put back all that was torch's, and settle what is only known at the end."""
        self._arrival.stop()
        for function, code in reversed(self._replaced):
            function.__code__ = code
        self._replaced.clear()
        self._calls.stop()
        self._story.end()
        if not self._calls.is_complete:
            self.notes.append(COUNTED_IN_PART)
        _at_work.release()

    @property
    def moment(self) -> int:
        """The running number of the latest event, 0 before the first."""
        return self._story.moment

    def paused(self) -> ContextManager[None]:
        """Return what to do unwatched things in, `with witness.paused()`."""
        return self._story.paused()

    def is_idle(self) -> bool:
        """Tell whether this thread is in no entry point or registration that is watched, nor in a pause."""
        return self._story.is_on and not is_inside(EntryProbe, RegistrationProbe)

    def chain(self, frame: Optional[FrameType]) -> tuple[Place, ...]:
        """Return the user frames from `frame` outward, innermost first."""
        return self._frames.chain(frame)

    def report(self, since: int = 0) -> dict[str, Any]:
        """Return all of it, ready for JSON; with `since`, what has to do with events after that moment.

        An entry of before is then among them if a hook was registered too late for it since.
        """
        registrations, entries = self._story.since(since)
        self._story.settle(entries)
        return {
            "version": 1,
            "python": platform.python_version(),
            "torch": self._torch,
            "registrations": [each.as_dict() for each in registrations],
            "removals": [each.as_dict() for each in self.removals if each.at > since],
            "entries": [each.as_dict() for each in entries],
            "notes": list(self.notes),
        }

    def _attach(self) -> None:
        """Watch what of torch has been imported and is not watched yet."""
        torch = sys.modules.get("torch")
        if torch is None or not hasattr(torch, "jit"):
            return
        self._torch = str(getattr(torch, "__version__", None))
        self._frames.found_torch(torch)
        for name, function in registering_functions(self._copies):
            self._watch(function, RegistrationProbe(self._story, name))
        for function in removing_functions():
            self._watch(function, RemovalProbe(self._story))
        for row, function in entry_functions(self._copies):
            if self._only is None or row.api in self._only:
                self._watch(function, EntryProbe(self._story, row))

    def _watch(self, function: FunctionType, probe: Any) -> None:
        if any(function is watched for watched, _ in self._replaced):
            return
        code = function.__code__
        try:
            function.__code__ = watched_code(function, probe)
        except NotWatchableError as error:
            self.notes.append("{} is not watched: {}".format(function.__qualname__, error))
        else:
            self._replaced.append((function, code))
