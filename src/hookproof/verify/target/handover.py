"""How an experiment hands over its answer: on a channel that it opens only when foreign code has ended.

While foreign code runs, the process holds no descriptor but its output. Before, it gets a one-time key
from its supervisor; after, it opens a second connection and sends the key with the answer. The supervisor
takes what the kernel says comes from that very process, bears the key and is JSON; anything else is
dropped, or makes this one experiment inconclusive.

The key is kept where no name leads: it is an argument of a call that is under way, so it stands in no
frame's variables, in no closure, object or module. This keeps the door shut to code that does not rebuild
the interpreter's memory by hand; what such code could forge is the answer about itself alone.
"""

from __future__ import annotations

import _socket
import contextlib
import functools
import hmac
import json
import os
import select
import struct
import sys
from typing import Any, Callable

KEY_SIZE = 32
MAXIMAL_ANSWER = 4 << 20
_MAXIMAL_DEPTH = 64  # of lists and objects in each other: what passes can be read and written everywhere
_MAXIMAL_NAME = 100  # bytes; the shortest limit of a platform is 104, with a zero at the end
_SO_PEERCRED = 17
_LOCAL_PEERPID = 2

_os: Any = os  # some platforms have no fork
# Names of their own, taken before any foreign code could replace what they stand for.
leave, fork, wait = os._exit, getattr(_os, "fork", _os._exit), getattr(_os, "waitpid", _os._exit)
decode = json.JSONDecoder().decode
_open, _close, _DIRECTORY = os.open, os.close, os.O_RDONLY
_dirname, _basename = os.path.dirname, os.path.basename
_Socket, _UNIX, _STREAM = _socket.socket, getattr(_socket, "AF_UNIX", 1), _socket.SOCK_STREAM
_error = OSError


def _make_encoder() -> Callable[[Any], bytes]:
    """Return `json.dumps` to bytes, of C alone where it can be, so that nothing in it can be replaced."""
    try:
        from _json import encode_basestring_ascii, make_encoder
    except ImportError:
        return lambda value: json.dumps(value).encode()
    chunks = make_encoder(None, _reject, encode_basestring_ascii, None, ": ", ", ", False, False, True)
    join, encode = "".join, str.encode
    return lambda value: encode(join(chunks(value, 0)))


def _reject(value: Any) -> Any:
    raise TypeError("no JSON for {}".format(type(value).__name__))


encode = _make_encoder()


class _Calling:
    """An object that is without the attribute asked for, and finds that out by running `action`."""

    __slots__ = ("action", "result")

    def __init__(self, action: Callable[[], Any]) -> None:
        self.action = action

    def __getattr__(self, _: str) -> Any:
        self.result = self.action()
        raise AttributeError


def run_with_key(
    fetch: Callable[[], bytes], action: Callable[[], Any], after: Callable[[bytes, Any], None]
) -> None:
    """Fetch the key, run `action`, then call `after` with the key and what `action` returned.

    The key is the default of a `getattr` that is under way while `action` runs: a value on the stack of the
    interpreter, with no name.
    """
    calling = _Calling(action)
    after(getattr(calling, "key", fetch()), calling.result)


def fetch_key(address: str) -> bytes:
    """Return the key that the supervisor gives to this process, once."""
    connection = _connected(address)
    try:
        key = b""
        while len(key) < KEY_SIZE:
            part = connection.recv(KEY_SIZE - len(key))
            if not part:
                raise _error("the supervisor gave no key")
            key += part
        return key
    finally:
        connection.close()


def _connected(address: str) -> Any:
    connection = _Socket(_UNIX, _STREAM)
    _at_short_name(address, connection.connect)
    return connection


def _at_short_name(address: str, act: Callable[[str], Any]) -> None:
    """Call `act` with a name of the socket at `address` that is as short as names of sockets must be."""
    if len(_os.fsencode(address)) <= _MAXIMAL_NAME:
        act(address)
        return
    folder = _open(_dirname(address), _DIRECTORY)
    try:
        act("/proc/self/fd/{}/{}".format(folder, _basename(address)))
    finally:
        _close(folder)


