"""Reading and decoding source files, with messages for people where that fails."""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys

from hookproof.exit_status import SettingsError

MAX_SIZE = 64 * 1024 * 1024
"""Bytes of a file that is read; of code that people write, the longest has a hundredth."""

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK_OR_COMMENT = re.compile(rb"^[ \t\f]*(?:#.*)?$")
# The UTF-32 mark starts with the UTF-16 one, so it comes first.
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class SourceError(Exception):
    """A file, or a part of one, that cannot be analysed; the message is one line for people.

    `path` is the file, as it is shown, where the one who raises knows it.
    """

    path: str | None = None


def is_wide(data: bytes) -> bool:
    """Return whether a file starts as UTF-16 and UTF-32 do, which no look at its bytes as ASCII sees."""
    return data.startswith(tuple(mark for mark, _ in _WIDE_MARKS))


def is_notebook(path: str) -> bool:
    """Return whether a file is a notebook, by its name."""
    return path.endswith(".ipynb")


def read(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of the source file at `path`.

    Raises `SourceError` where it cannot be read.
    """
    return read_regular(path)


def read_regular(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of any file that is no pipe or device, and not too large. Raises `SourceError`."""
    try:
        with open(path, "rb", buffering=0, opener=_open_at_once) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):  # a pipe or a device may never end
                raise SourceError(f"cannot read {os.fspath(path)}: Not a regular file")
            if found.st_size > MAX_SIZE:
                raise SourceError(f"cannot read {os.fspath(path)}: larger than {MAX_SIZE >> 20} MiB")
            return file.readall()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"cannot read {os.fspath(path)}: {reason}") from None
    except MemoryError:
        raise SourceError(f"cannot read {os.fspath(path)}: not enough memory") from None


def read_stdin() -> bytes:
    """Return what stands on standard input. Raises `SettingsError` where it cannot be read, or has no end."""
    if not hasattr(sys.stdin, "buffer"):
        raise SettingsError("standard input is closed")
    try:
        data = sys.stdin.buffer.read(MAX_SIZE + 1)
    except (OSError, ValueError) as error:
        raise SettingsError(f"standard input cannot be read: {error}") from None
    if len(data) > MAX_SIZE:
        raise SettingsError(f"standard input is larger than {MAX_SIZE >> 20} MiB")
    return data


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting for whoever writes into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def decode(data: bytes, path: str = "<source>") -> str:
    r"""Return the text of a Python source file, decoded as Python does (byte order mark, PEP 263 cookie).

    Every line ends in `\n` afterwards, whether it ended in `\n`, `\r\n` or a lone `\r` before: line numbers
    stay what Python says they are, and columns are counted in characters (`ast` counts UTF-8 bytes).

    Raises `SourceError` where the bytes do not decode or hold a NUL.
    """
    name = encoding_of(data, path)
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        raise SourceError(f"cannot decode {path} as {error.encoding} (byte {error.start})") from None
    except (
        ValueError,
        LookupError,
        ArithmeticError,
        TypeError,
    ) as error:  # not made for files
        reason = " ".join(str(error).split())[:60]
        raise SourceError(f"cannot decode {path} as {name}: {reason}") from None
    except (RecursionError, MemoryError):
        raise SourceError(f"cannot decode {path}: not enough memory") from None
    if not isinstance(text, str):
        raise SourceError(f"cannot decode {path}: {name} is not a text encoding")
    return normalise(text, path)


def normalise(text: str, path: str = "<source>") -> str:
    r"""Return `text` without a byte order mark and with every line ending made `\n`.

    Raises `SourceError` where it holds a NUL.
    """
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SourceError(f"cannot parse {path}: line {line}: source holds a null byte")
    return text


def encoding_of(data: bytes, path: str) -> str:
    """Return the codec of a source file by its byte order mark and PEP 263 cookie. Raises `SourceError`."""
    for mark, name in _WIDE_MARKS:
        if data.startswith(mark):
            raise SourceError(f"cannot decode {path}: Python does not read {name} source files")
    has_mark = data.startswith(codecs.BOM_UTF8)
    declared = _cookie(data[3:] if has_mark else data) or "utf-8"
    name = _normalised(declared)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):  # also of a name that no codec can have
        raise SourceError(f"cannot decode {path}: unknown encoding {name}") from None
    if not getattr(found, "_is_text_encoding", True):
        raise SourceError(f"cannot decode {path}: {name} is not a text encoding")
    if has_mark:
        if name != "utf-8":  # not `utf8` either
            raise SourceError(f"cannot decode {path}: byte order mark of utf-8, but encoding {declared}")
        return "utf-8-sig"
    return name


def _normalised(name: str) -> str:
    """Return an encoding's name without what Emacs puts behind it, as Python's tokenizer takes it."""
    start = name[:12].lower().replace("_", "-")
    if start == "utf-8" or start.startswith("utf-8-"):
        return "utf-8"
    latin = ("latin-1", "iso-8859-1", "iso-latin-1")
    if start in latin or start.startswith(tuple(f"{each}-" for each in latin)):
        return "iso-8859-1"
    return name


def _cookie(data: bytes) -> str | None:
    """Return the encoding that one of the first two lines declares, as in PEP 263."""
    for line in re.split(rb"\r\n|\r|\n", data[:4096], maxsplit=2)[:2]:
        if match := _COOKIE.match(line):
            return match[1].decode("ascii", "replace")
        if not _BLANK_OR_COMMENT.match(line):
            return None
    return None
