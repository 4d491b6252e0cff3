"""SARIF 2.1.0, which code scanning services read; evidence is given as related locations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import hookproof
from hookproof.finding import Edit, Finding, Fix
from hookproof.output import plain
from hookproof.output.cells import CellPath
from hookproof.output.concise import text
from hookproof.output.display import Display
from hookproof.output.documentation import documentation
from hookproof.output.edits import in_words
from hookproof.output.fingerprint import fingerprints
from hookproof.report import Failure, Report
from hookproof.urls import page, rule_url

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_NO_RESULTS = '"results": []'
_INDENTED = "\n" + " " * 8  # how deep a result stands in the log


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield the log: one run, the rules that found something, a result for each finding.

    Results are yielded one by one: forty thousand of them take half a gigabyte together.
    """
    codes = sorted({finding.code for finding in report.findings})
    names = {finding.code: finding.rule for finding in report.findings}
    driver: dict[str, Any] = {
        "name": "hookproof",
        "version": hookproof.__version__,
        "semanticVersion": hookproof.__version__,
        "rules": [_rule(code, names[code]) for code in codes],
    }
    if (first := page()) is not None:
        driver["informationUri"] = first
    marks = fingerprints(report.findings, display.line)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.files.failed,
                "toolExecutionNotifications": [_notification(failure) for failure in report.files.failed],
            }
        ],
        "results": [],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    before, empty, behind = plain.dumps(log).rpartition(_NO_RESULTS)
    if not report.findings:
        yield before + empty + behind
        return
    yield before + _NO_RESULTS.removesuffix("]")
    separator = ""
    for finding, mark in zip(report.findings, marks, strict=True):
        lines = plain.dumps(_result(finding, codes.index(finding.code), mark)).rstrip("\n")
        yield f"{separator}{_INDENTED}{lines.replace(chr(10), _INDENTED)}"
        separator = ","
    yield f"{_INDENTED[:-2]}]{behind}"


def _rule(code: str, name: str) -> dict[str, Any]:
    written = documentation(code)
    descriptor: dict[str, Any] = {"id": code, "name": name, "shortDescription": {"text": name}}
    if (url := rule_url(code)) is not None:
        descriptor["helpUri"] = url
    if written is not None:
        descriptor["shortDescription"] = {"text": written.summary}
        descriptor["fullDescription"] = {"text": written.sections.get("What it does", written.summary)}
        descriptor["help"] = {
            "text": written.markdown or written.summary,
            "markdown": written.markdown or written.summary,
        }
    return descriptor


def _result(finding: Finding, rule_index: int, fingerprint: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": finding.severity,
        "message": {"text": _in_cell(finding.path, text(finding))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(finding.path),
                    "region": _region(finding),
                }
            }
        ],
        "relatedLocations": [
            {
                "id": number,
                "message": {"text": _in_cell(link.path, link.note)},
                "physicalLocation": {
                    "artifactLocation": _artifact(link.path),
                    "region": {"startLine": max(link.line, 1)},
                },
            }
            for number, link in enumerate(finding.evidence, 1)
        ],
        "partialFingerprints": {"hookproof/v1": fingerprint},
        "properties": {
            "confidence": finding.confidence,
            "world": finding.world,
            "outcome": finding.outcome,
            "torch": finding.torch,
            "verdict": finding.verdict.words if finding.verdict else None,
            "shown_by": finding.verdict.shown_by if finding.verdict else None,
        },
    }
    if finding.fix is not None:
        result["fixes"] = [_fix(finding, finding.fix)]
    return result


def _in_cell(path: str, told: str) -> str:
    """Return a message with the cell whose lines are given with it: SARIF has no place for that."""
    return f"cell {path.cell}: {told}" if isinstance(path, CellPath) else told


def _fix(finding: Finding, fix: Fix) -> dict[str, Any]:
    paths = sorted({edit.path for edit in fix.edits})
    afterwards = f"; afterwards {fix.changes}" if fix.changes else ""
    return {
        "description": {"text": f"{in_words(finding, fix)}{afterwards}"},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path),
                "replacements": [
                    {"deletedRegion": _region(edit), "insertedContent": {"text": edit.replacement}}
                    for edit in fix.edits
                    if edit.path == path
                ],
            }
            for path in paths
        ],
    }


def _region(location: Finding | Edit) -> dict[str, int]:
    return {
        "startLine": location.line,
        "startColumn": location.column,
        "endLine": location.end_line,
        "endColumn": location.end_column,
    }


def _notification(failure: Failure) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": failure.reason},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(failure.path)}}],
    }


def _artifact(path: str) -> dict[str, str]:
    uri = quote(path.replace("\\", "/").removeprefix("./"), errors="surrogateescape")
    if path.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}
