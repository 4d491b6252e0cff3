"""Findings of one file at a time, for tools that ask file by file: a project is analysed once per process."""

from __future__ import annotations

import io
import os
import tokenize
from collections.abc import Sequence

from hookproof.engine import check_paths, check_source, find_files
from hookproof.finding import Finding
from hookproof.report import Report
from hookproof.settings import Settings
from hookproof.source.discover import project_root
from hookproof.source.suppressions import silence
from hookproof.source.text import SourceError, read

_projects: dict[tuple[str, str | None], dict[str, tuple[Finding, ...]]] = {}


def findings_of(
    path: str, lines: Sequence[str], settings: Settings, is_silencing: bool = True
) -> tuple[Finding, ...]:
    """Return what `check` finds in the file `path` whose decoded lines are `lines`, comments heeded.

    Raises `SourceError` where the file cannot be analysed.
    """
    source = _encode(lines)
    known = _project(path, settings)
    absolute = os.path.abspath(path)
    if absolute in known and _is_on_disk(path, source):
        found = known[absolute]
    else:
        report = check_source(source, path, settings)
        _raise_failure(report, path)
        found = report.findings
    if not is_silencing:
        return found
    bare = tuple(line.rstrip("\r\n") for line in lines)
    return silence(found, lambda _: bare).findings


def _project(path: str, settings: Settings) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of every file of the path's project by absolute path."""
    root = project_root(path) or path
    key = (os.path.abspath(root), settings.config)
    if key not in _projects:
        shown = os.path.relpath(root)
        files = find_files([shown], settings).files
        report = check_paths([shown], settings)
        failed = {failure.path for failure in report.files.failed}
        by_path: dict[str, list[Finding]] = {
            os.path.abspath(file): [] for file in files if file not in failed
        }
        for finding in report.findings:
            by_path.setdefault(os.path.abspath(finding.path), []).append(finding)
        _projects[key] = {file: tuple(found) for file, found in by_path.items()}
    return _projects[key]


def _encode(lines: Sequence[str]) -> bytes:
    """Return the bytes that decode to `lines`, as their own encoding cookie says."""
    text = "".join(lines)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(text.encode("utf-8")).readline)
    return text.encode(encoding)


def _is_on_disk(path: str, source: bytes) -> bool:
    try:
        data = read(path)
    except SourceError:
        return False
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n") == source


def _raise_failure(report: Report, path: str) -> None:
    for failure in report.files.failed:
        if failure.path == path:
            raise SourceError(failure.reason)
