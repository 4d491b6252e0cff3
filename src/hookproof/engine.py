"""The pipeline in one screen: discover, triage, collect, link, judge."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from hookproof.finding import CONFIDENCES, Finding
from hookproof.gather import Sources, gather
from hookproof.recall import Memory
from hookproof.report import Analysis, Failure, FileCounts, HookSite, Report
from hookproof.settings import Settings
from hookproof.source.cache import Cache

Progress = Callable[[int, int], None]


def check_paths(
    paths: Sequence[str],
    settings: Settings,
    *,
    on_progress: Progress | None = None,
    cache: Cache | None = None,
) -> Report:
    """Return what is found in the Python files under `paths`, which are not imported or run.

    A `cache` gives the same answer sooner, and keeps this one.
    """
    return _answer("check", paths, settings, on_progress, cache)


def inventory(
    paths: Sequence[str],
    settings: Settings,
    *,
    on_progress: Progress | None = None,
    cache: Cache | None = None,
) -> Report:
    """Return every hook that is registered in the Python files under `paths`."""
    return _answer("hooks", paths, settings, on_progress, cache)


def check_source(source: bytes, path: str, settings: Settings) -> Report:
    """Return what is found in `source`, taken as the content of `path`, the project around it included."""
    sources = gather([path], settings, {path: source})
    sources.sow(None)
    return _report(_analyse("check", sources, settings, None), sources, settings)


def _answer(
    kind: str, paths: Sequence[str], settings: Settings, on_progress: Progress | None, cache: Cache | None
) -> Report:
    sources = gather(paths, settings, {})
    if cache is None:
        sources.sow(None)
        return _report(_analyse(kind, sources, settings, on_progress), sources, settings)
    memory = Memory(cache, kind, settings, sources)
    analysis = memory.recall()
    if analysis is None:
        sources.sow(memory.files)
        analysis = _analyse(kind, sources, settings, on_progress)
        memory.keep(analysis)
    return _report(analysis, sources, settings)


# --- collect, link and judge ---------------------------------------------------------------------------


def _analyse(kind: str, sources: Sources, settings: Settings, on_progress: Progress | None) -> Analysis:
    # Linker and rules are imported only where a file asks for them: most runs end above.
    from hookproof.torchscript.atlas import VERSION

    hooks: tuple[HookSite, ...] = ()
    findings: list[Finding] = []
    if sources.seeds:
        from hookproof.inventory import hook_sites
        from hookproof.judge import judge
        from hookproof.link.linker import link
        from hookproof.link.project import Project

        project = Project(sources.known, sources.load, settings.import_roots)
        scripted = () if isinstance(settings.assume_scripted, bool) else settings.assume_scripted
        with _without_garbage_collection():
            linked = link(
                project,
                sources.seeds,
                scripted,
                on_failure=sources.fail,
                on_progress=on_progress,
                importers=sources.importers,
            )
        if kind == "hooks":
            reported = frozenset(sources.reported)
            listed = {file.path: file for file in sources.seeds if file.path in reported}
            hooks = tuple(hook_sites(linked, listed, project))
        else:
            findings = judge(linked.cases, settings)
    return Analysis(
        tuple(sorted(findings, key=_reading_order)),
        tuple(path for path, file in sources.loaded.items() if file.is_lowered),
        tuple(Failure(path, reason) for path, reason in sources.failed.items()),
        hooks,
        sources.uses_torchscript,
        VERSION,
    )


def _report(analysis: Analysis, sources: Sources, settings: Settings) -> Report:
    """Return what the analysis says of the files that are reported on."""
    reported = frozenset(sources.reported)
    everything = [found for found in analysis.findings if found.path in reported]
    shown = tuple(found for found in everything if _is_shown(found, settings, analysis.uses_torchscript))
    failed = [failure for failure in analysis.failed if failure.path in reported]
    counts = FileCounts(
        checked=len(sources.reported),
        parsed=sum(path in reported for path in analysis.parsed),
        failed=tuple(sorted([*sources.failures, *failed])),
        excluded=sources.excluded,
    )
    return Report(shown, len(everything) - len(shown), counts, analysis.hooks, analysis.torch)


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
