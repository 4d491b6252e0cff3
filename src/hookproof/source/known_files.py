"""What the bytes of the known files say: read and put to triage, or known from an earlier run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from enum import Flag
from functools import partial, reduce
from operator import or_

from hookproof.facts.atlas import Facts
from hookproof.source.cache import FileFacts, Tree
from hookproof.source.failures import begin, told_of
from hookproof.source.text import SourceError, decode, is_notebook, is_wide, normalise, read
from hookproof.source.triage import Mentions, mentions, words_in
from hookproof.worker_pool import WorkerPool
from hookproof.worlds.registry import words

_FRESH = 2 * 10**9  # nanoseconds; no file system counts time more coarsely than this
_UNSEEN = FileFacts(-1, 0, 0, b"", 0)


class Triage(Flag):
    """What the bytes of one file say. Kept in caches by value."""

    NOTHING = 0
    ENTRY_POINT = 1
    MEETS = 2  # registers a hook or calls an entry point: it is parsed
    FAILED = 4  # cannot be read or decoded
    OTHER = 16  # a notebook in another language
    COPIES = 8  # calls an entry point of a world that many files go to: it is parsed in a small project


def triage(data: bytes, path: str, facts: Facts) -> Triage:
    """Return what a file's bytes say of it, of a notebook those of its module."""
    if is_wide(data):
        return Triage.FAILED
    found = mentions(data)
    if not found:
        return Triage.NOTHING
    # Imported here: nothing is read where nothing has changed.
    from hookproof.source.discover import module_name
    from hookproof.source.sites import meets_copies, meets_hooks_or_torchscript

    said = Triage.ENTRY_POINT if Mentions.ENTRY_POINT in found else Triage.NOTHING
    try:
        with told_of(path):
            text = (
                normalise(data.decode("utf-8", "surrogatepass"), path)
                if is_notebook(path)
                else decode(data, path)
            )
            if meets_hooks_or_torchscript(text, found, facts, module_name(path)):
                return said | Triage.MEETS
            is_copying = Mentions.ENTRY_POINT in found and meets_copies(text)
        return said | (Triage.COPIES if is_copying else Triage.NOTHING)
    except SourceError:
        return said | Triage.FAILED


class KnownFiles:
    """The facts of a tree's files, those of an earlier run where a file still looks the same.

    `read` gives a file's bytes and raises `SourceError`. `stale` numbers the files whose facts are not known
    before `update` or `refresh` has read them; `has_changed` says that one was other than before. Facts that
    are not kept (`is_kept`) have no digest.
    """

    def __init__(
        self,
        paths: Sequence[str],
        facts: Facts,
        tree: Tree | None = None,
        read: Callable[[str], bytes] = read,
        *,
        is_kept: bool = True,
    ) -> None:
        self.paths = paths
        self._look = partial(_look, start=time.time_ns(), read=read, is_kept=is_kept, torch=facts)
        known = tree.files if tree is not None and len(tree.files) == len(paths) else (_UNSEEN,) * len(paths)
        self.files = list(known)
        self.has_changed = False
        self.stale = {
            number
            for number, (path, facts) in enumerate(zip(paths, known, strict=True))
            if not _looks_like(path, facts)
        }

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the worlds that the files have."""
        found = reduce(or_, (facts.words for facts in self.files), 0)
        return tuple(word for number, word in enumerate(words()) if found >> number & 1)

    def update(self, number: int) -> bytes | None:
        """Read a stale file and put its facts right; return its bytes if they are other than they were."""
        facts, data = self._look(self.paths[number])
        return data if self._note(number, facts) else None

    def refresh(self, pool: WorkerPool) -> None:
        """Read what is stale, each member of the pool its share."""
        numbers = sorted(self.stale)
        looks = pool.map_files(partial(_facts, self._look), [self.paths[number] for number in numbers])
        for number, facts in zip(numbers, looks, strict=True):
            self._note(number, facts)

    def _note(self, number: int, facts: FileFacts) -> bool:
        before, self.files[number] = self.files[number], facts
        self.stale.discard(number)
        is_other = facts.digest != before.digest
        self.has_changed = self.has_changed or is_other
        return is_other


def _facts(look: Callable[[str], tuple[FileFacts, bytes]], path: str) -> FileFacts:
    return look(path)[0]


def _look(
    path: str, *, start: int, read: Callable[[str], bytes], is_kept: bool, torch: Facts
) -> tuple[FileFacts, bytes]:
    """Return the facts of a file as it is, and its bytes: why it cannot be read where it cannot."""
    size, modified, changed = _times(path, start)
    try:
        begin(path)
        data = read(path)
        if is_notebook(path):
            from hookproof.source.notebook import notebook  # many trees have none

            book = notebook(data, path)
            if not book.is_python:
                return FileFacts(size, modified, changed, _digest(data), Triage.OTHER.value), b""
            data = book.python
    except SourceError as error:  # nothing tells when it can be read again, so it stays stale
        reason = str(error).encode("utf-8", "backslashreplace")
        return FileFacts(-1, 0, 0, reason, Triage.FAILED.value), reason
    digest, said = _digest(data) if is_kept else b"", triage(data, path, torch)
    has = words_in(data) if Triage.ENTRY_POINT in said else 0
    return FileFacts(size, modified, changed, digest, said.value, has), data


def _times(path: str, start: int) -> tuple[int, int, int]:
    """Return size and times before the file is read, no times where they are too fresh to tell."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return -1, 0, 0
    if max(found.st_mtime_ns, found.st_ctime_ns) > start - _FRESH:
        return found.st_size, 0, 0
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _looks_like(path: str, facts: FileFacts) -> bool:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return False
    return (
        found.st_mtime_ns == facts.modified
        and found.st_size == facts.size
        and found.st_ctime_ns == facts.changed
    )


def _digest(data: bytes) -> bytes:
    from hashlib import blake2b

    return blake2b(data, digest_size=16).digest()
