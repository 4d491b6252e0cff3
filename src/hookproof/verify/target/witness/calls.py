"""Counts calls of code objects without touching the functions that have them.

Python 3.12 and newer tell of the start of single code objects (`sys.monitoring`) at no cost to others. Before
that there is one profile function for all calls of a thread; it is set once there is something to count, and
never in place of one that the program has set: then calls go uncounted, and `is_complete` says so.
"""

from __future__ import annotations

import sys
import threading
from types import CodeType
from typing import Any, Optional

_TOOL_IDS = (4, 3)  # those that no kind of tool claims by convention


def call_counter() -> Any:
    """Return the counter that this Python has."""
    tool = _free_tool_id()
    return ProfiledCalls() if tool is None else MonitoredCalls(tool)


def _free_tool_id() -> Optional[int]:
    if sys.version_info >= (3, 12):
        for tool in _TOOL_IDS:
            if sys.monitoring.get_tool(tool) is None:
                return tool
    return None


class NoCalls:
    """Counts nothing, where nobody asks how often hooks were called."""

    is_complete = True

    def watch(self, code: CodeType) -> None:
        """Leave the code alone."""

    def count(self, code: CodeType) -> int:
        """Return 0."""
        return 0

    def go_on(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class MonitoredCalls:
    """Counts by `sys.monitoring`, in all threads."""

    is_complete = True

    def __init__(self, tool: int) -> None:
        self._tool = tool
        self._counts: dict[int, int] = {}
        self._codes: list[CodeType] = []
        self._is_on = False

    def watch(self, code: CodeType) -> None:
        """Count the calls of this code object from now on."""
        if id(code) in self._counts:
            return
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
        if not self._is_on:
            monitoring.use_tool_id(self._tool, "hookproof")
            monitoring.register_callback(self._tool, monitoring.events.PY_START, self._started)
            self._is_on = True
        self._counts[id(code)] = 0
        self._codes.append(code)
        monitoring.set_local_events(self._tool, code, monitoring.events.PY_START)

    def _started(self, code: CodeType, _: int) -> None:
        if id(code) in self._counts:
            self._counts[id(code)] += 1

    def count(self, code: CodeType) -> int:
        """Return how often the code has been called since it is watched."""
        return self._counts.get(id(code), 0)

    def go_on(self) -> None:
        """Do nothing: other tools do not get in the way."""

    def stop(self) -> None:
        """Let go of every code object and of the tool's number."""
        if self._is_on:
            monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
            for code in self._codes:
                monitoring.set_local_events(self._tool, code, 0)
            monitoring.register_callback(self._tool, monitoring.events.PY_START, None)
            monitoring.free_tool_id(self._tool)
            self._is_on = False


class ProfiledCalls:
    """Counts by a profile function: in this thread, in those that start later, and where it is asked to."""

    def __init__(self) -> None:
        self.is_complete = True
        self._counts: dict[int, int] = {}
        self._codes: list[CodeType] = []
        self._is_on = False
        self._started_threads = False
        self._seen = threading.local()
        self._profile = self._make_profile()

    def _make_profile(self) -> Any:
        counts = self._counts

        def hookproof_counts_calls(frame: Any, event: str, _: Any) -> None:
            if event == "call":
                key = id(frame.f_code)
                if key in counts:
                    counts[key] += 1
            if not self._is_on:
                sys.setprofile(None)

        return hookproof_counts_calls

    def watch(self, code: CodeType) -> None:
        """Count the calls of this code object from now on."""
        if id(code) not in self._counts:
            self._counts[id(code)] = 0
            self._codes.append(code)  # keeps the number of its own
        if not self._is_on and threading.active_count() > 1:
            self.is_complete = False  # no other thread that runs already can be given a profile function
        self._is_on = True
        self.go_on()

    def count(self, code: CodeType) -> int:
        """Return how often the code has been called since it is watched."""
        return self._counts.get(id(code), 0)

    def go_on(self) -> None:
        """Count in this thread and in new ones too; give way to a profile function of the program's own."""
        if not self._is_on:
            return
        present = sys.getprofile()
        if present is not self._profile:
            if present is not None or getattr(self._seen, "is_set", False):
                self.is_complete = False
            if present is None:
                sys.setprofile(self._profile)
                self._seen.is_set = True
        if not self._started_threads and _profile_of_new_threads() is None:
            threading.setprofile(self._profile)
            self._started_threads = True

    def stop(self) -> None:
        """Take the profile function off; threads that still run drop it at their next call."""
        if not self._is_on:
            return
        self.go_on()
        self._is_on = False
        if sys.getprofile() is self._profile:
            sys.setprofile(None)
        if self._started_threads and _profile_of_new_threads() is self._profile:
            threading.setprofile(None)  # type: ignore[arg-type, unused-ignore]


def _profile_of_new_threads() -> Any:
    return getattr(threading, "_profile_hook", None)
