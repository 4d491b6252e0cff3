"""Findings for people: the source line, the evidence that makes the finding true, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from hookproof.finding import Finding
from hookproof.output.colours import console_of, palette, syntax_theme
from hookproof.output.concise import assurance
from hookproof.output.display import Display
from hookproof.output.hyperlinks import link_style, without_ids
from hookproof.output.lines import fold
from hookproof.output.shown import safe
from hookproof.report import Report
from hookproof.worlds.registry import standing

_CONTEXT = 1
_TAB = 4
_MAX_LINE = 1_000  # characters of a line of code that are shown, around what is flagged
_LEAD = 12  # cells shown before what is flagged, where a line does not fit


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield a block of lines for each finding, with an empty line after it."""
    if not display.color:
        for finding in report.findings:
            yield "".join(f"{line.plain}\n" for line in _block(finding, display)) + "\n"
        return
    console = console_of(display)
    for finding in report.findings:
        with console.capture() as captured:
            for line in _block(finding, display):
                console.print(line, soft_wrap=True, highlight=False)
            console.print()
        yield without_ids(captured.get())


def _folded(line: Text, display: Display, hang: int) -> Iterator[Text]:
    """Yield a line in as many as a terminal needs, those after the first indented by `hang`."""
    if not display.is_terminal:
        yield line
        return
    first, *others = fold(line.plain, display.width, " " * hang).split("\n")
    yield line[: len(first)]
    at = len(first) + 1
    for other in others:
        end = at + len(other) - hang
        yield Text(" " * hang).append_text(line[at:end])
        at = end + 1


def _cropped(line: Text, display: Display, start: int, gutter: int) -> Text:
    """Return a line of code as a terminal can show it, from the cell `start` on."""
    if start:
        hidden, rest = line[gutter + 3 : gutter + 4 + start], line[gutter + 4 + start :]
        mark = "…" if hidden.plain.strip() else " "
        line = line[: gutter + 2]
        if hidden.plain.strip() or rest.plain:
            line = line.append(f" {mark}", style=palette(display).frame).append_text(rest)
    if display.is_terminal:
        line.truncate(display.width, overflow="ellipsis")
    return line


def _block(finding: Finding, display: Display) -> Iterator[Text]:
    color = palette(display).error if finding.severity == "error" else palette(display).warning
    head = Text()
    head.append(f"{finding.path}:{finding.line}:{finding.column}", style="bold")
    head.append(": ")
    head.append(finding.code, style=f"bold {color}{link_style(finding.code, links=display.links)}")
    head.append(f" {' '.join(finding.message.split())}")
    yield from _folded(head, display, 4)
    gutter = len(str(finding.line + _CONTEXT))
    yield from _frame(finding, display, gutter, color)
    for note in _notes(finding, display, gutter):
        yield from _folded(note, display, gutter + 3)


def _notes(finding: Finding, display: Display, gutter: int) -> Iterator[Text]:
    for link in finding.evidence:
        if (link.path, link.line, link.note) == (finding.path, finding.line, "registered here"):
            continue
        yield _note(display, gutter, "", f"{link.path}:{link.line}: ", link.note)
    if finding.fix is not None:
        kind = "safe fix" if finding.fix.safe else "unsafe fix"
        for edit in finding.fix.edits:
            yield _note(
                display, gutter, kind, f"{edit.path}:{edit.line}:{edit.column}: ", f"put `{edit.replacement}`"
            )
        if finding.fix.changes:
            yield _note(display, gutter, "", "", f"afterwards {finding.fix.changes}")
    if finding.torch is not None:
        yield _note(display, gutter, "torch", "", finding.torch)
    if finding.verdict is not None:
        yield from _verdict(finding, display, gutter)
    yield _note(display, gutter, "help", "", f"`hookproof explain {finding.code}`")


def _frame(finding: Finding, display: Display, gutter: int, color: str) -> Iterator[Text]:
    lines = display.read(finding.path)
    if finding.line > len(lines):
        return
    yield _gutter(f"{' ' * gutter} |", display)
    last = min(finding.line + _CONTEXT, len(lines))
    first = max(0, finding.column - 1 - _MAX_LINE // 2) if len(lines[finding.line - 1]) > _MAX_LINE else 0
    underline, start = _underline(finding, lines[finding.line - 1], first, display, gutter, color), 0
    if display.is_terminal and cell_len(underline.plain) > display.width:
        # What is flagged stands too far to the right: the frame shows the code from there on.
        start = max(
            0, len(underline.plain) - len(underline.plain[gutter + 3 :].lstrip()) - gutter - 3 - _LEAD
        )
    for number in range(max(finding.line - _CONTEXT, 1), last + 1):
        line = _gutter(f"{number:>{gutter}} |", display)
        shown = safe(_part(lines[number - 1], first).expandtabs(_TAB))
        whole = line.append(" ").append_text(_highlight(shown, display)) if shown else line
        yield _cropped(whole, display, start, gutter)
        if number == finding.line:
            yield _cropped(underline, display, start, gutter)


def _part(line: str, first: int) -> str:
    """Return as much of a line of code as is shown, from a character on."""
    part = line[first : first + _MAX_LINE]
    return ("…" if first and part else "") + part + ("…" if first + _MAX_LINE < len(line) else "")


def _highlight(source: str, display: Display) -> Text:
    if not display.color:
        return Text(source)
    from rich.syntax import Syntax

    highlighted = Syntax("", "python", theme=syntax_theme(display)).highlight(source)
    highlighted.right_crop(len(highlighted.plain) - len(source))
    return highlighted


def _underline(
    finding: Finding, line_of_code: str, first: int, display: Display, gutter: int, color: str
) -> Text:
    source = _part(line_of_code, first)
    shift = bool(first) - first - 1
    start = min(finding.column + shift, len(source))
    end = finding.end_column + shift if finding.end_line == finding.line else len(source.rstrip())
    # Terminals give a wide character two cells, and where a tab ends depends on what stands before it.
    indent = cell_len(source[:start].expandtabs(_TAB))
    width = cell_len(source[:end].expandtabs(_TAB)) - indent
    label = f"{standing(finding.world).heading}, {assurance(finding)}"
    line = _gutter(f"{' ' * gutter} | ", display)
    line.append(" " * indent)
    line.append("^" * max(width, 1), style=f"bold {color}")
    if finding.outcome == "silent":
        label += ", silent"
    return line.append(f" {label}", style=color)


def _verdict(finding: Finding, display: Display, gutter: int) -> Iterator[Text]:
    verdict = finding.verdict
    assert verdict is not None
    yield _note(display, gutter, verdict.line, "", verdict.reason)
    if verdict.error:
        yield _note(display, gutter, "torch says", "", verdict.error)
    if verdict.reproduction:
        yield _note(display, gutter, "reproduction", "", verdict.reproduction)
    if verdict.status == "refuted":
        yield _note(
            display, gutter, "", "", "torch disagrees: this is a defect of hookproof, worth reporting"
        )


def _note(display: Display, gutter: int, title: str, location: str, note: str) -> Text:
    line = _gutter(f"{' ' * gutter} = ", display)
    if title:
        line.append(f"{title}: ", style="bold")
    line.append(location, style="bold")
    return line.append(" ".join(note.split()))


def _gutter(text: str, display: Display) -> Text:
    """Return the beginning of a line, which is coloured; what is appended is not."""
    return Text().append(text, style=palette(display).frame)
