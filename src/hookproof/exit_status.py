"""How a command leaves the process: its exit status, and every error as one line on stderr."""

from __future__ import annotations

import errno
import functools
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

NO_MEMORY = "not enough memory"
_RESERVE = 4 << 20  # bytes that are kept, untouched, to have some for the last line
_TO_BEGIN = 28 << 20  # bytes that a check takes for its own code and a small file, measured on Python 3.11


class SettingsError(Exception):
    """A setting that cannot be understood; the message is one line that names the file and the key."""


def leave(command: Callable[[], object]) -> NoReturn:
    """Run a command and leave the process: with what it returns if that is a number, 2 for an error."""
    reserve = bytearray(_RESERVE)
    sys.unraisablehook = _told_unless_of_memory
    try:
        open_streams()
        ask_for_room(_TO_BEGIN)
        status = command()
        sys.stdout.flush()
    except SettingsError as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.stderr.write("hookproof: interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader went away (`| head`): nothing more to say, and nothing left for Python to flush.
        _flush_nowhere()
        sys.exit(141)
    except OSError as error:
        _flush_nowhere()
        named = f": {error.filename}" if isinstance(error.filename, str) else ""
        fail(f"{error.strerror or error}{named}")
    except Exception as error:
        if os.environ.get("HOOKPROOF_TRACEBACK"):
            raise
        reserve.clear()
        if is_of_memory(error):
            fail(NO_MEMORY)
        fail(f"internal error: {_described(error)}; please report it (HOOKPROOF_TRACEBACK=1 shows where)")
    sys.exit(status if isinstance(status, int) else 0)


def is_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out: under a limit, Python may have none left to say more."""
    if not isinstance(error, SystemError):
        return isinstance(error, MemoryError)
    try:
        return is_memory_limited()
    except (MemoryError, SystemError):
        return True


def ask_for_room(size: int) -> None:
    """Raise `MemoryError` where a limit leaves the process no room for so many bytes more.

    To be asked before Python's parser is: where memory ends it may lose what it remembers instead of
    failing, and then takes time that grows exponentially with the nesting (Python 3.11), uninterruptible.
    """
    if is_memory_limited():
        bytes(size)  # of pages that nothing touches, at once given back


@functools.cache
def is_memory_limited() -> bool:
    """Whether the process was given a limit to its memory."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, RLIMIT_DATA, getrlimit
    except ImportError:  # no such limits on this platform
        return False
    return any(getrlimit(which)[0] != RLIM_INFINITY for which in (RLIMIT_AS, RLIMIT_DATA))


def _told_unless_of_memory(unraisable: sys.UnraisableHookArgs) -> None:
    """Be silent about generators that have no memory to end with: the command says so in one line."""
    if not issubclass(unraisable.exc_type, MemoryError):
        sys.__unraisablehook__(unraisable)


def open_streams() -> None:
    """Give a process that was started without its standard streams ones that lead nowhere, stdout a full one.

    What should be seen is then told as lost, and not written into the next file that is opened.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # as long as the process
    if sys.stdout is None:
        sys.stdout = _Closed()


class _Closed(io.StringIO):
    """A stdout that was closed before the process started."""

    def write(self, text: str) -> int:
        """Raise the error of a closed file."""
        raise OSError(errno.EBADF, "standard output is closed")


def _flush_nowhere() -> None:
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _described(error: Exception) -> str:
    import traceback  # takes longer than what can go without it

    frame = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" ({os.path.basename(each.filename)}:{each.lineno})" for each in frame)
    return f"{type(error).__name__}: {error}"[:200] + where


def fail(message: str) -> NoReturn:
    """Say in one line why the command was not carried out, and leave with 2."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"hookproof: {one_line(message)}\n")
    sys.exit(2)


def one_line(message: str) -> str:
    """Return a message as a terminal can be given it: settings and names in it are a stranger's."""
    return printable(" ".join(message.split()))


def printable(line: str) -> str:
    """Return a line with what no terminal and no log should get as escapes."""
    if line.startswith(("::", "##[")):  # a command to the logs of CI
        line = f"./{line}"
    if line.isprintable():
        return line
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in line
    )
