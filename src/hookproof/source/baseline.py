"""A baseline: findings that are known and accepted, so that only new ones are reported.

A finding is known by its path, its code and the text of its line, with a count: edits elsewhere do not
disturb it, and one more on an equal line is new.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from hookproof.exit_status import SettingsError
from hookproof.finding import Finding
from hookproof.source.text import SourceError, read_regular
from hookproof.source.writing import write_new


class _Entry(Struct, frozen=True, order=True):
    path: str
    code: str
    line: str
    count: int


class _Document(Struct, frozen=True):
    version: int
    findings: tuple[_Entry, ...]


ReadLine = Callable[[str, int], str]


def write(file: str, findings: Iterable[Finding], read_line: ReadLine) -> int:
    """Write the baseline of `findings` and return how many there are. Raises `SettingsError`."""
    counts = Counter(identity(finding, read_line) for finding in findings)
    entries = tuple(_Entry(*key, count) for key, count in sorted(counts.items()))
    text = msgspec.json.format(msgspec.json.encode(_Document(1, entries)), indent=2)
    write_new(file, text + b"\n")
    return sum(counts.values())


def read(file: str) -> Counter[tuple[str, str, str]]:
    """Return how often each finding is known. Raises `SettingsError`."""
    try:
        document = msgspec.json.decode(read_regular(file), type=_Document)
    except SourceError as error:
        raise SettingsError(f"{file}: cannot be read: {str(error).rpartition(': ')[2]}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{file}: is not a baseline: {error}") from None
    if document.version != 1:
        raise SettingsError(f"{file}: is a baseline of version {document.version}, this reads version 1")
    known: Counter[tuple[str, str, str]] = Counter()
    for entry in document.findings:
        known[entry.path, entry.code, entry.line] += entry.count
    return known


def subtract(
    findings: Iterable[Finding],
    known: Counter[tuple[str, str, str]],
    read_line: ReadLine,
    root: str | None = None,
) -> tuple[Finding, ...]:
    """Return the findings that are not in the baseline, each known one taken as often as it counts.

    The baseline has paths as they were given to `check`: where it is asked elsewhere, `root` is the folder
    that they start from.
    """
    left = known.copy()
    new: list[Finding] = []
    for finding in findings:
        path, code, line = identity(finding, read_line)
        if root is not None and left[path, code, line] <= 0:
            path = os.path.relpath(finding.path, root).replace("\\", "/")
        key = (path, code, line)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(finding)
    return tuple(new)


def identity(finding: Finding, read_line: ReadLine) -> tuple[str, str, str]:
    """Return path, code and the text of the line a finding stands on, spaces evened out."""
    line = " ".join(read_line(finding.path, finding.line).split())
    return finding.path.replace("\\", "/").removeprefix("./"), finding.code, line
