"""The inventory as one JSON object; `schemas/hooks.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.output import plain
from hookproof.output.display import Display
from hookproof.report import Report


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield the object, indented."""
    document = {"version": 1, "hooks": [plain.site(site, display) for site in report.hooks]}
    yield plain.dumps(document)
