"""An analysis that lives on between edits: only what rests on a changed file is worked out again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec.structs import replace

from hookproof.facts.atlas import Facts
from hookproof.facts.versions import Torch
from hookproof.outcomes.kept import Kept
from hookproof.report import Analysis, HookSite, Report
from hookproof.semantic.blocks import collected
from hookproof.semantic.by_node import forget
from hookproof.semantic.chains import Importing
from hookproof.session.judge import Judged
from hookproof.session.pipeline import (
    Lasting,
    analyse,
    over_versions,
    project_of,
    without_garbage_collection,
)
from hookproof.session.sources import Sources, sources_of
from hookproof.settings import Settings
from hookproof.source.callers import Callers, Role, Wanted
from hookproof.source.failures import bounded
from hookproof.source.known_files import KnownFiles
from hookproof.source.text import SourceError
from hookproof.syntax.outline import Outline
from hookproof.syntax.source_file import SourceFile
from hookproof.worker_pool import WorkerPool

_QUESTIONS = 16  # that files are asked of what they import; each question has an answer of each file
_EDITS_REMEMBERED = 200  # after which what is known of syntax nodes is forgotten: most of them are gone

Moment = Callable[[], None]
"""Called now and then; may raise a `BaseException` to give up what is being worked out."""


class Living:
    """What is found under `paths` with these settings, while their files change.

    The set of files is looked for once; where it changes, a new one has to be made.
    """

    def __init__(self, paths: Sequence[str], settings: Settings) -> None:
        self.settings = settings
        self._paths = paths
        self._versions: dict[Torch, _Version] = {}
        self._contents: dict[str, bytes] = {}

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Have these contents stand in the place of files."""
        before = self._contents
        self._contents = dict(contents)
        self.touch({path for path in {*before, *contents} if before.get(path) != contents.get(path)})

    def touch(self, paths: Collection[str]) -> None:
        """Read these files again, that have changed on disk."""
        for version in self._versions.values():
            version.stale.update(paths)

    def knows(self, path: str, contents: Mapping[str, bytes]) -> bool:
        """Whether a file is one of those that were looked for, or had a content then."""
        if not self._versions:
            self.put(contents)
        return all(version.knows(path) for version in self._versions.values())

    @bounded()
    def report(self, moment: Moment = lambda: None) -> Report:
        """Return what is found in all files as they are. Raises what `moment` does, and `SettingsError`."""

        def of(held: Settings) -> tuple[Analysis, Sources]:
            version = self._version(held)
            return version.analysis(self._contents, moment), version.sources

        return over_versions("check", self.settings, of)

    def hooks(self, path: str, moment: Moment = lambda: None) -> tuple[HookSite, ...]:
        """Return the registrations in a file as it is now, with what becomes of each hook."""
        sites: list[HookSite] = []

        def of(held: Settings) -> tuple[Analysis, Sources]:
            version = self._version(held)
            analysis = version.analysis(self._contents, moment)
            sites.extend(version.hooks(path, moment))
            return analysis, version.sources

        with bounded():
            over_versions("hooks", self.settings, of)
        return tuple(sites)

    def lines(self, path: str) -> tuple[str, ...]:
        """Return the lines of a file as it was looked at."""
        for version in self._versions.values():
            return version.lines(path)
        return ()

    @property
    def read(self) -> frozenset[str]:
        """The files that the last report had to read or parse."""
        return frozenset(path for version in self._versions.values() for path in version.read)

    def _version(self, held: Settings) -> _Version:
        torch = held.torches[-1]
        if torch not in self._versions:
            self._versions[torch] = _Version(self._paths, held, self._contents)
        return self._versions[torch]


