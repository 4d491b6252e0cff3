"""Processes that run the same program side by side, each on its share, and tell each other what they found.

A team is forked, so that every member starts with all that is known so far and nothing has to be sent to it.
All members take the same steps in the same order; where one needs what the others have, they share it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Team:
    """The processes of one run as member `index` of `size` sees them; alone by default."""

    def __init__(self, index: int = 0, size: int = 1, links: Sequence[_Link] = ()) -> None:
        self.index, self.size = index, size
        self._links = links  # the leader's to each other member, another member's to the leader

    @property
    def is_leader(self) -> bool:
        """Whether this is the process that the run started in."""
        return self.index == 0

    def own(self, items: Sequence[Item]) -> Sequence[Item]:
        """Return this member's share of `items`."""
        return items[self.index :: self.size]

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
        shares = self.share([function(item) for item in self.own(items)])
        results: list[Result | None] = [None] * len(items)
        for index, share in enumerate(shares):
            results[index :: self.size] = share
        return results  # type: ignore[return-value]


class _Link:
    """Both directions between two members."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader: BinaryIO = os.fdopen(reader, "rb")
        self._writer: BinaryIO = os.fdopen(writer, "wb")

    def send(self, value: object) -> None:
        import pickle  # takes longer than most runs, which have no team

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


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Return whether a team can have more than one member in this process.

    macOS is left out, for its libraries do not survive a fork, and so are threads, for they do not follow.
    """
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return False
    # Imported here: a run that is too small for a team is over sooner than this and `signal` are imported.
    import threading

    return threading.active_count() == 1


def in_team(size: int, work: Callable[[Team], Result]) -> Result:
    """Return what `work` returns in a team of `size` members, run alone if a member is lost."""
    if size < 2 or not can_fork():
        return work(Team())
    members: list[int] = []
    links: list[_Link] = []
    for index in range(1, size):
        process, link = _start(index, size, work, links)
        members.append(process)
        links.append(link)
    try:
        with suppress(EOFError, OSError):
            return work(Team(0, size, links))
    finally:
        for process, link in zip(members, links, strict=True):
            link.close()
            _end(process)
    return work(Team())


def _start(
    index: int, size: int, work: Callable[[Team], object], links: Sequence[_Link]
) -> tuple[int, _Link]:
    """Fork a member; return its process and the leader's link to it."""
    there, back = os.pipe(), os.pipe()
    process = os.fork()
    if process:
        os.close(there[0])
        os.close(back[1])
        return process, _Link(back[0], there[1])
    try:
        for link in links:
            link.close()
        os.close(there[1])
        os.close(back[0])
        work(Team(index, size, [_Link(there[0], back[1])]))
    finally:
        os._exit(0)  # whatever happened: without this member's share, the leader does all the work


def _end(process: int) -> None:
    """End a member that has nothing more to say."""
    import signal

    try:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    except (ProcessLookupError, ChildProcessError):  # somebody else has waited for it
        return
