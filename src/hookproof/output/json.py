"""One JSON object with everything that was found; `schemas/findings.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from hookproof.output import plain
from hookproof.output.display import Display
from hookproof.report import Report


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield the object, indented."""
    document = {
        "version": 1,
        "torch": report.torch,
        "findings": [plain.finding(finding, display) for finding in report.findings],
        "files": {
            "checked": report.files.checked,
            "parsed": report.files.parsed,
            "failed": msgspec.to_builtins(report.files.failed),
            "skipped": [{"path": each.path, "reason": each.reason} for each in report.files.skipped],
        },
    }
    yield plain.dumps(document)
