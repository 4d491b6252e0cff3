"""The cache on disk: what earlier runs learned of files and trees, one msgspec file for a project.

It only ever saves time. A file that is missing, cut short, of another version or not a cache at all counts as
empty; one that cannot be written is left alone. Runs side by side each replace it as a whole.

Nothing is believed that this installation has not written: the file begins with a checksum whose key is what
the installed files of hookproof look like on this machine. No link is followed, and nothing is written into a
folder that holds other things.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

import msgspec
from msgspec import Raw, Struct

from hookproof import __version__
from hookproof.source.callers import Callers

FOLDER = ".hookproof_cache"
"""The folder of the cache where no other is set, beside the project's pyproject.toml."""

_FILE = "facts.msgpack"
_TAG_FILE = "CACHEDIR.TAG"
_CHECKSUM = 32  # bytes
_MAX_SIZE = 512 * 1024 * 1024
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_MAX_TREES = 4
_MAX_ANSWERS = 16
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of hookproof; see https://bford.info/cachedir/\n"
)


class FileFacts(Struct, frozen=True, array_like=True, gc=False):
    """What is known of a file: how it looked on disk, its content's digest, and what triage said of it.

    A `modified` of 0 says that the file was too fresh for its times to tell a later change. `words` are those
    of the worlds that it has, a bit for each.
    """

    size: int
    modified: int
    changed: int
    digest: bytes
    triage: int
    words: int = 0


class Answer(Struct, frozen=True, array_like=True):
    """What a run found out, encoded, for its `question`.

    It holds while the files numbered in `consulted` are the same, and no other file mentions more than it did
    or becomes one of the `callers`.
    """

    question: bytes
    consulted: tuple[int, ...]
    callers: Callers | None
    analysis: Raw


class Tree(Struct, frozen=True, array_like=True):
    """A set of known files: their `listing`, the facts of each in its order, the answers to questions."""

    listing: bytes
    files: tuple[FileFacts, ...]
    answers: tuple[Answer, ...]


class _Entry(Struct, frozen=True, array_like=True):
    listing: bytes
    tree: Raw


class _Contents(Struct, frozen=True, array_like=True):
    tool: bytes
    trees: tuple[_Entry, ...]


class Cache:
    """The cache in `folder`. Never raises: whatever is wrong with it, it is empty or stays as it is."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._path = os.path.join(folder, _FILE)

    def tree(self, listing: bytes) -> Tree | None:
        """Return what is known of the files with this listing."""
        for entry in self._read():
            if entry.listing == listing:
                try:
                    return msgspec.msgpack.decode(entry.tree, type=Tree)
                except (msgspec.MsgspecError, RecursionError, MemoryError):
                    return None
        return None

    def store(self, tree: Tree) -> None:
        """Keep a tree, and those that were asked for last."""
        encode = msgspec.msgpack.encode
        tree = msgspec.structs.replace(tree, answers=tree.answers[:_MAX_ANSWERS])
        others = [entry for entry in self._read() if entry.listing != tree.listing]
        entries = (_Entry(tree.listing, Raw(encode(tree))), *others[: _MAX_TREES - 1])
        self._write(encode(_Contents(_tool(), entries)))

    def _read(self) -> tuple[_Entry, ...]:
        try:
            data = self._checked()
            contents = msgspec.msgpack.decode(data, type=_Contents) if data else None
        except (OSError, ValueError, RecursionError, MemoryError):  # a MsgspecError is a ValueError
            return ()
        return contents.trees if contents is not None and contents.tool == _tool() else ()

    def _checked(self) -> bytes:
        """Return what is behind the checksum, nothing where that is another's."""
        if os.path.islink(self._folder):
            return b""
        descriptor = os.open(self._path, os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_SIZE:
                return b""
            data = file.read()
        head, rest = data[:_CHECKSUM], data[_CHECKSUM:]
        return rest if head == _checksum(rest) else b""

    def _write(self, data: bytes) -> None:
        if len(data) > _MAX_SIZE:
            return
        temporary = f"{self._path}.{os.getpid()}.{os.urandom(8).hex()}"
        try:
            if not self._is_own():
                return
            for name, text in ((".gitignore", "*\n"), (_TAG_FILE, _TAG)):
                with suppress(FileExistsError):
                    _write(os.path.join(self._folder, name), text.encode())
        except (OSError, ValueError):
            return
        try:
            _write(temporary, _checksum(data) + data)
            os.replace(temporary, self._path)
        except (OSError, ValueError):
            _remove(temporary)

    def _is_own(self) -> bool:
        """Make the folder; tell whether it is one, no link, and holds a cache or nothing."""
        os.makedirs(self._folder, exist_ok=True)
        if os.path.islink(self._folder):
            return False
        names = set(os.listdir(self._folder))
        return not names or _TAG_FILE in names or names <= {".gitignore", _FILE}


def listing_of(paths: Sequence[str]) -> bytes:
    """Return what tells one set of files from another: where they are named from, and their names."""
    return "\0".join((os.getcwd(), *paths)).encode("utf-8", "surrogatepass")


def _write(path: str, data: bytes) -> None:
    """Write a new file. Raises `FileExistsError` where there is one, or a link to anywhere."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o666), "wb") as file:
        file.write(data)


def _checksum(data: bytes) -> bytes:
    # Imported here: a run without cache needs none.
    from hashlib import blake2b

    key = blake2b(_tool(), digest_size=32).digest()
    return blake2b(data, digest_size=_CHECKSUM, key=key).digest()


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except (OSError, ValueError):
        return


_tools: list[bytes] = []


def _tool() -> bytes:
    """Return what the facts depend on besides the files: hookproof's own sources and Python."""
    if not _tools:
        paths = sorted(_sources(os.path.dirname(os.path.dirname(__file__))))
        described = [__version__, sys.version, *map(_stamp, paths)]
        _tools.append("\n".join(described).encode("utf-8", "surrogatepass"))
    return _tools[0]


def _sources(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except OSError:  # imported from an archive: the version has to do
        return
    for entry in entries:
        if entry.name.endswith((".py", ".json")):
            yield entry.path
        elif entry.name != "__pycache__" and entry.is_dir():
            yield from _sources(entry.path)


def _stamp(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return path
    return f"{path} {found.st_size} {found.st_mtime_ns}"