def send_answer(address: str, key: bytes, fields: Any) -> None:
    """Send an answer to the supervisor, and nothing after it."""
    connection = _connected(address)
    connection.sendall(key + encode(fields))
    connection.close()


def open_channel(address: str, key: bytes) -> Any:
    """Return a connection to the supervisor that stays open, for a process that runs no more foreign code."""
    connection = _connected(address)
    connection.sendall(key)
    return connection


# --- at the supervisor ------------------------------------------------------------------------------


class Doorkeeper:
    """The supervisor's side: a socket in its folder, and the one process that may come in, twice."""

    def __init__(self, folder: str) -> None:
        self.address = os.path.join(folder, "door")
        self._listener: Any = None
        self.open()

    def open(self) -> None:
        """Listen, anew where somebody took the socket away."""
        if self._listener is not None:
            if os.path.exists(self.address):
                return
            self._listener.close()
        self._listener = _Socket(_UNIX, _STREAM)
        with contextlib.suppress(OSError):
            os.unlink(self.address)
        _at_short_name(self.address, self._listener.bind)
        self._listener.listen(64)
        self._listener.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return int(self._listener.fileno())

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def accept(self, pid: int) -> Any:
        """Return the next connection that comes from process `pid`; None where none does."""
        for _ in range(64):
            try:
                descriptor, _address = self._listener._accept()
            except OSError:
                return None
            connection = _Socket(fileno=descriptor)
            if _peer(connection) == pid:
                connection.setblocking(False)
                return connection
            connection.close()
        return None


def _peer(connection: Any) -> int:
    """Return the process that opened a connection, as the kernel says."""
    if sys.platform == "darwin":
        return int(connection.getsockopt(0, _LOCAL_PEERPID))
    data = connection.getsockopt(_socket.SOL_SOCKET, _SO_PEERCRED, 12)
    return int(struct.unpack("=iII", data)[0])


def decoded(data: bytes, key: bytes) -> dict[str, Any] | None:
    """Return the fields of what bears `key` and is a JSON object; None otherwise."""
    if not hmac.compare_digest(data[:KEY_SIZE], key):
        return None
    return parsed(data[KEY_SIZE:])


def parsed(data: bytes) -> dict[str, Any] | None:
    """Return the fields of a JSON object of sane size; None for anything else."""
    if len(data) > MAXIMAL_ANSWER:
        return None
    try:
        fields = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) and not _is_too_deep(fields) else None


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAXIMAL_DEPTH):
        parts = [each.values() if isinstance(each, dict) else each for each in level]
        level = [each for part in parts for each in part if isinstance(each, (dict, list))]
        if not level:
            return False
    return True


def run_in_child(action: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any] | None, int]:
    """Run `action` in a fork; return what it hands over, or None and how the fork ended."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="d") as folder:
        door = Doorkeeper(folder)
        key = b""
        pid = os.fork()
        if pid == 0:
            try:
                door.close()
                fetch, address = functools.partial(fetch_key, door.address), door.address
                run_with_key(fetch, action, functools.partial(send_answer, address))
            finally:
                leave(0)
        key = os.urandom(KEY_SIZE // 2).hex().encode()
        try:
            return _received(door, pid, key)
        finally:
            door.close()


def _received(door: Doorkeeper, pid: int, key: bytes) -> tuple[dict[str, Any] | None, int]:
    connections: list[Any] = []
    data, is_complete = bytearray(), False
    while not is_complete:
        ready, _, _ = select.select([door, *connections[1:2]], [], [], 0.02)
        if door in ready:
            connection = door.accept(pid)
            if connection is not None:
                connections.append(connection)
                if len(connections) == 1:
                    connection.send(key)
        elif connections[1:2] and connections[1] in ready:
            part = connections[1].recv(1 << 16)
            data += part
            is_complete = not part or len(data) > MAXIMAL_ANSWER
        elif os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            break
    _, status = os.waitpid(pid, 0)
    return (decoded(bytes(data), key) if data else None), status
