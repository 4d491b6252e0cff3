"""The pipeline in one screen: discover, triage, collect, link, judge."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from hookproof.collect.source_file import SourceFile
from hookproof.finding import CONFIDENCES, Finding
from hookproof.report import Failure, FileCounts, HookSite, Report
from hookproof.settings import Settings
from hookproof.source.discover import DiscoveredFiles, discover, module_name, neighbours, project_root
from hookproof.source.sites import meets_hooks_or_torchscript
from hookproof.source.text import SourceError, read
from hookproof.source.triage import Mentions, mentions
from hookproof.torchscript.atlas import VERSION

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Sources:
    """The files of a run: which are reported on, what is known of the others, what could not be read."""

    reported: tuple[str, ...]
    known: tuple[str, ...]
    seeds: list[SourceFile] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    uses_torchscript: bool = False
    overlay: dict[str, bytes] = field(default_factory=dict)
    loaded: dict[str, SourceFile] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def read(self, path: str) -> bytes:
        """Return the content of a file. Raises `SourceError`."""
        return self.overlay[path] if path in self.overlay else read(path)

    def load(self, path: str) -> SourceFile | None:
        """Return a file for the linker; a failure is noted once, if the file is to be reported on."""
        if path in self.failed:
            return None
        if path not in self.loaded:
            try:
                file = SourceFile(path, module_name(path), self.read(path))
                file.text  # noqa: B018  # decoding may fail, and should fail here
            except SourceError as error:
                self.fail(path, error)
                return None
            self.loaded[path] = file
        return self.loaded[path]

    def fail(self, path: str, error: Exception) -> None:
        """Note that a file could not be analysed."""
        self.failed.add(path)
        if path in self.reported:
            self.failures.append(Failure(path, str(error)))


def check_paths(paths: Sequence[str], settings: Settings, *, on_progress: Progress | None = None) -> Report:
    """Return what is found in the Python files under `paths`, which are not imported or run."""
    return _analyse(_gather(paths, settings, {}), settings, on_progress, want_hooks=False)


def check_source(source: bytes, path: str, settings: Settings) -> Report:
    """Return what is found in `source`, taken as the content of `path`, the project around it included."""
    return _analyse(_gather([path], settings, {path: source}), settings, None, want_hooks=False)


def inventory(paths: Sequence[str], settings: Settings, *, on_progress: Progress | None = None) -> Report:
    """Return every hook that is registered in the Python files under `paths`."""
    return _analyse(_gather(paths, settings, {}), settings, on_progress, want_hooks=True)


# --- discover and triage -----------------------------------------------------------------------------


def find_files(paths: Sequence[str], settings: Settings) -> DiscoveredFiles:
    """Return the files under `paths` that these settings have looked at."""
    return discover(
        paths, settings.excluded, root=settings.root or None, force_exclude=settings.force_exclude
    )


def _gather(paths: Sequence[str], settings: Settings, overlay: dict[str, bytes]) -> Sources:
    given = _discover([path for path in paths if path not in overlay], settings)
    reported = dict.fromkeys((*given.files, *overlay))
    absolute = {os.path.abspath(path) for path in reported}
    around = (path for path in _surroundings(paths, settings) if os.path.abspath(path) not in absolute)
    known = dict.fromkeys((*reported, *around))
    failures = [Failure(path, reason) for path, reason in given.failed]
    sources = Sources(tuple(reported), tuple(known), failures=failures, overlay=overlay)
    for path in known:
        try:
            data = sources.read(path)
        except SourceError as error:
            sources.fail(path, error)
            continue
        found = mentions(data)
        if not found:
            continue
        sources.uses_torchscript = sources.uses_torchscript or Mentions.ENTRY_POINT in found
        file = sources.load(path)
        if file is None:
            continue
        if meets_hooks_or_torchscript(file.text):
            sources.seeds.append(file)
        else:
            del sources.loaded[path]
    return sources


def _surroundings(paths: Sequence[str], settings: Settings) -> Iterator[str]:
    """Yield the files of the projects that the paths belong to, and those beside a path of no project."""
    roots: dict[str, None] = {}
    for path in paths:
        root = project_root(path)
        if root is not None:
            roots[os.path.relpath(root)] = None
        elif not os.path.isdir(path):
            yield from neighbours(path)
    yield from _discover(roots, settings).files


def _discover(paths: Iterable[str], settings: Settings) -> DiscoveredFiles:
    return discover(
        paths,
        settings.exclude,
        extend_exclude=settings.extend_exclude,
        root=settings.root or None,
        force_exclude=settings.force_exclude,
    )


# --- collect, link and judge ---------------------------------------------------------------------------


def _analyse(
    sources: Sources, settings: Settings, on_progress: Progress | None, *, want_hooks: bool
) -> Report:
    # libcst and the rules are imported only where a file asks for them: most runs end above.
    hooks: tuple[HookSite, ...] = ()
    findings: list[Finding] = []
    withheld = 0
    reported = frozenset(sources.reported)
    if sources.seeds:
        from hookproof.inventory import hook_sites
        from hookproof.judge import judge
        from hookproof.link.linker import link
        from hookproof.link.project import Project

        project = Project(sources.known, sources.load, settings.import_roots)
        scripted = () if isinstance(settings.assume_scripted, bool) else settings.assume_scripted
        with _without_garbage_collection():
            linked = link(project, sources.seeds, scripted, on_failure=sources.fail, on_progress=on_progress)
        if want_hooks:
            listed = {file.path: file for file in sources.seeds if file.path in reported}
            hooks = tuple(hook_sites(linked, listed, project))
        else:
            everything = [found for found in judge(linked.cases, settings) if found.path in reported]
            findings = [found for found in everything if _is_shown(found, settings, sources.uses_torchscript)]
            withheld = len(everything) - len(findings)
    counts = FileCounts(
        checked=len(sources.reported),
        parsed=sum(file.is_lowered for path, file in sources.loaded.items() if path in reported),
        failed=tuple(sorted(sources.failures)),
    )
    return Report(tuple(sorted(findings, key=_reading_order)), withheld, counts, hooks, VERSION)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keep the collector from walking trees that hold no cycles: it costs a third of the parsing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _is_shown(finding: Finding, settings: Settings, uses_torchscript: bool) -> bool:
    """Whether the mode shows a finding of this confidence."""
    if settings.min_confidence is not None:
        return CONFIDENCES.index(finding.confidence) >= CONFIDENCES.index(settings.min_confidence)
    if settings.assume_scripted is True or finding.confidence != "possible":
        return True
    return uses_torchscript and finding.code.startswith(("HKP3", "HKP4"))


def _reading_order(finding: Finding) -> tuple[str, int, int, str, str]:
    return (finding.path, finding.line, finding.column, finding.code, finding.message)


def failures_of(report: Report) -> Iterator[str]:
    """Yield one line for each file that could not be analysed."""
    for failure in report.files.failed:
        yield f"{failure.path}: {failure.reason}"


def paths_of(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the files that findings stand in, each once, sorted."""
    return tuple(sorted({finding.path for finding in findings}))
