"""A summary in Markdown, short enough for a comment on a pull or merge request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hookproof.finding import Finding
from hookproof.output.closing import counted
from hookproof.output.concise import assurance
from hookproof.output.display import Display
from hookproof.output.markdown_text import coded, cut_to_size, linked, prose
from hookproof.report import Report

_HEAD = "| | where | rule | finding | confidence |\n|---|---|---|---|---|\n"


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield a heading with counts, and a table: what raises, what is lost silently, what torch refuted."""
    stand = [finding for finding in report.findings if not _is_refuted(finding)]
    refuted = [finding for finding in report.findings if _is_refuted(finding)]
    yield f"### hookproof: {_counts(stand)}\n\n"
    failed = report.files.failed
    rows = [_row(finding) for finding in sorted(stand, key=lambda finding: finding.outcome == "silent")]
    yield from cut_to_size(_HEAD, rows, "finding")
    if refuted:
        yield f"\n{counted(len(refuted), 'finding')} refuted by torch, not shown.\n"
    if failed:
        yield f"\nNot analysed: {counted(len(failed), 'file')}.\n"


def _counts(findings: Iterable[Finding]) -> str:
    outcomes = [finding.outcome for finding in findings]
    if not outcomes:
        return "nothing found"
    raising, silent = outcomes.count("raises"), outcomes.count("silent")
    parts = (
        f"{raising} raise{'s' * (raising == 1)} an error" if raising else "",
        f"{silent} silent" * bool(silent),
    )
    return f"{counted(len(outcomes), 'finding')} ({', '.join(filter(None, parts))})"


def _row(finding: Finding) -> str:
    sure = assurance(finding)
    if finding.verdict is not None:
        sure += f", {finding.verdict.line}"
    where = coded(f"{finding.path}:{finding.line}")
    said = prose(finding.message + (f" (torch: {finding.torch})" if finding.torch else ""))
    return f"| {finding.outcome} | {where} | {linked(finding.code)} | {said} | {prose(sure)} |\n"


def _is_refuted(finding: Finding) -> bool:
    return finding.verdict is not None and finding.verdict.status == "refuted"
