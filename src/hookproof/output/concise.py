"""One line for each finding: `path:line:column: CODE message`."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding
from hookproof.output.display import Display
from hookproof.output.hyperlinks import linked
from hookproof.report import Report


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield one line for each finding."""
    for finding in report.findings:
        code = linked(finding.code, links=display.links)
        yield f"{finding.path}:{finding.line}:{finding.column}: {code} {text(finding)}\n"


def text(finding: Finding) -> str:
    """Return the message on one line, behind it in which versions it holds, and what torch said if asked."""
    message = " ".join(finding.message.split()) + (f" (torch: {finding.torch})" if finding.torch else "")
    if finding.verdict is None:
        return message
    reason = f": {finding.verdict.reason}" if finding.verdict.status == "inconclusive" else ""
    return f"{message} [{finding.verdict.line}{' '.join(reason.split(chr(10)))}]"
