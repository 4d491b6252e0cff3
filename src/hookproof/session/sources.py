"""Which files a run is about, what is known of them, and where to read them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field, structs

from hookproof.exit_status import SettingsError
from hookproof.facts.atlas import Facts
from hookproof.report import Failure, Skipped
from hookproof.settings import Settings
from hookproof.source.callers import Callers, Said, Wanted
from hookproof.source.discover import DiscoveredFiles, discover, module_name, neighbours, project_root
from hookproof.source.failures import begin, left_out, told_of
from hookproof.source.known_files import KnownFiles, Triage
from hookproof.source.text import SourceError, is_notebook, read
from hookproof.worker_pool import WorkerPool

if TYPE_CHECKING:
    from hookproof.semantic.chains import Importing
    from hookproof.syntax.source_file import SourceFile

# In a project of more files than that, those that only copy or pickle something are not read.
MAX_COPYING = 100


class Sources(Struct):
    """The files of a run: which are reported on, what is known of the others, what could not be read.

    `overlay` holds bytes that take a file's place, `excluded` counts the `given` paths that are left out,
    `skipped` is what was not read;
    `callers` is what the dismissed files were asked, `facts` what is known of torch, `words` are those of the
    worlds that the known files have;
    `consulted` are the files that the interpreter looked at, `parsed` those of which something had to be.
    `reads` notes, where somebody asks, which files were read.
    """

    reported: tuple[str, ...]
    known: tuple[str, ...]
    failures: list[Failure] = field(default_factory=list)
    seeds: list[SourceFile] = field(default_factory=list)
    words: tuple[str, ...] = ()
    overlay: dict[str, bytes] = field(default_factory=dict)
    loaded: dict[str, SourceFile] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    consulted: set[str] = field(default_factory=set)
    parsed: set[str] = field(default_factory=set)
    callers: Callers | None = None
    excluded: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    given: frozenset[str] = frozenset()
    facts: Facts = field(default_factory=Facts)
    reads: set[str] | None = None

    def copied(self) -> Sources:
        """Return the same files, as far as they are read; what is read from now on is noted in one only."""
        return structs.replace(
            self, loaded=dict(self.loaded), failed=dict(self.failed), consulted=set(), parsed=set()
        )

    def read(self, path: str) -> bytes:
        """Return the content of a file. Raises `SourceError`."""
        if self.reads is not None:
            self.reads.add(path)
        return self.overlay[path] if path in self.overlay else read(path)

    def _python(self, path: str) -> bytes:
        """Return the bytes of the Python that a file holds. Raises `SourceError`."""
        data = self.read(path)
        if not is_notebook(path):
            return data
        from hookproof.source.notebook import notebook  # many trees have none

        return notebook(data, path).python

    def load(self, path: str) -> SourceFile | None:
        """Return a file for the interpreter; a failure is noted once."""
        if path in self.failed:
            return None
        if path not in self.loaded:
            # Imported here: where nothing has changed, no file is loaded.
            from hookproof.syntax.source_file import SourceFile

            try:
                begin(path)
                with told_of(path):
                    file = SourceFile(path, module_name(path), self.read(path))
                    file.text  # noqa: B018  # decoding may fail, and should fail here
            except SourceError as error:
                self.fail(path, error)
                return None
            self.loaded[path] = file
        return self.loaded[path]

    def load_seeds(self, files: KnownFiles) -> None:
        """Load the files that register hooks or call entry points, as their facts say."""
        self.words = files.words
        every = [Triage(facts.triage) if facts.triage else Triage.NOTHING for facts in files.files]
        wanted = Triage.MEETS | Triage.FAILED | Triage.COPIES
        if len(every) > MAX_COPYING:
            wanted ^= Triage.COPIES
        for path, said in zip(self.known, every, strict=True):
            if said & wanted:
                file = self.load(path)
                if file is not None:
                    self.seeds.append(file)

    def importers(
        self,
        callers: Callers,
        fresh: Callers,
        looked_at: Collection[str],
        *,
        pool: WorkerPool,
        known: dict[str, Wanted] | None = None,
    ) -> Importing:
        """Return the files dismissed by triage that import a name of `fresh`, but for those looked at.

        `callers` are all that they are asked about in this run. What is `known` of files is not asked again.
        """
        # Imported here: few runs have hooks in them.
        from hookproof.semantic.chains import Importing

        self.callers = callers
        seeds = {file.path for file in self.seeds}
        left_out = {*seeds, *looked_at, *self.failed}
        asked = [path for path in self.known if path not in left_out]
        said = {} if known is None else known
        unknown = [path for path in asked if path not in said]
        said.update(zip(unknown, pool.map(partial(self._calls, fresh, {}), unknown), strict=True))
        found: dict[Wanted, list[str]] = {wanted: [] for wanted in Wanted}
        for path in asked:
            found[said[path]].append(path)
        # One of them may be left out for there are so many.
        self.consulted.update(found[Wanted.CARRIES])
        return Importing(found[Wanted.YES], found[Wanted.CARRIES], self.load)

    def _calls(self, callers: Callers, seen: dict[bytes, Said], path: str) -> Wanted:
        try:
            return callers.wants(self._python(path), seen)
        except SourceError:  # a file that is gone by now is loaded, which notes why it cannot be read
            return Wanted.YES

    def fail(self, path: str, error: Exception) -> None:
        """Note that a file could not be analysed, the same way whichever failure of it is met first."""
        self.failed[path] = min(str(error), self.failed.get(path, str(error)))

    def leave_out(self, path: str) -> bool:
        """Have a file that could not be analysed ask and answer nothing any more; tell whether it did."""
        seeds = [file for file in self.seeds if file.path != path]
        did = self.loaded.pop(path, None) is not None or len(seeds) < len(self.seeds)
        self.seeds = seeds
        return did

    def look_through(self, met: Collection[str], pool: WorkerPool) -> None:
        """Note what does not parse in the reported files, though nobody asked for it: they cannot be run.

        These are the files that register hooks or call entry points, and those `met` on the way from one to
        the other. To parse all that the interpreter took a class from would be most of the work.
        """
        seeds = [file.path for file in self.seeds]
        looked_at = {path for each in pool.share({*met, *seeds}) for path in each}
        failed = {path for each in pool.share(list(self.failed)) for path in each}
        pool.map(self._look_through, sorted((looked_at & frozenset(self.reported)) - failed))

    def _look_through(self, path: str) -> None:
        file = self.load(path)  # another member may have looked at it
        if file is None:
            return
        try:
            with told_of(path):
                file.look_through()
        except SourceError as error:
            self.fail(path, error)

    def take_together(self, pool: WorkerPool) -> None:
        """Take together what the members of a pool consulted, parsed and could not read."""
        self.consulted.update(self.loaded)
        self.parsed.update(path for path, file in self.loaded.items() if file.is_lowered)
        for path, file in self.loaded.items():
            for error in file.failures:
                self.fail(path, error)
        for consulted, parsed, failed in pool.collect((self.consulted, self.parsed, self.failed)):
            self.consulted |= consulted
            self.parsed |= parsed
            for path, reason in failed.items():
                self.failed[path] = min(reason, self.failed.get(path, reason))


def find_files(paths: Sequence[str], settings: Settings) -> DiscoveredFiles:
    """Return the files under `paths` that these settings have looked at."""
    return discover(
        paths, settings.excluded, root=settings.root or None, force_exclude=settings.force_exclude
    )


def sources_of(paths: Sequence[str], settings: Settings, overlay: dict[str, bytes]) -> Sources:
    """Return the files that a run over `paths` is about, nothing of them read yet. Raises `SettingsError`."""
    given = _discover([path for path in paths if path not in overlay], settings)
    around = _surroundings(paths, settings)
    reported = dict.fromkeys((*given.files, *overlay))
    absolute = {os.path.abspath(path) for path in reported}
    # In an order that does not depend on the paths given, so that the findings do not either.
    known = sorted({*reported, *(path for path in around.files if os.path.abspath(path) not in absolute)})
    # What cannot be looked at around them is no matter, unless nobody came to it.
    failed = {*given.failed, *(each for each in around.failed if each[1] == left_out())}
    failures = [Failure(path, reason) for path, reason in sorted(failed)]
    sources = Sources(
        tuple(reported),
        tuple(known),
        failures,
        overlay=overlay,
        excluded=given.excluded,
        skipped=[Skipped(*each) for each in given.skipped],
        given=frozenset(paths),
        facts=Facts(settings.torches[-1].facts),
    )
    _reject_unknown_classes(paths, settings, sources)
    return sources


def _reject_unknown_classes(paths: Sequence[str], settings: Settings, sources: Sources) -> None:
    if isinstance(settings.assume_scripted, bool) or any(project_root(path) is None for path in paths):
        return
    # Imported here: few projects name classes.
    from hookproof.source.class_names import unknown

    names = (name for name in settings.assume_scripted if sources.facts.nn_class(name) is None)
    for problem in unknown(names, sources.known, sources.read):
        raise SettingsError(f"{settings.named('assume-scripted')}: {problem}")


def _surroundings(paths: Sequence[str], settings: Settings) -> DiscoveredFiles:
    """Return the files of the projects that the paths belong to, and those beside a path of no project."""
    roots: dict[str, None] = {}
    beside: list[str] = []
    for path in paths:
        root = project_root(path)
        if root is not None and os.path.abspath(path) != root:  # a root that is given is found already
            roots[os.path.relpath(root)] = None
        elif root is None and not os.path.isdir(path):
            beside += neighbours(path)
    found = _discover(roots, settings)
    return structs.replace(found, files=(*beside, *found.files))


def _discover(paths: Iterable[str], settings: Settings) -> DiscoveredFiles:
    return discover(
        paths,
        settings.exclude,
        extend_exclude=settings.extend_exclude,
        root=settings.root or None,
        force_exclude=settings.force_exclude,
    )
