"""GitLab's code quality report, a subset of the Code Climate format."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.output import plain
from hookproof.output.concise import text
from hookproof.output.display import Display
from hookproof.output.fingerprint import fingerprints
from hookproof.report import Report
from hookproof.urls import rule_url


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield one JSON list. A fingerprint survives edits elsewhere in the file."""
    issues = [
        {
            "type": "issue",
            "check_name": finding.code,
            "description": f"{finding.code} {text(finding)}",
            "content": {"body": _body(finding.code)},
            "categories": ["Bug Risk"],
            "severity": "major" if finding.severity == "error" else "minor",
            "fingerprint": fingerprint,
            "location": {
                "path": finding.path.replace("\\", "/").removeprefix("./"),
                "lines": {"begin": finding.line, "end": finding.end_line},
            },
        }
        for finding, fingerprint in zip(
            report.findings, fingerprints(report.findings, display.line), strict=True
        )
    ]
    yield plain.dumps(issues)


def _body(code: str) -> str:
    url = rule_url(code)
    return f"[{code}]({url})" if url else f"`hookproof explain {code}`"
