"""Pieces of source code in an HTML page, with line numbers and what is flagged in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from hookproof.finding import Finding
from hookproof.output.display import Display

_CONTEXT = 3
_LONGEST = 30


def frame(
    display: Display, title: str, path: str, line: int, findings: Iterable[Finding], *, is_whole: bool
) -> str:
    """Return a figure of the code around `line`, or of the whole statement that begins there.

    Empty where the file cannot be read, or has no such line.
    """
    lines = display.read(path)
    if not 0 < line <= len(lines):
        return ""
    first = line if is_whole else max(line - _CONTEXT, 1)
    last = _end(lines, line) if is_whole else min(line + _CONTEXT, len(lines))
    while not is_whole and not lines[first - 1].strip():
        first += 1
    while not is_whole and not lines[last - 1].strip():
        last -= 1
    here = [finding for finding in findings if finding.path == path]
    shown = "".join(_line(lines[n - 1], n, n == line, here) for n in range(first, last + 1))
    caption = f"<figcaption>{escape(title)}, <code>{escape(path)}:{line}</code></figcaption>"
    return f'<figure>{caption}<pre tabindex="0">{shown}</pre></figure>\n'


def _line(text: str, number: int, is_here: bool, findings: Iterable[Finding]) -> str:
    flagged = [finding for finding in findings if finding.line == number]
    code = escape(text) or " "
    for finding in flagged[:1]:
        start = finding.column - 1
        end = finding.end_column - 1 if finding.end_line == number else len(text)
        code = f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
    codes = " ".join(sorted({finding.code for finding in flagged}))
    note = f"<b>{codes}</b>" if codes else ""
    return f'<span data-line="{number}"{" class=here" if is_here else ""}>{code}{note}</span>'


def _end(lines: Sequence[str], first: int) -> int:
    """Return the last line of the statement at `first`, as its indentation tells it, not too far away."""
    depth = _depth(lines[first - 1])
    last = first
    for number in range(first + 1, min(first + _LONGEST, len(lines) + 1)):
        text = lines[number - 1]
        if text.strip():
            if _depth(text) <= depth and text.strip()[0] not in ")]}":
                break
            last = number
    return last


def _depth(text: str) -> int:
    expanded = text.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())
