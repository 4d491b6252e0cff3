"""What a run leaves behind: processes that were started with its environment, and temporary folders."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path


def processes_with(text: str) -> list[int]:
    """Return the living processes, this one left out, that were started with `text` in their environment."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            with contextlib.suppress(OSError):
                is_dead = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
                if not is_dead and text.encode() in Path("/proc", name, "environ").read_bytes():
                    found.append(int(name))
    return found


def assert_nothing_left(temporary: Path, seconds: float = 5) -> None:
    """Check that a run with TMPDIR set to `temporary`, which ended just now, has left nothing."""
    deadline = time.monotonic() + seconds
    while processes_with(f"TMPDIR={temporary}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_with(f"TMPDIR={temporary}") == []
    assert list(temporary.iterdir()) == []
