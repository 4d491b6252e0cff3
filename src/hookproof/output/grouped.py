"""Findings under the name of their file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from hookproof.output.cells import file_of, location
from hookproof.output.concise import text
from hookproof.output.display import Display
from hookproof.output.hyperlinks import linked
from hookproof.report import Report


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield each file's name, its findings indented below it, and an empty line."""
    for path, group in groupby(report.findings, key=lambda finding: file_of(finding.path)):
        findings = tuple(group)
        locations = [location(finding) for finding in findings]
        width = max(map(len, locations))
        yield f"{path}:\n"
        for at, finding in zip(locations, findings, strict=True):
            code = linked(finding.code, links=display.links)
            yield f"  {at:<{width}} {code} {text(finding)}\n"
        yield "\n"
