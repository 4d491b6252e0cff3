"""GitLab's code quality report, a subset of the Code Climate format, which has no place for edits."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding
from hookproof.output import plain
from hookproof.output.concise import text
from hookproof.output.display import Display
from hookproof.output.edits import in_words
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
            "content": {"body": _body(finding)},
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


def _body(finding: Finding) -> str:
    code, url = finding.code, rule_url(finding.code)
    page = f"[{code}]({url})" if url else f"`hookproof explain {code}`"
    return page if finding.fix is None else f"{page}\n\n{in_words(finding, finding.fix)}"
