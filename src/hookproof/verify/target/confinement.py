"""Confines the process that is to run foreign code: descriptors, environment, limits, files, network.

What a platform does not offer is left out and said in `missing`, for the notes of the verdicts.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import tempfile
from typing import Any

from . import kernel, seccomp

MAXIMAL_FILE = 256 << 20
_MAXIMAL_DESCRIPTORS = 1024  # each may hold memory that no other limit counts
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD", "SIGPIPE", "SIGXFSZ")


def detach(output: int) -> None:
    """Give this fresh fork a session of its own and no descriptor but its output."""
    os.setsid()
    for name in _SIGNALS:
        if hasattr(signal, name):
            is_pythons = name in ("SIGPIPE", "SIGXFSZ")  # ignored, so that writing raises an error
            signal.signal(getattr(signal, name), signal.SIG_IGN if is_pythons else signal.SIG_DFL)
    with contextlib.suppress(AttributeError, ValueError):
        signal.set_wakeup_fd(-1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for target, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, target)
    close_from(3)
    sys.stdin = open(0, closefd=False)
    sys.stdout = open(1, "w", closefd=False, errors="replace")
    sys.stderr = open(2, "w", closefd=False, errors="replace")


def close_from(first: int) -> None:
    """Close every descriptor from `first` on."""
    try:
        last = max(int(name) for name in os.listdir("/proc/self/fd"))
    except (OSError, ValueError):
        last = 4096
    os.closerange(first, last + 1)


def confine(folder: str, limits: Any, seconds: float, network_is_cut: bool) -> list[str]:
    """Take from this process what an experiment needs not; return what it could not be kept from.

    It may write in `folder`, where it is put, in the folders of `limits.writable`, and in shared memory where
    that is its own: what it left in the machine's could not be told from other programs'.
    """
    missing = []
    settle(folder)
    _limit_resources(limits, seconds)
    shared = ["/dev/shm"] if getattr(limits, "has_own_memory", False) else []
    is_kept = kernel.restrict_writing([folder, *shared, *limits.writable])
    if not getattr(limits, "is_read_only", False):
        is_kept = seccomp.keep_attributes_of_files() and is_kept
        if not is_kept:
            missing.append("files")
    if not seccomp.refuse_what_others_feel():
        missing.append("what is shared by the whole system")
    if not network_is_cut and not seccomp.refuse_network_sockets():
        _refuse_in_python()
        missing.append("network")
    kernel.drop_privileges()
    kernel.close_to_others(False)
    return missing


def settle(folder: str) -> None:
    """Make `folder` the working directory, the home and the place of temporary files."""
    os.chdir(folder)
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, HOME=folder, TMPDIR=folder, TMP=folder, TEMP=folder, XDG_CACHE_HOME=folder)
    os.environ.update(OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", NO_COLOR="1", PYTHONDONTWRITEBYTECODE="1")
    tempfile.tempdir = None


def _limit_resources(limits: Any, seconds: float) -> None:
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        # Scripts of torch are large in address space before they do anything, so the limit is on top of that.
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        size = pages * resource.getpagesize() + (limits.memory << 20)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    with contextlib.suppress(OSError, ValueError):
        cpu = int(seconds) + 5
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAXIMAL_FILE, MAXIMAL_FILE))
    with contextlib.suppress(OSError, ValueError):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        most = _MAXIMAL_DESCRIPTORS if most == resource.RLIM_INFINITY else min(most, _MAXIMAL_DESCRIPTORS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _refuse_in_python() -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("the network is switched off in an experiment")

    unix = getattr(socket, "AF_UNIX", None)

    def refuse_abroad(original: Any) -> Any:
        def method(self: Any, *arguments: Any, **named: Any) -> Any:
            return (original if self.family == unix else refuse)(self, *arguments, **named)

        return method

    for name in ("connect", "connect_ex", "sendto", "bind"):
        setattr(socket.socket, name, refuse_abroad(getattr(socket.socket, name)))
    socket.getaddrinfo = refuse
    socket.create_connection = refuse
