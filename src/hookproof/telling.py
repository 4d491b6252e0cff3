"""What the commands write and say: findings to stdout or a file, status lines to stderr."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from typing import TextIO

from hookproof.output.closing import counted
from hookproof.output.display import width_of
from hookproof.output.lines import fold
from hookproof.report import Report
from hookproof.source.failures import left_out


def report_failures(report: Report) -> None:
    """Say on stderr what could not be analysed, each failure in a line that names the file."""
    lines = [
        # What the system says of a file does not name it.
        failure.reason
        if failure.reason.startswith(("cannot ", f"{failure.path}: "))
        else f"{failure.path}: {failure.reason}"
        for failure in report.files.failed
    ]
    if not lines:
        return
    over = [line for line in lines if line.endswith(left_out())]
    say(line for line in lines if line not in over[1:])
    if over[1:]:  # the same of many files
        say((f"{counted(len(over) - 1, 'more file')} left out for the same reason; what was found stands",))


def report_skipped(report: Report, *, is_verbose: bool) -> None:
    """Say on stderr which of the given files were not read and why, where verbose of all others too."""
    say(f"{each.path}: {each.reason}" for each in report.files.skipped if each.is_given or is_verbose)


def write(pieces: Iterable[str], output_file: str | None) -> None:
    """Write to stdout, or to a file that no link of the tree leads to. Raises `SettingsError`."""
    if output_file is None:
        # A name that the terminal cannot show is no reason to stop.
        _lenient(sys.stdout)
        for piece in pieces:
            sys.stdout.write(piece)
        return
    from hookproof.source.writing import write_new  # few runs write a file

    write_new(output_file, "".join(pieces).encode("utf-8", "backslashreplace"), "--output-file ")


def say(lines: Iterable[str]) -> None:
    """Write lines to stderr, broken between words where it is a terminal."""
    _lenient(sys.stderr)
    width = width_of(sys.stderr) if sys.stderr.isatty() else None
    for line in map(_safe, lines):
        # GitHub takes a line that begins so for a command.
        told = f" {line}" if line.startswith(("::", "##[")) else line
        sys.stderr.write((fold(told, width) if width else told) + "\n")


def _safe(line: str) -> str:
    if line.isprintable():
        return line
    from hookproof.output.shown import safe  # few runs meet a name that needs it

    return safe(line)


def _lenient(stream: TextIO) -> None:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
