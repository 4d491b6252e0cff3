"""What Linux offers to keep a process in: namespaces, mounts, Landlock, capabilities.

Everything here is asked of the C library by its own names, since Python 3.8 wraps none of it. A kernel, a
container or another platform that refuses makes a function return False; nothing raises.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import struct
import sys
from typing import Any, Callable

NEWNS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = (
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 18,
)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 36, 38, 47
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_SYS_MOUNT_SETATTR, _SYS_LANDLOCK = 442, 444  # the same on every architecture; Landlock has three in a row
_AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = -100, 0x8000, 1
_MAXIMAL_FILES = 200_000  # of a file system in memory, where each takes some outside of its size
_WRITE_FILE, _TRUNCATE, _REFER = 1 << 1, 1 << 14, 1 << 13
_CHANGES = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))  # what alters a file system, from ABI 1


@functools.lru_cache(maxsize=None)
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _holds(call: Callable[[], Any]) -> bool:
    """Tell whether a call into the C library returned 0; a missing function is one that did not."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(call() == 0)
    except (OSError, AttributeError, ValueError, ctypes.ArgumentError):
        return False


def prctl(*arguments: int) -> bool:
    """Set what `prctl(2)` sets of this process; tell whether it did."""
    padded = (*arguments, 0, 0, 0, 0)[:5]
    return _holds(lambda: _libc().prctl(*(ctypes.c_ulong(value) for value in padded)))


def unshare(flags: int) -> bool:
    """Leave the namespaces that `flags` name; a new PID namespace holds the next children."""
    return _holds(lambda: _libc().unshare(flags))


def enter_user_namespace(flags: int) -> bool:
    """Leave the namespaces that `flags` name, in a user namespace of its own where that is needed.

    The user keeps the own number, so that files belong to the same owner inside.
    """
    if unshare(flags):
        return True
    user, group = os.getuid(), os.getgid()
    if not unshare(flags | NEWUSER):
        return False
    try:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", "{0} {0} 1".format(user))
        _write("/proc/self/gid_map", "{0} {0} 1".format(group))
    except OSError:
        return False
    return True


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def fork_into_pid_namespace() -> tuple[int, bool]:
    """Fork; tell whether the child is the first process of a PID namespace, which dies with it as a whole."""
    own = None
    with contextlib.suppress(OSError):
        own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    is_apart = own is not None and unshare(NEWPID)
    try:
        pid = os.fork()
        if pid and is_apart:
            _libc().setns(own, NEWPID)  # the next child is to have one of its own
    finally:
        if own is not None:
            os.close(own)
    return pid, is_apart


def end_with_parent(signal_number: int) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    prctl(_PR_SET_PDEATHSIG, signal_number)


def become_subreaper() -> None:
    """Have orphans among the descendants become children of this process."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def close_to_others(is_closed: bool) -> None:
    """Keep other processes of the user from this one's memory and descriptors, or let them again."""
    prctl(_PR_SET_DUMPABLE, int(not is_closed))


# --- mounts -----------------------------------------------------------------------------------------


def mount_own_proc() -> bool:
    """Give this PID namespace the /proc that shows its own processes and no others."""
    libc = _libc()
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    return _holds(
        lambda: libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
    ) and _holds(lambda: libc.mount(b"proc", b"/proc", b"proc", ctypes.c_ulong(flags), None))


def mount_all_read_only(writable: list[str]) -> bool:
    """Make every file system of this mount namespace read-only, but for the folders named."""
    for path in writable:
        name = os.fsencode(path)
        flags = ctypes.c_ulong(_MS_BIND | _MS_REC)
        if not _holds(lambda name=name, flags=flags: _libc().mount(name, name, None, flags, None)):  # type: ignore[misc]
            return False
    if not _set_mount_attributes("/", _MOUNT_ATTR_RDONLY, 0):
        return False
    return all(_set_mount_attributes(path, 0, _MOUNT_ATTR_RDONLY) for path in writable)


def _set_mount_attributes(path: str, given: int, taken: int) -> bool:
    attributes = struct.pack("=QQQQ", given, taken, 0, 0)
    call = (_SYS_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), _AT_RECURSIVE, attributes, len(attributes))
    return _holds(lambda: _libc().syscall(*call))


def mount_memory(path: str, megabytes: int) -> bool:
    """Put an empty file system in memory, which takes no more than that, on a folder."""
    options = "size={}m,nr_inodes={},mode=700".format(megabytes, _MAXIMAL_FILES).encode()
    flags = ctypes.c_ulong(_MS_NOSUID | _MS_NODEV)
    return _holds(lambda: _libc().mount(b"tmpfs", os.fsencode(path), b"tmpfs", flags, options))


# --- giving up rights -------------------------------------------------------------------------------


def drop_privileges() -> None:
    """Give up every capability but to read and write files as root does, for good."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    prctl(_PR_CAP_AMBIENT, 4)
    kept = 1 << _CAP_DAC_OVERRIDE | 1 << _CAP_DAC_READ_SEARCH
    for capability in range(64):
        if not kept >> capability & 1:
            prctl(_PR_CAPBSET_DROP, capability)
    header = struct.pack("=Ii", 0x20080522, 0)
    low = kept & _permitted()
    _holds(lambda: _libc().capset(header, struct.pack("=6I", low, low, 0, 0, 0, 0)))


def _permitted() -> int:
    header, data = (
        ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0), 8),
        ctypes.create_string_buffer(24),
    )
    if not _holds(lambda: _libc().capget(header, data)):
        return 0
    return int(struct.unpack("=6I", data.raw)[1])


def restrict_writing(folders: list[str]) -> bool:
    """Let this process and its children change files nowhere but in `folders`, with Landlock.

    Where the kernel can, signals and abstract sockets reach no process outside either.
    """
    libc = _libc()

    def syscall(number: int, *arguments: Any) -> int:
        return int(libc.syscall(ctypes.c_long(_SYS_LANDLOCK + number), *arguments))

    if not sys.platform.startswith("linux"):
        return False
    version = syscall(0, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    if version < 1:
        return False
    rights = _CHANGES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    attributes = struct.pack("=QQQ", rights, 0, 3)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    rules = syscall(0, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    if rules < 0:
        return False
    try:
        for path in (*folders, os.devnull, "/dev/zero", "/dev/full"):
            allowed = rights if os.path.isdir(path) else rights & (_WRITE_FILE | _TRUNCATE)
            with contextlib.suppress(OSError):
                descriptor = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
                rule = struct.pack("=Qi", allowed, descriptor)
                syscall(1, ctypes.c_int(rules), ctypes.c_int(1), rule, ctypes.c_uint(0))
                os.close(descriptor)
        prctl(_PR_SET_NO_NEW_PRIVS, 1)
        return syscall(2, ctypes.c_int(rules), ctypes.c_uint(0)) == 0
    finally:
        os.close(rules)
