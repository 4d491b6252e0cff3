"""The pipeline in one screen: discover, triage, collect, link, judge."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from hookproof.facts.atlas import Facts
from hookproof.facts.versions import Torch
from hookproof.finding import Finding
from hookproof.report import Analysis, Failure, HookSite, Report
from hookproof.session.memory import Memory
from hookproof.session.passed_over import note_languages
from hookproof.session.reporting import report_of
from hookproof.session.sources import Sources, sources_of
from hookproof.settings import Settings
from hookproof.source.cache import Cache
from hookproof.source.failures import (
    OutOfTimeError,
    begin_again,
    bounded,
    failure_of,
    is_of_this_run,
    within_run,
)
from hookproof.source.known_files import KnownFiles
from hookproof.worker_pool import WorkerPool, in_pool, processors
from hookproof.worlds import registry

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from hookproof.outcomes.kept import Kept
    from hookproof.outcomes.roots import Interpreted
    from hookproof.semantic.chains import Importers
    from hookproof.semantic.project import Project
    from hookproof.semantic.relevance import Collect
    from hookproof.session.executor import ExecutorPool
    from hookproof.session.judge import Judged

_FILES_WORTH_A_PROCESS = 100

Progress = Callable[[int, int], None]


def check_paths(
    paths: Sequence[str],
    settings: Settings,
    *,
    on_progress: Progress | None = None,
    cache: Cache | None = None,
    jobs: int | None = None,
    executor: Executor | None = None,
) -> Report:
    """Return what is found in the Python files under `paths`, which are not imported or run.

    A `cache` gives the same answer sooner, and keeps this one. `jobs` is how many processes may work, by
    default as many as there are processors, where that pays. An `executor` finds and reads the files.
    """
    return _answer("check", paths, settings, on_progress, cache, jobs, executor)


def inventory(
    paths: Sequence[str],
    settings: Settings,
    *,
    on_progress: Progress | None = None,
    cache: Cache | None = None,
) -> Report:
    """Return every hook that is registered in the Python files under `paths`.

    A hook is listed with all that is known of it together, so one process does the linking.
    """
    return _answer("hooks", paths, settings, on_progress, cache, 1, None)


def check_source(source: bytes, path: str, settings: Settings) -> Report:
    """Return what is found in `source`, taken as the content of `path`, the project around it included."""
    return check_instead([path], {path: source}, settings)


@bounded()
def check_instead(paths: Sequence[str], contents: Mapping[str, bytes], settings: Settings) -> Report:
    """Return what is found under `paths` with these contents in the place of files, none of them written."""
    return over_versions("check", settings, lambda held: _of_contents(paths, contents, held))


def over_versions(
    kind: str, settings: Settings, analyse: Callable[[Settings], tuple[Analysis, Sources]]
) -> Report:
    """Return what is found in any of the versions of torch that the settings name."""
    *_, newest = settings.torches
    sources: list[Sources] = []

    def of(torch: Torch) -> Analysis:
        held = settings
        if settings.torch:
            held = msgspec.structs.replace(settings, torch=(torch.version,), torch_from="")
        analysis, read = analyse(held)
        sources.append(read)
        return analysis

    torches = settings.torches if kind == "check" else (newest,)
    if len(torches) == 1:
        analysis = of(newest)
    else:
        from hookproof.session.torches import over  # few projects speak of several

        analysis = over(torches, of)
    return report_of(analysis, sources[0], settings)


def _of_contents(
    paths: Sequence[str], contents: Mapping[str, bytes], settings: Settings
) -> tuple[Analysis, Sources]:
    sources = sources_of(paths, settings, dict(contents))
    files = KnownFiles(sources.known, sources.facts, read=sources.read, is_kept=False)
    with without_garbage_collection():
        files.refresh(WorkerPool())
        sources.load_seeds(files)
        analysis = analyse("check", sources, settings, None, WorkerPool())
        _forget(sources)
    return analysis, sources


@bounded()
def _answer(
    kind: str,
    paths: Sequence[str],
    settings: Settings,
    on_progress: Progress | None,
    cache: Cache | None,
    jobs: int | None,
    executor: Executor | None,
) -> Report:
    return over_versions(
        kind,
        settings,
        lambda held: _analysis_of(kind, paths, held, on_progress, cache, jobs, executor),
    )


def _analysis_of(
    kind: str,
    paths: Sequence[str],
    settings: Settings,
    on_progress: Progress | None,
    cache: Cache | None,
    jobs: int | None,
    executor: Executor | None,
) -> tuple[Analysis, Sources]:
    helped = _helped_by(executor) if executor is not None else None
    sources = helped.call(sources_of, paths, settings, {}) if helped else sources_of(paths, settings, {})
    memory = Memory(cache, kind, settings, sources) if cache is not None else None
    analysis = memory.answer() if memory is not None else None
    if analysis is not None and memory is not None:
        note_languages(sources, memory.files)
        return analysis, sources
    files = KnownFiles(sources.known, sources.facts, is_kept=False) if memory is None else memory.files

    def work(pool: WorkerPool) -> tuple[Analysis, Sources]:
        read = sources.copied()
        if pool.size < size:
            begin_again()
        shown = on_progress if pool.is_leader else None
        return analyse(kind, read, settings, shown, pool), read

    def refresh(pool: WorkerPool) -> None:
        if pool.is_leader and pool.size > 1 and len(files.stale) > _FILES_WORTH_A_PROCESS:
            _import_linking()  # while the others read
        files.refresh(pool)

    size = _size(jobs, len(sources.known))
    with without_garbage_collection():
        files.refresh(helped) if helped else in_pool(size, refresh)
        # What is read and imported between the two pools, the members of the second one share.
        note_languages(sources, files)
        sources.load_seeds(files)
        if sources.seeds:
            _import_linking()
        analysis, consulted = work(helped) if helped else in_pool(size if sources.seeds else 1, work)
        _forget(sources)
    if memory is not None and not any(is_of_this_run(failure.reason) for failure in analysis.failed):
        memory.keep(analysis, consulted)
    return analysis, sources


def _forget(sources: Sources) -> None:
    """Keep nothing of what was read: a process may check again and again."""
    if sources.seeds:
        from hookproof.semantic.by_node import forget  # is imported by now

        forget()


def _helped_by(executor: Executor) -> ExecutorPool:
    # Imported here: few runs have an executor, and all would pay for it.
    from hookproof.session.executor import ExecutorPool

    return ExecutorPool(executor)


def _size(jobs: int | None, files: int) -> int:
    """Return how many processes are worth their start."""
    return min(jobs or processors(), max(files // _FILES_WORTH_A_PROCESS, 1))


# --- collect, link and judge ---------------------------------------------------------------------------


def _import_linking() -> None:
    """Import interpreter and rules: only where a file asks for them, for most runs end before."""
    from hookproof.rules.registry import rules

    rules()
    for name in ("hookproof.session.judge", "hookproof.outcomes.roots", "hookproof.semantic.project"):
        importlib.import_module(name)


class Lasting(msgspec.Struct):
    """What one analysis of a project leaves to the next, in which some files have `changed`.

    `importers` and `collect` are as `interpret` has them; `interpreted` is what the last analysis met.
    """

    project: Project
    kept: Kept
    judged: Judged
    importers: Importers
    collect: Collect
    changed: Collection[str] = ()
    interpreted: Interpreted | None = None


def analyse(
    kind: str,
    sources: Sources,
    settings: Settings,
    on_progress: Progress | None,
    pool: WorkerPool,
    lasting: Lasting | None = None,
) -> Analysis:
    """Return what the pool finds, the leader's being all of it.

    A file that nothing else has kept from ending the analysis is left out of it, and told as a failure.
    """
    try:
        return _analysed(kind, sources, settings, on_progress, pool, lasting)
    except Exception as error:
        if lasting is not None:
            raise  # what lasts may be half made
        if pool.size > 1:
            raise EOFError from None  # a pool that lost a member is given up for one process
        from hookproof.session.blame import file_of  # few runs end so

        path = file_of(error.__traceback__)
        if path is None or not sources.leave_out(path):
            raise
        sources.fail(path, failure_of(error, path))
    return analyse(kind, sources, settings, on_progress, pool)


def _analysed(
    kind: str,
    sources: Sources,
    settings: Settings,
    on_progress: Progress | None,
    pool: WorkerPool,
    lasting: Lasting | None,
) -> Analysis:
    hooks: list[HookSite] = []
    findings: list[Finding] = []
    if sources.seeds:
        from hookproof.outcomes.roots import Interpreted, interpret
        from hookproof.semantic.blocks import collected
        from hookproof.session.inventory import hook_sites
        from hookproof.session.judge import judge

        project = lasting.project if lasting is not None else project_of(sources, settings)
        scripted = () if isinstance(settings.assume_scripted, bool) else settings.assume_scripted
        interpreted = Interpreted()
        with _as_long_as_there_is_time(sources, pool):
            interpret(
                project,
                sources.seeds,
                scripted,
                *_assumed(kind, settings),
                into=interpreted,
                on_failure=sources.fail,
                on_progress=on_progress,
                importers=lasting.importers if lasting is not None else partial(sources.importers, pool=pool),
                pool=pool,
                kept=lasting.kept if lasting is not None else None,
                collect=lasting.collect if lasting is not None else collected,
                changed=lasting.changed if lasting is not None else (),
            )
        if lasting is not None:
            lasting.interpreted = interpreted
        with _as_long_as_there_is_time(sources, pool):
            if kind == "hooks":
                reported = frozenset(sources.reported)
                listed = {file.path: file for file in sources.seeds if file.path in reported}
                hooks.extend(hook_sites(interpreted, listed, project, sources.fail))
            else:
                judged = lasting.judged if lasting is not None else None
                findings = judge(interpreted.outcomes, settings, pool, sources.fail, judged)
            sources.look_through({path for outcome in interpreted.outcomes for path in outcome.paths}, pool)
    sources.take_together(pool)
    return Analysis(
        tuple(sorted(findings, key=_reading_order)),
        tuple(sorted(sources.parsed)),
        tuple(Failure(path, reason) for path, reason in sorted(sources.failed.items())),
        tuple(hooks),
        sources.words,
        settings.torches[-1].version,
        _asked(sources.facts, pool) if sources.seeds else (),
    )


def project_of(sources: Sources, settings: Settings) -> Project:
    """Return the names of the known files."""
    from hookproof.semantic.project import Project  # few runs have hooks in them

    return Project(sources.known, sources.load, sources.facts, settings.import_roots)


def _asked(facts: Facts, pool: WorkerPool) -> tuple[tuple[str, ...], ...]:
    """Return what the facts were asked, by any member, and always how hooks are registered."""
    asked = {question for member in pool.collect(facts.asked) for question in member}
    return tuple(sorted({*asked, ("legacy_utilities",), ("hook_apis",), ("global_hook_apis",)}))


@contextmanager
def _as_long_as_there_is_time(sources: Sources, pool: WorkerPool) -> Iterator[None]:
    """End what takes more time than a run has, of whatever file; what was found until then stands."""
    try:
        with within_run():
            yield
    except OutOfTimeError as error:
        if pool.size > 1:
            raise EOFError from None  # the others wait for what this member has not got
        for file in sources.seeds:
            sources.fail(file.path, failure_of(error, file.path))


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Keep the collector from walking trees that hold no cycles: it costs a third of the parsing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _assumed(kind: str, settings: Settings) -> tuple[frozenset[str], frozenset[str]]:
    """Return the worlds to which modules are taken to go that others get, and those to which all are moved.

    The inventory tells of a hook what becomes of it in every world.
    """
    if kind == "hooks":
        everywhere = frozenset(world.name for world in registry.worlds())
        return everywhere, everywhere
    return settings.assumed, frozenset(settings.assume)


def _reading_order(finding: Finding) -> tuple[str, int, int, str, str]:
    return (finding.path, finding.line, finding.column, finding.code, finding.message)
