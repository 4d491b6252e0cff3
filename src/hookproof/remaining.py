"""What is left of a report where comments silence findings, and a baseline knows them already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from hookproof.output.display import Display
from hookproof.report import Report
from hookproof.settings import Group
from hookproof.telling import say

if TYPE_CHECKING:
    from hookproof.source.suppressions import Comment


def silenced(
    report: Report, display: Display, options: Mapping[str, Any], also: Sequence[str] = ()
) -> tuple[Report, tuple[Comment, ...]]:
    """Leave out what comments silence, and return the comments that silence nothing, if asked for."""
    if not (report.findings or also):
        return report, ()
    # Imported here, as much as possible of what only a run with findings needs.
    from hookproof.output.cells import spot
    from hookproof.source.suppressions import silence

    left = silence(report.findings, display.read, also)
    unused = left.unused if options["warn_unused_noqa"] else ()
    say(f"{spot(display, each.path, each.line, each.column)}: {each.text}" for each in left.malformed)
    say(f"{spot(display, each.path, each.line, each.column)}: {each.text}" for each in unused)
    return msgspec.structs.replace(report, findings=left.findings), unused


def without_known(report: Report, display: Display, files: Sequence[str]) -> Report:
    """Leave out what the baselines have. Raises `SettingsError`."""
    if not files:
        return report
    from hookproof.source import baseline

    known = sum((baseline.read(file) for file in files), Counter[tuple[str, str, str]]())
    return msgspec.structs.replace(report, findings=baseline.subtract(report.findings, known, display.line))


def baselines(found: Iterable[Group]) -> tuple[str, ...]:
    """Return the files of findings that are accepted, each once."""
    return tuple(dict.fromkeys(settings.baseline for settings, _ in found if settings.baseline))
