"""Has the kernel refuse calls to this process and its children for good, with seccomp.

A machine whose numbers of calls are not known here, and a kernel or a container that refuses, make a function
return False; nothing raises.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from typing import Any, NamedTuple

from .kernel import prctl

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_LOAD, _EQUAL, _FROM, _ANSWER = 0x20, 0x15, 0x35, 0x06  # operations of a filter
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24  # where a filter finds the call and its arguments
_X32 = 0x40000000  # from here on, calls have other numbers
_FAIL = 0x00050000
# How a filter ends, by name; what comes to its end is allowed.
_ENDS = {
    "allow": 0x7FFF0000,
    "refuse": _FAIL | errno.EACCES,
    "do nothing": _FAIL,
    "not there": _FAIL | errno.ENOSYS,
}
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16  # families of sockets
_SET_LEASE = 1024  # of fcntl(2)


class _Calls(NamedTuple):
    """The numbers that one machine has for calls.

    `outliving` are shmget, semget, msgget, mq_open, add_key, request_key, keyctl, memfd_create, memfd_secret;
    `attributes` those that change a file's mode, owner, times or attributes.
    """

    architecture: int
    fcntl: int
    socket: int
    prlimit: int
    outliving: tuple[int, ...]
    attributes: tuple[int, ...]
    io_uring_setup: int = 425


_MACHINES = {
    "x86_64": _Calls(
        architecture=0xC000003E,
        fcntl=72,
        socket=41,
        prlimit=302,
        outliving=(29, 64, 68, 240, 248, 249, 250, 319, 447),
        attributes=(90, 91, 92, 93, 94, 132, 188, 189, 190, 197, 198, 199, 235, 260, 261, 268, 280, 452),
    ),
    "aarch64": _Calls(
        architecture=0xC00000B7,
        fcntl=25,
        socket=198,
        prlimit=261,
        outliving=(194, 190, 186, 180, 217, 218, 219, 279, 447),
        attributes=(5, 6, 7, 14, 15, 16, 52, 53, 54, 55, 88, 452),
    ),
}


def refuse_network_sockets() -> bool:
    """Refuse every socket of the internet."""
    calls = _known()
    return calls is not None and _install(
        calls,
        [
            (_EQUAL, "not there", "", calls.io_uring_setup),  # its operations open sockets unseen
            (_EQUAL, "", "allow", calls.socket),
            (_LOAD, "", "", _FIRST),
            (_EQUAL, "refuse", "", _INET),
            (_EQUAL, "refuse", "", _INET6),
        ],
    )


def keep_attributes_of_files() -> bool:
    """Have calls that change a file's mode, owner, times or attributes do nothing, and say that they did.

    Landlock knows nothing of these. Programs that set them on files of their own go on.
    """
    calls = _known()
    return calls is not None and _install(
        calls, [(_EQUAL, "do nothing", "", number) for number in calls.attributes]
    )


def refuse_what_others_feel() -> bool:
    """Refuse what hurts others though no limit counts it, or what no end of a process ends.

    Leases on files, which keep others from opening them; limits of other processes; memory, queues, keys of
    the whole system; memory that is in no address space; sockets of families that no network namespace holds.
    """
    calls = _known()
    return calls is not None and _install(
        calls,
        [
            *((_EQUAL, "not there", "", number) for number in calls.outliving),
            (_EQUAL, "", 2, calls.fcntl),
            (_LOAD, "", "", _SECOND),
            (_EQUAL, "refuse", "allow", _SET_LEASE),
            (_EQUAL, "", 2, calls.prlimit),
            (_LOAD, "", "", _FIRST),
            (_EQUAL, "allow", "refuse", 0),  # which is this process
            (_EQUAL, "", "allow", calls.socket),
            (_LOAD, "", "", _FIRST),
            *((_EQUAL, "allow", "", family) for family in (_UNIX, _INET, _INET6)),
            (_EQUAL, "allow", "refuse", _NETLINK),
        ],
    )


def _known() -> _Calls | None:
    is_whole = sys.platform.startswith("linux") and sys.maxsize > 2**32
    return _MACHINES.get(platform.machine()) if is_whole else None


def _install(calls: _Calls, rows: list[tuple[int, Any, Any, int]]) -> bool:
    """Install a filter, written as rows of (operation, whereto if true, whereto if not, operand).

    Whereto is a name of `_ENDS`, or how many rows to pass over.
    """
    rows = [
        (_LOAD, "", "", _ARCHITECTURE),
        (_EQUAL, "", "not there", calls.architecture),
        (_LOAD, "", "", _NUMBER),
        (_FROM, "not there", "", _X32),
        *rows,
    ]
    ends = list(_ENDS)

    def steps(row: int, whereto: Any) -> int:
        return len(rows) + ends.index(whereto) - row - 1 if whereto in _ENDS else int(whereto or 0)

    parts = [
        struct.pack("=HBBI", operation, steps(row, yes), steps(row, no), operand)
        for row, (operation, yes, no, operand) in enumerate(rows)
    ]
    parts += [struct.pack("=HBBI", _ANSWER, 0, 0, end) for end in _ENDS.values()]
    text = b"".join(parts)
    buffer = ctypes.create_string_buffer(text, len(text))
    header = struct.pack("@HP", len(parts), ctypes.addressof(buffer))
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    pointer = ctypes.create_string_buffer(header, len(header))
    return prctl(_PR_SET_SECCOMP, 2, ctypes.addressof(pointer))
