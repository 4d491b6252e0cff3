"""What /proc says of processes: which are below which, and what they take."""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Process(NamedTuple):
    """A process; `is_dead` when it has ended and nobody has waited for it, `pages` those in memory."""

    pid: int
    parent: int
    threads: int
    pages: int
    is_dead: bool


def every() -> list[Process]:
    """Return the processes of /proc; none where there is no such thing."""
    found = []
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
    for name in names:
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open("/proc/{}/stat".format(name), errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
            found.append(
                Process(int(name), int(fields[1]), int(fields[17]), int(fields[21]), fields[0] in "ZX")
            )
    return found


def below(pid: int) -> list[Process]:
    """Return the descendants of a process."""
    children: dict[int, list[Process]] = {}
    for process in every():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        for process in children.get(waiting.pop(), []):
            found.append(process)
            waiting.append(process.pid)
    return found


def memory_of(processes: list[Process], shared: int, enough: int) -> int:
    """Return the bytes that processes take beyond `shared` of each, which they have from their parent.

    Where that seems to be more than `enough`, memory is counted once for all that share it.
    """
    alive = [process for process in processes if not process.is_dead]
    total = sum(max(0, process.pages * _PAGE - shared) for process in alive)
    if total <= enough:
        return total
    return max(0, sum(_part_of(process) for process in alive) - shared)


def _part_of(process: Process) -> int:
    name = "/proc/{}/smaps_rollup".format(process.pid)
    with contextlib.suppress(OSError, ValueError, IndexError), open(name) as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return process.pages * _PAGE


def own_memory() -> int:
    """Return the bytes of this process that are in memory; 0 where nothing says so."""
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * _PAGE
    return 0
