"""GitHub Actions workflow commands, which show findings as annotations on a pull request.

They carry no edits: what fixes a finding is said in its message.
"""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding
from hookproof.output.concise import text
from hookproof.output.display import Display
from hookproof.output.edits import in_words
from hookproof.report import Report
from hookproof.urls import rule_url


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield one workflow command for each finding."""
    for finding in report.findings:
        properties = ",".join(f"{key}={_escape(value)}" for key, value in _properties(finding).items())
        yield f"::{finding.severity} {properties}::{_escape_data(_message(finding))}\n"


def _properties(finding: Finding) -> dict[str, str]:
    properties = {
        "title": f"hookproof ({finding.code})",
        "file": finding.path.replace("\\", "/"),
        "line": str(finding.line),
        "endLine": str(finding.end_line),
    }
    # GitHub drops an annotation that has columns and spans lines.
    if finding.line == finding.end_line:
        properties |= {"col": str(finding.column), "endColumn": str(finding.end_column)}
    return properties


def _message(finding: Finding) -> str:
    fix = in_words(finding, finding.fix) if finding.fix is not None else ""
    lines = (f"{finding.code} {text(finding)}", fix, rule_url(finding.code))
    return "\n".join(filter(None, lines))


def _escape_data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape(value: str) -> str:
    return _escape_data(value).replace(":", "%3A").replace(",", "%2C")
