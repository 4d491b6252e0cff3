"""Answers of earlier runs: when they still hold, and what to keep of this one."""

from __future__ import annotations

import os
from typing import Any

import msgspec
from msgspec import Raw

from hookproof.facts.versions import is_file
from hookproof.report import Analysis
from hookproof.session.sources import Sources
from hookproof.settings import Settings
from hookproof.source.cache import Answer, Cache, Tree, listing_of
from hookproof.source.discover import module_name
from hookproof.source.known_files import KnownFiles, Triage
from hookproof.source.text import SourceError, read_regular
from hookproof.worker_pool import WorkerPool

# What changes neither what is found nor what is counted.
_SETTINGS_LEFT_OUT: dict[str, Any] = {
    "output_format": "full",
    "severity": {},
    "fail_on": "possible",
    "baseline": None,
    "jobs": None,
    "cache_dir": "",
    "config": None,
    "min_confidence": None,
    "torch_from": "",
}


class Memory:
    """What is kept of earlier runs over the known files of `sources`, whose facts are `files`.

    `kind` and `settings` are what is asked this time. Findings are asked for all known files together, so
    that each of them has its answer from then on.
    """

    def __init__(self, cache: Cache, kind: str, settings: Settings, sources: Sources) -> None:
        self._cache = cache
        self._sources = sources
        self._listing = listing_of(sources.known)
        self._tree = cache.tree(self._listing)
        self._question = _question(kind, settings, sources)
        self.files = KnownFiles(sources.known, sources.facts, self._tree, sources.read)

    def answer(self) -> Analysis | None:
        """Return the answer of an earlier run if it is this one's too."""
        answers = self._tree.answers if self._tree is not None else ()
        answer = next((answer for answer in answers if answer.question == self._question), None)
        if answer is None:
            return None
        before = self.files.words
        looked_at_again = sorted(self.files.stale)
        if not all(self._is_unconcerned(number, answer) for number in looked_at_again):
            return None
        if self.files.words != before:
            return None
        try:
            analysis = msgspec.msgpack.decode(answer.analysis, type=Analysis)
        except (msgspec.MsgspecError, RecursionError):
            return None
        if looked_at_again:
            self._store(answer)
        return analysis

    def keep(self, analysis: Analysis, sources: Sources) -> None:
        """Keep the answer of this run, which consulted these sources."""
        numbers = {path: number for number, path in enumerate(self.files.paths)}
        consulted = sorted(numbers[path] for path in {*sources.consulted, *sources.failed})
        try:
            encoded = Raw(msgspec.msgpack.encode(analysis))
        except UnicodeEncodeError:  # a file's name that is no text
            return
        self._store(Answer(self._question, tuple(consulted), sources.callers, encoded))

    def _is_unconcerned(self, number: int, answer: Answer) -> bool:
        """Whether a file that looks changed leaves the answer as it is."""
        before = self.files.files[number].triage
        data = self.files.update(number)
        if data is None:
            return True
        if number in answer.consulted:
            return False
        # How many files have to do with hooks says which are read.
        said = Triage(self.files.files[number].triage | before)
        if said & (Triage.MEETS | Triage.FAILED | Triage.COPIES | Triage.OTHER):
            return False
        # Without a hook anywhere, nobody asked for callers.
        return answer.callers is None or not answer.callers.concerns(data)

    def _store(self, answer: Answer) -> None:
        self.files.refresh(WorkerPool())
        # Answers to other questions may not hold any more where files have changed.
        others = () if self.files.has_changed or self._tree is None else self._tree.answers
        answers = (answer, *(other for other in others if other.question != answer.question))
        self._cache.store(Tree(self._listing, tuple(self.files.files), answers))


def _question(kind: str, settings: Settings, sources: Sources) -> bytes:
    """Return all that the answer depends on besides the known files and hookproof itself."""
    plain = msgspec.structs.replace(settings, **_SETTINGS_LEFT_OUT)
    # Packages start above the paths, and an `__init__.py` may be excluded.
    folders = {os.path.dirname(path) for path in sources.known}
    starts = {os.path.join(folder, "__init__.py") for folder in folders} - set(sources.known)
    hidden = sorted(start for start in starts if os.path.isfile(start))
    tops = sorted(folder for folder in folders if os.path.dirname(folder) not in folders or not folder)
    names = [module_name(os.path.join(top, "_.py")) for top in tops]
    reported = sources.reported if kind == "hooks" else ()
    facts = [_digest(version) for version in settings.torch if is_file(version)]
    return ascii((kind, plain, hidden, names, reported, facts)).encode()


def _digest(path: str) -> str:
    """Return what a file of facts holds, in short; the command has read it before."""
    import hashlib  # few projects have facts of their own

    try:
        return hashlib.sha256(read_regular(path)).hexdigest()
    except SourceError:
        return ""
