"""Findings under the name of their file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from hookproof.output.concise import text
from hookproof.output.display import Display
from hookproof.output.hyperlinks import linked
from hookproof.report import Report


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield each file's name, its findings indented below it, and an empty line."""
    for path, group in groupby(report.findings, key=lambda finding: finding.path):
        findings = tuple(group)
        locations = [f"{finding.line}:{finding.column}" for finding in findings]
        width = max(map(len, locations))
        yield f"{path}:\n"
        for location, finding in zip(locations, findings, strict=True):
            code = linked(finding.code, links=display.links)
            yield f"  {location:<{width}} {code} {text(finding)}\n"
        yield "\n"
