"""Findings for people: the source line, the evidence that makes the finding true, and what to do next."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from hookproof.finding import Finding
from hookproof.output.display import Display
from hookproof.report import Report

_CONTEXT = 1
_TAB = 4
_WORLDS = {
    "compiled": "compiled hook",
    "traced": "Python hook on a traced module",
    "script-module": "Python hook on a ScriptModule",
    "registration": "registration",
}


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield a block of lines for each finding, with an empty line after it."""
    console = Console(
        file=io.StringIO(),
        width=display.width,
        force_terminal=display.color,
        color_system="standard" if display.color else None,
        legacy_windows=False,
        _environ={},
    )
    for finding in report.findings:
        with console.capture() as captured:
            for line in _block(finding, display):
                console.print(line, soft_wrap=True, highlight=False)
            console.print()
        yield captured.get()


def _block(finding: Finding, display: Display) -> Iterator[Text]:
    color = "red" if finding.severity == "error" else "yellow"
    head = Text()
    head.append(f"{finding.path}:{finding.line}:{finding.column}", style="bold")
    head.append(": ")
    head.append(finding.code, style=f"bold {color}")
    head.append(f" {' '.join(finding.message.split())}")
    yield head
    gutter = len(str(finding.line + _CONTEXT))
    yield from _frame(finding, display, gutter, color)
    for link in finding.evidence:
        yield _note(gutter, "", f"{link.path}:{link.line}: ", link.note)
    if finding.fix is not None:
        kind = "safe fix" if finding.fix.safe else "fix that may change eager behaviour"
        for edit in finding.fix.edits:
            yield _note(gutter, kind, f"{edit.path}:{edit.line}:{edit.column}: ", f"put `{edit.replacement}`")
    if finding.verdict is not None:
        yield from _verdict(finding, gutter)
    yield _note(gutter, "help", "", f"`hookproof explain {finding.code}`")


def _frame(finding: Finding, display: Display, gutter: int, color: str) -> Iterator[Text]:
    lines = display.read(finding.path)
    if finding.line > len(lines):
        return
    yield Text(f"{' ' * gutter} |", style="blue")
    last = min(finding.line + _CONTEXT, len(lines))
    for number in range(max(finding.line - _CONTEXT, 1), last + 1):
        source = lines[number - 1]
        line = Text(f"{number:>{gutter}} |", style="blue")
        shown = source.expandtabs(_TAB)
        yield line.append(" ").append_text(_highlight(shown, display.color)) if shown else line
        if number == finding.line:
            yield _underline(finding, source, gutter, color)


def _highlight(source: str, color: bool) -> Text:
    if not color:
        return Text(source, style="none")
    highlighted = Syntax("", "python", theme="ansi_dark").highlight(source)
    highlighted.right_crop(len(highlighted.plain) - len(source))
    return highlighted


def _underline(finding: Finding, source: str, gutter: int, color: str) -> Text:
    start = min(finding.column - 1, len(source))
    end = finding.end_column - 1 if finding.end_line == finding.line else len(source.rstrip())
    # Terminals give a wide character two cells, and where a tab ends depends on what stands before it.
    indent = cell_len(source[:start].expandtabs(_TAB))
    width = cell_len(source[:end].expandtabs(_TAB)) - indent
    label = f"{_WORLDS[finding.world]}, {finding.confidence}"
    line = Text(f"{' ' * gutter} | ", style="blue")
    line.append(" " * indent)
    line.append("^" * max(width, 1), style=f"bold {color}")
    if finding.outcome == "silent":
        label += ", silent"
    return line.append(f" {label}", style=color)


def _verdict(finding: Finding, gutter: int) -> Iterator[Text]:
    verdict = finding.verdict
    assert verdict is not None
    asked = f" by torch {verdict.torch}" if verdict.torch else ""
    yield _note(gutter, verdict.status + asked, "", verdict.reason)
    if verdict.error:
        yield _note(gutter, "torch says", "", verdict.error)
    if verdict.reproduction:
        yield _note(gutter, "reproduction", "", verdict.reproduction)
    if verdict.status == "refuted":
        yield _note(gutter, "", "", "torch disagrees: this is a defect of hookproof, worth reporting")


def _note(gutter: int, title: str, place: str, note: str) -> Text:
    line = Text(f"{' ' * gutter} = ", style="blue")
    if title:
        line.append(f"{title}: ", style="bold")
    line.append(place, style="bold")
    return line.append(" ".join(note.split()), style="none")
