"""Findings in the words of the protocol: diagnostics, with their evidence as related places."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lsprotocol import types

from hookproof.finding import Finding
from hookproof.report import Failure
from hookproof.server.analyses import Seen
from hookproof.server.documents import Units, uri_of
from hookproof.urls import rule_url

SOURCE = "hookproof"

_LINE = re.compile(r"\bline (\d+)")
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
}
# Ways of registering that torch has newer ones for.
_DEPRECATED = frozenset({"HKP116"})
# Hooks that never run.
_UNNECESSARY = frozenset({"HKP901", "HKP902", "HKP903", "HKP904"})


class Translator:
    """Puts what is found in one state of the files into the words of the protocol.

    `lines` gives the lines of any file, `uri` the address under which an editor knows it.
    """

    def __init__(
        self,
        units: Units,
        lines: Callable[[str], Sequence[str]],
        uri: Callable[[str], str] = uri_of,
    ) -> None:
        self._units, self._lines, self._uri = units, lines, uri

    def diagnostics(self, seen: Seen) -> list[types.Diagnostic]:
        """Return what is shown of one file."""
        failed = [self._failure(failure, seen) for failure in seen.failures]
        return [*failed, *(self.diagnostic(finding, seen.lines) for finding in seen.findings)]

    def diagnostic(self, finding: Finding, lines: Sequence[str]) -> types.Diagnostic:
        """Return a finding in the file that has these lines."""
        url = rule_url(finding.code)
        return types.Diagnostic(
            range=self.range(finding, lines),
            message=_message(finding),
            severity=_severity(finding),
            code=finding.code,
            code_description=types.CodeDescription(url) if url else None,
            source=SOURCE,
            tags=_tags(finding) or None,
            related_information=self._related(finding) or None,
        )

    def range(self, finding: Finding, lines: Sequence[str]) -> types.Range:
        """Return the place of a finding."""
        return self._units.range(lines, finding.line, finding.column, finding.end_line, finding.end_column)

    def _related(self, finding: Finding) -> list[types.DiagnosticRelatedInformation]:
        return [
            types.DiagnosticRelatedInformation(
                types.Location(
                    self._uri(evidence.path), self._units.line(self._lines(evidence.path), evidence.line)
                ),
                evidence.note,
            )
            for evidence in finding.evidence
        ]

    def _failure(self, failure: Failure, seen: Seen) -> types.Diagnostic:
        found = _LINE.search(failure.reason)
        return types.Diagnostic(
            range=self._units.line(seen.lines, int(found[1]) if found else 1),
            message=failure.reason,
            severity=types.DiagnosticSeverity.Warning,
            source=SOURCE,
        )


def trouble(message: str) -> types.Diagnostic:
    """Return what is shown at the head of a file for which the settings are wrong."""
    start = types.Position(0, 0)
    return types.Diagnostic(types.Range(start, start), message, types.DiagnosticSeverity.Error, source=SOURCE)


def _message(finding: Finding) -> str:
    notes = [finding.confidence, *([f"torch {finding.torch}"] if finding.torch else [])]
    return f"{finding.message} [{', '.join(notes)}]"


def _severity(finding: Finding) -> types.DiagnosticSeverity:
    if finding.confidence == "possible":
        return types.DiagnosticSeverity.Information
    return _SEVERITIES[finding.severity]


def _tags(finding: Finding) -> list[types.DiagnosticTag]:
    if finding.code in _DEPRECATED:
        return [types.DiagnosticTag.Deprecated]
    return [types.DiagnosticTag.Unnecessary] if finding.code in _UNNECESSARY else []
