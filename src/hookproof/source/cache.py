"""The cache on disk: what earlier runs learned of files and trees, one msgspec file for a project.

It only ever saves time. A file that is missing, cut short, of another version or not a cache at all counts as
empty; one that cannot be written is left alone. Runs side by side each replace it as a whole.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import PathFinder

import msgspec
from msgspec import Raw, Struct

from hookproof import __version__
from hookproof.source.callers import Callers

FOLDER = ".hookproof_cache"
"""The folder of the cache where no other is set, beside the project's pyproject.toml."""

_FILE = "facts.msgpack"
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
                except (msgspec.MsgspecError, RecursionError):
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
            with open(self._path, "rb") as file:
                contents = msgspec.msgpack.decode(file.read(), type=_Contents)
        except (OSError, ValueError, RecursionError):  # a MsgspecError is a ValueError
            return ()
        return contents.trees if contents.tool == _tool() else ()

    def _write(self, data: bytes) -> None:
        temporary = f"{self._path}.{os.getpid()}"
        try:
            os.makedirs(self._folder, exist_ok=True)
            for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
                path = os.path.join(self._folder, name)
                if not os.path.exists(path):
                    _write(path, text.encode())
            _write(temporary, data)
            os.replace(temporary, self._path)
        except (OSError, ValueError):
            _remove(temporary)


def listing_of(paths: Sequence[str]) -> bytes:
    """Return what tells one set of files from another: where they are named from, and their names."""
    return "\0".join((os.getcwd(), *paths)).encode("utf-8", "surrogatepass")


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except (OSError, ValueError):
        return


_tools: list[bytes] = []


def _tool() -> bytes:
    """Return what the facts depend on besides the files: hookproof's own sources, Python and libcst."""
    if not _tools:
        libcst = PathFinder.find_spec("libcst")
        paths = [libcst.origin] if libcst is not None and libcst.origin else []
        paths += sorted(_sources(os.path.dirname(os.path.dirname(__file__))))
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
