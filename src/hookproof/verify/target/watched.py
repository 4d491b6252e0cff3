"""A process that runs foreign code, as its slot sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Any

from . import handover

LOOK_INTERVAL = 0.25  # seconds between looks at the processes and files that an experiment has
_MAXIMAL_OUTPUT = 64 << 20  # bytes; what prints more is stopped
_KEPT_OUTPUT = 2000


class Watched:
    """A process that runs foreign code: what it has printed and handed over, and why it must end."""

    def __init__(self, pid: int, seconds: float) -> None:
        self.pid = pid
        self.key = os.urandom(handover.KEY_SIZE // 2).hex().encode()
        self.is_keyed = False
        self.connection: Any = None
        self.received = bytearray()
        self.is_answered = False
        self.status: int | None = None
        self.failure: str | None = None
        self.printed, self.output = 0, b""
        self.next_look = time.monotonic() + LOOK_INTERVAL
        self.deadline = time.monotonic() + seconds

    def admit(self, connection: Any) -> None:
        """Take a connection of this process: the first gets the key, the second brings the answer."""
        if not self.is_keyed:
            self.is_keyed = True
            with contextlib.suppress(OSError):
                connection.send(self.key)
            connection.close()
        elif self.connection is None:
            self.connection = connection
        else:
            connection.close()

    def receive(self) -> None:
        """Take what the connection holds; its end is the end of the answer."""
        try:
            data = self.connection.recv(1 << 16)
        except OSError:
            data = b""
        self.received += data
        if len(self.received) > handover.MAXIMAL_ANSWER + handover.KEY_SIZE:
            self.failure = "flood"
        self.is_answered = not data

    def note_output(self, data: bytes) -> None:
        """Keep the end of what was printed, and stop what prints without end."""
        self.printed += len(data)
        self.output = (self.output + data)[-_KEPT_OUTPUT:]
        if self.printed > _MAXIMAL_OUTPUT:
            self.failure = "flood"


def describe_status(status: int | None) -> str:
    """Return how a process ended, in a few words."""
    if status is None:
        return "ended"
    if os.WIFSIGNALED(status):
        with contextlib.suppress(ValueError):
            return signal.Signals(os.WTERMSIG(status)).name
        return "signal {}".format(os.WTERMSIG(status))
    return "exit status {}".format(os.WEXITSTATUS(status))
