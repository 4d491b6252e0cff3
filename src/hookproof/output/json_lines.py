"""One JSON object on a line for each finding, the same as in `json`."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.output import plain
from hookproof.output.display import Display
from hookproof.report import Report


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield one line for each finding."""
    for finding in report.findings:
        yield plain.dumps(plain.finding(finding, display), indent=False)