class _Version:
    """The same for one version of torch."""

    def __init__(self, paths: Sequence[str], settings: Settings, contents: Mapping[str, bytes]) -> None:
        self.settings = settings
        self.sources = sources_of(paths, settings, dict(contents))
        self.sources.reported = self.sources.known
        self.sources.reads = set()
        self.stale: set[str] = set()
        self._files = KnownFiles(
            self.sources.known, self.sources.facts, read=self.sources.read, is_kept=False
        )
        self._numbers = {path: number for number, path in enumerate(self.sources.known)}
        project = project_of(self.sources, settings)
        self._lasting = Lasting(project, Kept(), Judged(), self._importers, self._collect)
        self._collected: dict[str, tuple[SourceFile, tuple[Outline, dict[int, Role]] | str]] = {}
        self._asked: dict[object, tuple[Callers, dict[str, Wanted]]] = {}
        self._edits = 0
        self._resting: set[str] = set()
        self._analysis: Analysis | None = None
        self._hooks: dict[str, tuple[HookSite, ...]] = {}

    @property
    def read(self) -> frozenset[str]:
        """The files that the last analysis read."""
        return frozenset(self.sources.reads or ())

    def knows(self, path: str) -> bool:
        """Whether a file is one of those that were looked for."""
        return path in self._numbers

    def lines(self, path: str) -> tuple[str, ...]:
        """Return the lines of a file, read where it was not; none where it cannot be."""
        file = self.sources.loaded.get(path) or self.sources.load(path)
        return tuple(file.text.split("\n")) if file is not None else ()

    def analysis(self, contents: Mapping[str, bytes], moment: Moment) -> Analysis:
        """Return what is known of all files with these contents in the place of some."""
        self.sources.reads = set()
        if self._analysis is not None and not self.stale:
            return self._analysis
        self._analysis = None
        self._hooks.clear()
        self._take(contents)
        with without_garbage_collection():
            self._files.refresh(WorkerPool())
            self.sources.seeds.clear()
            self.sources.load_seeds(self._files)
            self._analysis = self._analysed("check", self.sources, moment)
        self._lasting.judged.end()
        self._resting.clear()
        self._lasting.changed = ()
        self.stale.clear()
        self._edits += 1
        if self._edits % _EDITS_REMEMBERED == 0:
            forget()
        return self._analysis

    def _take(self, contents: Mapping[str, bytes]) -> None:
        """Forget what rests on files that are other than they were."""
        sources = self.sources
        sources.overlay.clear()
        sources.overlay.update(contents)
        sources.consulted.clear()
        sources.parsed.clear()
        sources.failed.clear()
        for path in self.stale & self._numbers.keys():
            self._files.stale.add(self._numbers[path])
            sources.loaded.pop(path, None)
            self._ask_again(path)
        project = self._lasting.project
        self._resting |= project.forget(self.stale)
        self._lasting.changed = frozenset(self._resting)

    def _ask_again(self, path: str) -> None:
        """Have a changed file say anew what it imports; where that is other than it was, all may be."""
        self._lasting.kept.doubt(path)
        for callers, known in self._asked.values():
            if path in known:
                before = known.pop(path)
                try:
                    now = callers.wants(self.sources.read(path))
                except SourceError:
                    now = None
                if now is not before:
                    self._lasting.kept.doubt()
                else:
                    known[path] = now

    def _collect(self, facts: Facts, file: SourceFile) -> tuple[Outline, dict[int, Role]] | str:
        known = self._collected.get(file.path)
        if known is None or known[0] is not file:
            known = self._collected[file.path] = (file, collected(facts, file))
        found = known[1]
        return found if isinstance(found, str) else (found[0], dict(found[1]))

    def _importers(self, callers: Callers, fresh: Callers, looked_at: Collection[str]) -> Importing:
        if len(self._asked) > _QUESTIONS:
            self._asked.clear()
        _, known = self._asked.setdefault(fresh.question, (fresh, {}))
        return self.sources.importers(callers, fresh, looked_at, pool=WorkerPool(), known=known)

    def hooks(self, path: str, moment: Moment) -> tuple[HookSite, ...]:
        """Return the registrations in a file, after an analysis."""
        if path not in self._hooks:
            sources = replace(self.sources, reported=(path,))
            with without_garbage_collection():
                self._hooks[path] = self._analysed("hooks", sources, moment).hooks
        return self._hooks[path]

    def _analysed(self, kind: str, sources: Sources, moment: Moment) -> Analysis:
        return analyse(kind, sources, self.settings, lambda done, of: moment(), WorkerPool(), self._lasting)
