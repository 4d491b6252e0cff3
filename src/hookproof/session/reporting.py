"""What people are told of an analysis: the findings that the mode shows, and what became of the files."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from hookproof.finding import CONFIDENCES, TRACED_ONLY, Finding
from hookproof.report import Analysis, Failure, FileCounts, Report
from hookproof.session.passed_over import passed_over
from hookproof.session.sources import Sources
from hookproof.settings import Settings
from hookproof.source.text import is_notebook
from hookproof.worlds import registry


def report_of(analysis: Analysis, sources: Sources, settings: Settings) -> Report:
    """Return what the analysis says of the files that are reported on."""
    reported = frozenset(sources.reported)
    everything = [_weighed(found, sources) for found in analysis.findings if found.path in reported]
    shown = tuple(
        settings.with_severity(found) for found in everything if _is_shown(found, settings, analysis.words)
    )
    failed = [_placed(failure, sources) for failure in analysis.failed if failure.path in reported]
    skipped = set(passed_over(sources, analysis.parsed, [each.path for each in failed]))
    counts = FileCounts(
        checked=len(reported - {each.path for each in skipped}),
        parsed=sum(path in reported for path in analysis.parsed),
        failed=tuple(sorted([*sources.failures, *failed])),
        excluded=sources.excluded,
        skipped=tuple(sorted(skipped)),
    )
    return Report(shown, len(everything) - len(shown), counts, analysis.hooks, analysis.torch)


def _placed(failure: Failure, sources: Sources) -> Failure:
    """Return a failure with the place in a notebook as its cell has it."""
    if not is_notebook(failure.path):
        return failure
    from hookproof.source.notebook import in_cells  # many trees have none

    return Failure(failure.path, in_cells(failure.reason, failure.path, sources.read))


def _weighed(finding: Finding, sources: Sources) -> Finding:
    """Return a finding as less than certain where IPython may have changed what the names around it mean."""
    paths = {finding.path, *(each.path for each in finding.evidence)}
    books = list(filter(is_notebook, paths)) if finding.confidence == "certain" else []
    if not books:
        return finding
    from hookproof.source.notebook import notebook  # many trees have none

    is_open = any(notebook(sources.read(path), path).is_changed_by_magics for path in books)
    return replace(finding, confidence="likely") if is_open else finding


def _is_shown(finding: Finding, settings: Settings, words: Collection[str]) -> bool:
    """Whether the mode shows a finding of this confidence in a project with these words of the worlds."""
    least = settings.min_confidence
    # Who names worlds asks for what is possible there, not everywhere.
    is_asked_for = least is not None and not (least == finding.confidence == "possible" and settings.assume)
    if least is not None and is_asked_for:
        return CONFIDENCES.index(finding.confidence) >= CONFIDENCES.index(least)
    if finding.confidence != "possible":
        return True
    worlds = registry.concerned(finding.world, finding.code)
    if any(world.name in settings.assumed for world in worlds):
        return True
    is_about_use = registry.family(finding.code).is_about_use
    is_near = any(word in words for world in worlds for word in world.words)
    return is_near and is_about_use and not _is_traced_only(finding)


def _is_traced_only(finding: Finding) -> bool:
    """Whether all that is known of the hook is that it runs as Python, once, where its module is traced."""
    return any(evidence.note == TRACED_ONLY for evidence in finding.evidence)
