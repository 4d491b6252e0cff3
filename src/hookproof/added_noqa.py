"""`check --add-noqa`: a comment on the line of each finding that is left."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence
from itertools import groupby

from msgspec.structs import replace

from hookproof.exit_status import SettingsError
from hookproof.finding import Finding
from hookproof.output.cells import spot
from hookproof.output.closing import counted
from hookproof.output.display import Display
from hookproof.report import Failure, Report
from hookproof.source.program_text import program_text
from hookproof.source.suppressions import add_noqa
from hookproof.source.text import SourceError, is_notebook, read
from hookproof.source.writing import write_new
from hookproof.telling import report_failures, say


def add(report: Report, display: Display) -> int:
    """Write the comments, say how many, and return the exit status."""
    left: list[Finding] = []
    failed: list[Failure] = []
    for path, grouped in groupby(report.findings, key=lambda finding: finding.path):
        findings = tuple(grouped)
        try:
            data, kept = _with_noqa(path, findings)
            write_new(path, data)
        except (SettingsError, SourceError, SyntaxError, ValueError) as error:
            failed.append(Failure(path, str(error)))
            kept = findings
        left += kept
    report = _with_failures(report, failed)
    report_failures(report)
    say(
        f"{spot(display, finding.path, finding.line)}: no noqa for {finding.code}: "
        "torch refuses a comment behind `# type:`"
        for finding in left
        if finding.path not in {failure.path for failure in failed}
    )
    say((f"Added noqa comments for {counted(len(report.findings) - len(left), 'finding')}",))
    return 2 if report.files.failed else 0


def _with_noqa(path: str, findings: Sequence[Finding]) -> tuple[bytes, tuple[Finding, ...]]:
    """Return a file's bytes with comments for its findings, and the findings that got none."""
    data = read(path)
    if is_notebook(path):
        from hookproof.source.notebook_writing import with_lines  # most files are none

        text, kept = add_noqa(program_text(data, path), findings)
        return with_lines(data, path, text), kept
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    text, kept = add_noqa(data.decode(encoding), findings)
    return text.encode(encoding), kept


def _with_failures(report: Report, failed: Sequence[Failure]) -> Report:
    files = replace(report.files, failed=(*report.files.failed, *failed))
    return replace(report, files=files)
