"""Pylint's parseable format: `path:line: [CODE(rule), hook] message`."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.output.concise import text
from hookproof.output.display import Display
from hookproof.report import Report


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield one line for each finding."""
    for finding in report.findings:
        hook = finding.hook.name if finding.hook else ""
        yield f"{finding.path}:{finding.line}: [{finding.code}({finding.rule}), {hook}] {text(finding)}\n"
