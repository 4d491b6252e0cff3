"""The one thread that analyses: jobs in their order, those that newer ones make pointless given up.

It is the main thread, for only that has a deep stack and signals that bound the time of a file. The protocol
is spoken in another, which never waits for this one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

Result = TypeVar("Result")
Moment = Callable[[], None]

_LONG = 0.5  # seconds that a job may take before a newer one ends it


class SupersededError(BaseException):
    """A job whose answer nobody wants any more; no `except Exception` may take it for its own."""


class Worker:
    """Does jobs one after the other in the thread that calls `run`."""

    def __init__(self) -> None:
        self._jobs: list[_Job] = []
        self._current: _Job | None = None
        self._is_over = False
        self._changed = threading.Condition()

    def submit(self, work: Callable[[Moment], Result], topic: object = None) -> Future[Result]:
        """Have a job done; one of the same `topic` that is not done yet is given up for it.

        The work is handed a function to call now and then, which ends it where it is not wanted any more.
        """
        job = _Job(work, topic)
        with self._changed:
            if topic is not None:
                for other in [other for other in self._jobs if other.topic == topic]:
                    self._jobs.remove(other)
                    other.future.cancel()
                if self._current is not None and self._current.topic == topic:
                    self._current.is_superseded = True
            self._jobs.append(job)
            self._changed.notify()
        return job.future

    def run(self) -> None:
        """Do jobs until `stop` is called."""
        while True:
            with self._changed:
                self._current = None
                self._changed.wait_for(lambda: self._jobs or self._is_over)
                if self._is_over:
                    for job in self._jobs:
                        job.future.cancel()
                    return
                self._current = job = self._jobs.pop(0)
            job.do()

    def stop(self) -> None:
        """End the thread that runs, after what it does now."""
        with self._changed:
            self._is_over = True
            if self._current is not None:
                self._current.is_superseded = True
                self._current.began = 0.0
            self._changed.notify()


class _Job:
    def __init__(self, work: Callable[[Moment], Any], topic: object) -> None:
        self.work, self.topic = work, topic
        self.future: Future[Any] = Future()
        self.is_superseded = False
        self.began = 0.0

    def do(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        self.began = time.monotonic()
        try:
            result = self.work(self._moment)
        except SupersededError:
            self.future.set_exception(CancelledError())
        except BaseException as error:  # whatever it is, the next job may go well
            self.future.set_exception(
                error if isinstance(error, Exception) else RuntimeError(f"{type(error).__name__}: {error}")
            )
        else:
            self.future.set_result(result)

    def _moment(self) -> None:
        if self.is_superseded and time.monotonic() - self.began > _LONG:
            raise SupersededError
