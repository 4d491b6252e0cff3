"""JUnit XML: a suite for each file, a failed case for each finding, an error for each file that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from hookproof.finding import Finding
from hookproof.output.cells import CellPath, file_of, location
from hookproof.output.concise import text
from hookproof.output.display import Display
from hookproof.report import Failure, Report
from hookproof.urls import rule_url

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield the document. A run without findings has one suite with one case that passed."""
    findings, failures = report.findings, report.files.failed
    total = max(len(findings) + len(failures), 1)
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield (
        f'<testsuites name="hookproof" tests="{total}" failures="{len(findings)}" errors="{len(failures)}">\n'
    )
    for path, group in groupby(findings, key=lambda finding: file_of(finding.path)):
        yield from _suite(path, tuple(group))
    for failure in failures:
        yield from _failed(failure)
    if not findings and not failures:
        yield '  <testsuite name="hookproof" tests="1" failures="0" errors="0">\n'
        yield '    <testcase name="no findings" classname="hookproof"/>\n  </testsuite>\n'
    yield "</testsuites>\n"


def _suite(path: str, findings: tuple[Finding, ...]) -> Iterator[str]:
    name = _attribute(path)
    yield f'  <testsuite name={name} tests="{len(findings)}" failures="{len(findings)}" errors="0">\n'
    for finding in findings:
        case = _attribute(f"{finding.code} at {location(finding)}")
        message = _attribute(text(finding))
        line = 1 if isinstance(finding.path, CellPath) else finding.line
        chain = "".join(f"\n{link.path}:{link.line}: {link.note}" for link in finding.evidence)
        told = f"{finding.path}:{finding.line}:{finding.column}: {text(finding)}{chain}{_more(finding.code)}"
        yield f'    <testcase name={case} classname={name} file={name} line="{line}">\n'
        yield f"      <failure type={_attribute(finding.code)} message={message}>"
        yield f"{escape(_clean(told))}</failure>\n    </testcase>\n"
    yield "  </testsuite>\n"


def _more(code: str) -> str:
    url = rule_url(code)
    return f"\n{url}" if url else ""


def _failed(failure: Failure) -> Iterator[str]:
    name = _attribute(failure.path)
    yield f'  <testsuite name={name} tests="1" failures="0" errors="1">\n'
    yield f'    <testcase name="not analysed" classname={name} file={name}>\n'
    yield f"      <error message={_attribute(failure.reason)}/>\n    </testcase>\n  </testsuite>\n"


def _attribute(value: str) -> str:
    return quoteattr(_clean(value))


def _clean(value: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
