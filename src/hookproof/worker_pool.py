"""Processes that run the same program side by side, each on its share, and tell each other what they found.

A pool is forked, so that every member starts with all that is known so far and nothing has to be sent to it.
All members take the same steps in the same order; where one needs what the others have, they share it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, TypeVar

# Pieces that a list is dealt in: many more than members, for they are not equally hard.
_PIECES = 64
_MAX_DEALT = 4_096  # numbers in the pipe at a time: it holds them all, so that nobody waits to put them in
_NONE_LEFT = b"\xff\xff"

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerPool:
    """The processes of one run as member `index` of `size` sees them; alone by default."""

    def __init__(
        self, index: int = 0, size: int = 1, links: Sequence[_Link] = (), stack: _Stack | None = None
    ) -> None:
        self.index, self.size = index, size
        self._links = links  # the leader's to each other member, another member's to the leader
        self._stack = stack

    @property
    def is_leader(self) -> bool:
        """Whether this is the process that the run started in."""
        return self.index == 0

    def deal(self, count: int) -> Iterator[int]:
        """Yield the numbers below `count` that fall to this member: whoever is free takes the next one.

        All members have to take until none is left, and to share something before they are dealt more.
        """
        if self._stack is None:
            yield from range(count)
            return
        step = min(count, _MAX_DEALT)
        if self.is_leader:
            self._stack.fill(step, self.size)
        while (number := self._stack.take()) is not None:
            yield from range(number, count, step)

    def share(self, value: Result) -> list[Result]:
        """Give `value` to all members and return what each of them gave, in the members' order."""
        values = self.collect(value)
        if self.size == 1:
            return values
        if not self.is_leader:
            return self._links[0].receive()  # type: ignore[no-any-return]
        for link in self._links:
            link.send(values)
        return values

    def collect(self, value: Result) -> list[Result]:
        """Give `value` to the leader, who gets what each member gave; the others get nothing."""
        if self.is_leader:
            return [value, *(link.receive() for link in self._links)]
        self._links[0].send(value)
        return []

    def map_files(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """As `map`, of a function and items that can be pickled, so that others may help."""
        return self.map(function, items)

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Return what `function` gives for each item, in order; each member calls it for its share."""
        if self.size == 1:
            return [function(item) for item in items]
        length = max(-(-len(items) // _PIECES), 1)
        starts = range(0, len(items), length)
        own = [
            (number, [function(item) for item in items[starts[number] : starts[number] + length]])
            for number in self.deal(len(starts))
        ]
        pieces = sorted(piece for share in self.share(own) for piece in share)
        return [result for _, piece in pieces for result in piece]


class _Link:
    """Both directions between two members."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader: BinaryIO = os.fdopen(reader, "rb")
        self._writer: BinaryIO = os.fdopen(writer, "wb")

    def send(self, value: object) -> None:
        import pickle  # takes longer than most runs, which have no pool

        pickle.dump(value, self._writer, pickle.HIGHEST_PROTOCOL)
        self._writer.flush()

    def receive(self) -> Any:
        """Return what was sent. Raises `EOFError` where the other side is gone."""
        import pickle

        try:
            return pickle.load(self._reader)
        except pickle.UnpicklingError:  # cut short
            raise EOFError from None

    def close(self) -> None:
        for file in (self._reader, self._writer):
            with suppress(OSError):
                file.close()


class _Stack:
    """Numbers that the members of a pool take: a pipe, of which each number is read once."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()

    def fill(self, count: int, members: int) -> None:
        """Put in the numbers below `count`, in order, and for each member the sign that none is left."""
        numbers = b"".join(number.to_bytes(2, "big") for number in range(count))
        os.write(self._writer, numbers + _NONE_LEFT * members)

    def take(self) -> int | None:
        """Return the next number, waiting for it, or None where none is left.

        Raises `EOFError` where the leader is gone.
        """
        found = os.read(self._reader, 2)
        if not found:
            raise EOFError
        return None if found == _NONE_LEFT else int.from_bytes(found, "big")

    def only_take(self) -> None:
        """Leave it to the leader to put numbers in, so that its end can be noticed."""
        os.close(self._writer)

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Return whether a pool can have more than one member in this process.

    macOS is left out, for its libraries do not survive a fork, and so are threads, for they do not follow.
    """
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return False
    # Imported here: a run that is too small for a pool is over sooner than this and `signal` are imported.
    import threading

    return threading.active_count() == 1


def in_pool(size: int, work: Callable[[WorkerPool], Result]) -> Result:
    """Return what `work` returns in a pool of `size` members, run alone if a member is lost."""
    if size < 2 or not can_fork():
        return work(WorkerPool())
    members: list[int] = []
    links: list[_Link] = []
    try:
        stack = _Stack()
    except OSError:  # too few descriptors
        return work(WorkerPool())
    try:
        with suppress(EOFError, OSError):
            # Each member knows how many there are: where one cannot be started, there is no pool.
            for index in range(1, size):
                process, link = _start(index, size, work, links, stack)
                members.append(process)
                links.append(link)
            return work(WorkerPool(0, size, links, stack))
    finally:
        for process, link in zip(members, links, strict=True):
            link.close()
            _end(process)
        stack.close()
    return in_pool(len(members) // 2, work)  # with as many as there is room for, if any


def _start(
    index: int, size: int, work: Callable[[WorkerPool], object], links: Sequence[_Link], stack: _Stack
) -> tuple[int, _Link]:
    """Fork a member; return its process and the leader's link to it."""
    there = os.pipe()
    try:
        back = os.pipe()
        try:
            process = os.fork()
        except OSError:
            _close(*back)
            raise
    except OSError:
        _close(*there)
        raise
    if process:
        os.close(there[0])
        os.close(back[1])
        return process, _Link(back[0], there[1])
    try:
        for link in links:
            link.close()
        os.close(there[1])
        os.close(back[0])
        stack.only_take()
        work(WorkerPool(index, size, [_Link(there[0], back[1])], stack))
    finally:
        os._exit(0)  # whatever happened: without this member's share, the leader does all the work


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _end(process: int) -> None:
    """End a member that has nothing more to say."""
    import signal

    try:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    except (ProcessLookupError, ChildProcessError):  # somebody else has waited for it
        return
