"""One line for each finding: `path:line:column: CODE message [confidence]`."""

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
    """Return the message on one line, with how sure it is, and what torch said if asked.

    Formats of others have no word for that, and what is `possible` must not read as a fact.
    """
    message = " ".join(finding.message.split()) + (f" (torch: {finding.torch})" if finding.torch else "")
    message += f" [{assurance(finding)}]"
    if finding.verdict is None:
        return message
    reason = f": {finding.verdict.reason}" if finding.verdict.status == "inconclusive" else ""
    return f"{message} [{finding.verdict.line}{' '.join(reason.split(chr(10)))}]"


def assurance(finding: Finding) -> str:
    """Return how sure a finding is, and that it is a warning where it is one."""
    return finding.confidence + (", warning" if finding.severity == "warning" else "")
