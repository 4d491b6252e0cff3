"""What fixes findings, for formats that carry edits, and in words for those that carry none."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.finding import Edit, Finding, Fix
from hookproof.output.display import Display
from hookproof.report import Report

_LONGEST = 60  # characters of what is put in that are shown


def with_fixes(report: Report, display: Display) -> Report:
    """Return a report whose findings have the fixes that there are, which takes time where there are many."""
    if not report.findings:
        return report
    from hookproof.fixes import registry  # libcst takes longer to import than most runs take

    found = registry.with_fixes(report.findings, lambda path: "\n".join(display.read(path)))
    return replace(report, findings=found)


def in_words(finding: Finding, fix: Fix) -> str:
    """Return a fix on one line: `safe fix: put `: Tensor` at 15:24`."""
    kind = "safe fix" if fix.safe else "unsafe fix"
    return f"{kind}: {', '.join(_edit(edit, finding.path) for edit in fix.edits)}"


def _edit(edit: Edit, own: str) -> str:
    text = " ".join(edit.replacement.split())
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    where = f"{'' if edit.path == own else f'{edit.path}:'}{edit.line}:{edit.column}"
    if not shown:
        return f"take out {where} to {edit.end_line}:{edit.end_column}"
    return f"put `{shown}` at {where}"
